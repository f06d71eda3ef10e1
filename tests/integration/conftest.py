"""One run of the whole demo, shared by the tests that look at what it leaves."""

from pathlib import Path

import pytest

from demo.run import DemoResult, run_demo


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoResult]:
    """The demo of seed 7, twelve weeks: its folder and its result."""
    out = tmp_path_factory.mktemp("demo") / "out"
    return out, run_demo(weeks=12, seed=7, out=out, all_weeks=False, say=print)


@pytest.fixture(scope="session")
def demo_out(demo_run: tuple[Path, DemoResult]) -> Path:
    return demo_run[0]
