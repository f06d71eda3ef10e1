"""From a figure back to posts, labels and payloads."""

import json

import pytest

from config.errors import InputError, UsageError
from pipelines.reports.trace import trace
from pipelines.reports.weekly import write_weekly

HASH = "ab" * 32


@pytest.fixture
def week(world):
    """A week with one suspicious post whose payload is known."""
    world.store.cover()
    world.store.cover("facebook_pages", "Radio Baobab")
    world.wanted = world.store.post("suspicious", target="sector_generic")
    world.store.post("neutral")
    world.payload(world.wanted, HASH)
    return world


def write(world, out, kind):
    return write_weekly(
        world.session,
        "2024-W38",
        languages=["fr"],
        formats=[kind],
        out=out,
        places=world.places,
        glossary=world.glossary,
        **world.registers,
    )


@pytest.fixture
def report(week, tmp_path):
    week.files = write(week, tmp_path, "html")
    return week


@pytest.mark.parametrize("kind", ["html", "docx", "pdf"])
def test_a_figure_opens_to_its_posts_from_every_format(week, tmp_path, kind):
    source, _ = write(week, tmp_path, kind)
    [item] = trace("W38.posts.suspicious", source).items
    assert item.post_id == week.wanted
    assert item.label["stance"] == "suspicious"
    assert (item.label_source, item.classifier, item.payloads) == ("prediction", "test@1", (HASH,))


def test_the_trace_says_what_the_figure_counts(report):
    found = trace("W38.posts.suspicious", report.files[-1])
    assert (found.figure.value, found.figure.n) == (1, 2)
    assert "Suspicious of aid" in found.definition[1]


def test_the_trace_is_one_json_document(report):
    document = json.loads(json.dumps(trace("W38.posts.suspicious", report.files[-1]).as_dict()))
    assert document["figure"]["id"] == "W38.posts.suspicious"
    assert document["items"][0]["payloads"] == [HASH]


def test_the_trace_as_text_has_a_line_for_each_post(report):
    text = trace("W38.posts.suspicious", report.files[-1]).as_text()
    assert text.startswith("W38.posts.suspicious = 1 of 2 (2024-W38, snapshot ")
    assert f"{report.wanted}  x post 2024-09-16  stance=suspicious" in text
    assert HASH in text


def test_an_unknown_figure_names_those_near_it(report):
    with pytest.raises(UsageError, match=r"W38\.posts\.suspicious"):
        trace("posts.suspicious", report.files[-1])
    with pytest.raises(UsageError, match=r"W38\.comments\.items"):
        trace("W38.coments.items", report.files[-1])


def test_a_report_without_its_snapshot_beside_it_is_traced_through_the_store(report, tmp_path):
    report.files[-1].unlink()
    found = trace("W38.posts.suspicious", report.files[0], report.session)
    assert found.items[0].post_id == report.wanted


def test_a_report_whose_snapshot_is_nowhere_is_said_so(report):
    report.files[-1].unlink()
    with pytest.raises(InputError, match="neither in"):
        trace("W38.posts.suspicious", report.files[0])


@pytest.mark.parametrize("name", ["page.html", "page.docx", "page.pdf", "page.json"])
def test_a_file_that_is_no_report_is_refused(tmp_path, name):
    other = tmp_path / name
    other.write_bytes(b"<html>hello</html>")
    with pytest.raises(InputError, match=name):
        trace("W38.posts.items", other)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*gone\.html"):
        trace("W38.posts.items", tmp_path / "gone.html")
