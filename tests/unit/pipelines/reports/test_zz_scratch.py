from pathlib import Path


def test_render(told):
    from pipelines.reports.weekly import write_weekly

    write_weekly(
        told.session,
        "2024-W38",
        out=Path("/tmp/rep"),
        places=told.places,
        glossary=told.glossary,
        **told.registers,
    )


def test_render_coded(world):
    from pipelines.reports.weekly import write_weekly

    for w in range(-6, 1):
        world.fill_week(w, posts=8, comments=12, threads=5, suspicious=2, coded=True)
    world.store.post("suspicious", narrative="SPY", target="named_agency")
    world.store.post("neutral", narrative="ATTACK")
    world.build(first=-6)
    write_weekly(
        world.session,
        "2024-W38",
        out=Path("/tmp/rep2"),
        formats=["html", "pdf"],
        places=world.places,
        glossary=world.glossary,
        **world.registers,
    )
