"""Writing the weekly report: what lies where, whole or not at all."""

import json

import pytest
from sqlmodel import select

from config.errors import InputError, UsageError
from models import Snapshot
from pipelines.reports.weekly import write_report, write_weekly


def write(world, out, **more):
    return write_weekly(
        world.session,
        "2024-W38",
        out=out,
        places=world.places,
        glossary=world.glossary,
        **world.registers,
        **more,
    )


def test_one_file_per_language_and_format_and_the_snapshot(world, tmp_path):
    world.store.cover()
    files = write(world, tmp_path)
    expected = [
        f"weekly.{lang}.{kind}" for lang in ("fr", "en") for kind in ("html", "docx", "pdf")
    ]
    assert [path.name for path in files] == [*expected, "snapshot.json"]
    assert sorted(path.name for path in (tmp_path / "2024-W38").iterdir()) == sorted(
        [*expected, "snapshot.json"]
    )


def test_only_what_was_asked_for_is_written(world, tmp_path):
    files = write(world, tmp_path, languages=["en"], formats=["html"])
    assert [path.name for path in files] == ["weekly.en.html", "snapshot.json"]


def test_the_snapshot_is_kept_in_the_store_and_equals_the_file(world, tmp_path):
    *_, path = write(world, tmp_path, languages=["fr"], formats=["html"])
    [stored] = world.session.exec(select(Snapshot)).all()
    assert path.read_text(encoding="utf-8") == stored.content
    assert stored.content_hash.startswith(stored.id)
    assert json.loads(stored.content)["week"] == "2024-W38"


def test_writing_twice_changes_no_byte_and_keeps_one_snapshot(world, tmp_path):
    first = [path.read_bytes() for path in write(world, tmp_path, languages=["fr"])]
    again = [path.read_bytes() for path in write(world, tmp_path, languages=["fr"])]
    assert first == again
    assert len(world.session.exec(select(Snapshot)).all()) == 1


def test_an_unknown_format_writes_nothing(world, tmp_path):
    with pytest.raises(UsageError, match="'odt' is no format"):
        write(world, tmp_path, formats=["html", "odt"])
    assert not (tmp_path / "2024-W38").exists()


def test_an_unknown_language_is_refused(world, tmp_path):
    with pytest.raises(UsageError, match="choose fr, en"):
        write(world, tmp_path, languages=["de"])


def test_an_unknown_week_is_refused(world, tmp_path):
    with pytest.raises(UsageError, match="2024-W60"):
        write_weekly(
            world.session,
            "2024-W60",
            out=tmp_path,
            places=world.places,
            glossary=world.glossary,
            **world.registers,
        )


def test_a_folder_that_cannot_be_written_is_one_clear_error(world, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    with pytest.raises(InputError, match="choose another --out"):
        write_report(
            world.facts(),
            languages=["fr"],
            formats=["html"],
            out=blocked,
            glossary=world.glossary,
        )
