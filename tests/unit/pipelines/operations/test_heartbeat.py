"""Signs of life and figures for monitors outside."""

import json
import re
from datetime import timedelta

import pytest

from models import CoverageGap, JobWatermark, Spend
from pipelines.operations.heartbeat import FILE, pulse, write_heartbeat
from pipelines.operations.jobs import Job
from pipelines.operations.metrics import Metric, write_metrics

HOUR = timedelta(hours=1)


def jobs():
    return (Job("classify", "45 * * * *", lambda _deployment, _due: ""),)


def test_the_heartbeat_tells_jobs_sources_and_the_oldest_gap(deployment, run, save, now):
    run()
    save(
        JobWatermark(job_id="classify", status="done", done_until=now - HOUR, finished_at=now),
        *(
            CoverageGap(
                source="x_search",
                query_id="aid",
                window_start=now - hours * HOUR,
                window_end=now - (hours - 1) * HOUR,
                reason="http_503",
                found_at=now,
                final=final,
            )
            for hours, final in ((5, None), (9, None), (40, "out_of_reach"))
        ),
    )
    told = json.loads(write_heartbeat(deployment, jobs(), now=now).read_text())

    assert told["time"] == now.isoformat()
    assert told["jobs"][0]["status"] == "done"
    assert told["jobs"][0]["next_due"] == now.replace(minute=45).isoformat()
    assert told["sources"][0]["last_success"] == (now - HOUR).isoformat()
    assert (told["gaps_open"], told["gaps_final"]) == (2, 1)
    assert told["oldest_gap"]["start"] == (now - 9 * HOUR).isoformat()


@pytest.mark.parametrize(
    ("content", "later", "alive", "words"),
    [
        (None, 0, False, "no scheduler has run here"),
        ("{", 0, False, "cannot be read"),
        ('{"time": "yesterday"}', 0, False, "cannot be read"),
        ("right", 4, True, "alive; jobs failed: none"),
        ("right", 61, False, "last heartbeat 61 minutes ago"),
    ],
)
def test_a_heartbeat_is_alive_only_while_it_is_fresh(deployment, now, content, later, alive, words):
    home = deployment.settings.home
    if content == "right":
        write_heartbeat(deployment, jobs(), now=now)
    elif content is not None:
        (home / FILE).write_text(content)

    found = pulse(home, now + timedelta(minutes=later))
    assert found.alive is alive
    assert words in found.message


def test_a_heartbeat_names_failed_jobs(deployment, save, now):
    save(JobWatermark(job_id="classify", status="failed"))
    write_heartbeat(deployment, jobs(), now=now)

    assert pulse(deployment.settings.home, now).message == "alive; jobs failed: classify"


LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+')


def test_every_line_of_the_metrics_is_of_the_exposition_format(deployment, run, post, save, now):
    run(requests=5, posts_new=3)
    post("p", now - HOUR)
    save(Spend(source="x_search", day=f"{now:%Y-%m-%d}", endpoint="e", posts=7, usd=0.125))
    text = write_metrics(deployment, now=now).read_text()
    lines = text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    assert text.endswith("\n")
    assert [
        x for x in lines if not x.startswith(("# HELP ", "# TYPE ")) and not LINE.fullmatch(x)
    ] == []
    assert values['vigie_posts{platform="x",kind="post"}'] == "1"
    assert values['vigie_crawl_requests_total{source="x_search"}'] == "5"
    assert values['vigie_spend_usd_total{source="x_search"}'] == "0.125"
    assert values['vigie_crawl_success_age_seconds{source="x_search"}'] == "3600"
    assert values["vigie_time"] == str(int(now.timestamp()))


def test_what_is_not_known_is_left_out_and_never_zero(deployment, now):
    text = write_metrics(deployment, now=now).read_text()

    assert "vigie_budget_limit_usd" not in text
    assert "vigie_coverage_oldest_gap_age_seconds" not in text


def test_a_label_is_escaped():
    metric = Metric("vigie_x", "gauge", "X.").add(1, query='a"b\\c')

    assert metric.text().splitlines()[-1] == 'vigie_x{query="a\\"b\\\\c"} 1'
