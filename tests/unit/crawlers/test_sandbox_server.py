import json
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world

ROOT = Path(__file__).resolve().parents[3]


def send(url, content=None):
    body = None if content is None else json.dumps(content).encode()
    with urlopen(Request(url, data=body), timeout=10) as answer:
        return json.loads(answer.read())


@pytest.fixture
def sandbox():
    with Sandbox(world=build_world(7, weeks=1)) as running:
        yield running


def test_the_clock_moves_only_when_told(sandbox):
    assert send(f"{sandbox.url}/_clock") == {"now": "2024-09-23T00:00:00Z"}
    with pytest.raises(HTTPError):
        send(f"{sandbox.url}/2/tweets/search/recent?query=mali")
    assert send(f"{sandbox.url}/_clock") == {"now": "2024-09-23T00:00:00Z"}
    assert send(f"{sandbox.url}/_clock", {"now": "2024-09-20T08:00:00+02:00"}) == {
        "now": "2024-09-20T06:00:00Z"
    }


def test_steering_is_not_noted_as_a_request(sandbox):
    send(f"{sandbox.url}/_clock")
    send(f"{sandbox.url}/_faults", {"status": 503})
    assert sandbox.requests == []
    assert sandbox.bytes_sent == 0
    assert len(sandbox.faults.waiting) == 1


@pytest.mark.parametrize(
    ("path", "content"),
    [("_clock", {"now": "soon"}), ("_clock", {}), ("_clock", []), ("_faults", {"colour": "red"})],
)
def test_steering_that_is_not_understood_is_refused(sandbox, path, content):
    with pytest.raises(HTTPError) as refused:
        send(f"{sandbox.url}/{path}", content)
    assert refused.value.code == 400
    assert "error" in json.loads(refused.value.read())


def test_the_module_serves_and_prints_one_line_and_writes_the_truth(tmp_path):
    truth = tmp_path / "truth.json"
    command = [sys.executable, "-m", "crawlers.sandbox", "--seed", "5", "--weeks", "2"]
    with subprocess.Popen(
        [*command, "--port", "0", "--truth", str(truth)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        try:
            told = json.loads(process.stdout.readline())
            assert send(f"{told['url']}/_clock") == {"now": told["now"]}
        finally:
            process.terminate()
            rest = process.stdout.read()
    assert rest == b""
    assert told["start"] == "2024-09-09T00:00:00Z"
    assert told["end"] == "2024-09-23T00:00:00Z"
    assert told["x_base_url"] == told["facebook_base_url"] == told["url"]
    assert Path(told["watchlist"]).is_file()
    assert json.loads(truth.read_text())["seed"] == 5


def test_a_number_of_weeks_outside_the_story_is_one_line_and_exit_two():
    command = [sys.executable, "-m", "crawlers.sandbox", "--weeks", "40"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
