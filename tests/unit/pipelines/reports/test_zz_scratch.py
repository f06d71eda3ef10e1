"""scratch: run as a pytest to render"""

from pathlib import Path


def test_render(told):
    from pipelines.reports.weekly import write_weekly

    kw = dict(told.registers)
    files = write_weekly(
        told.session,
        "2024-W38",
        out=Path("/tmp/rep"),
        places=told.places,
        glossary=told.glossary,
        **kw,
    )
    print(files)
