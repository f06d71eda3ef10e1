"""Promises of the project as a whole."""

import ast
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

import cli
import scheduler
from crawlers.sources import SPIDERS

ROOT = Path(__file__).parents[2]
ROOMS = ("verbs", "config", "models", "crawlers", "classifiers", "pipelines", "demo")
MODULES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.name != "__init__.py"
)
LONGEST_MODULE = 400
LONGEST_HELP_CPU_SECONDS = 0.3


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_stay_short(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_every_spider_is_named_after_its_module():
    assert all(
        spider.name == name == spider.__module__.rpartition(".")[2]
        for name, spider in SPIDERS.items()
    )


def test_every_job_is_documented():
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert [job.job_id for job in scheduler.JOBS if f"`{job.job_id}`" not in operations] == []


def commands() -> list[list[str]]:
    group = typer.main.get_command(cli.app)
    found = []
    for name, command in sorted(group.commands.items()):
        inner = getattr(command, "commands", None)
        found += [[name, verb] for verb in sorted(inner)] if inner else [[name]]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(words: list[str]):
    result = CliRunner().invoke(cli.app, [*words, "--help"])

    assert result.exit_code == 0
    assert "Example: " in result.stdout
    assert f"vigie {' '.join(words)}" in " ".join(result.stdout.split())


def test_help_answers_at_once():
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "cli", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert cpu <= LONGEST_HELP_CPU_SECONDS, f"{cpu:.2f} s of {time.monotonic() - started:.2f} s"


def test_help_loads_neither_torch_nor_scrapy():
    script = (
        "import sys, cli, typer.testing;"
        "typer.testing.CliRunner().invoke(cli.app, ['--help']);"
        "print([m for m in ('torch', 'transformers', 'scrapy', 'polars') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_every_dependency_says_why():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

    without = [d for d in named if not re.search(rf'^\s*"{re.escape(d)}",\s+# \S', text, re.M)]
    assert without == []


def test_every_dependency_is_pinned():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").casefold()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[\[<>=]", d)[0].casefold() for d in named]

    assert [name for name in names if f"\n{name}==" not in pins] == []


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


def test_a_wheel_holds_every_file_the_program_reads(tmp_path: Path):
    tracked = subprocess.run(
        ["git", "ls-files", *ROOMS, "migrations", "cli.py", "scheduler.py"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    if not tracked:
        pytest.skip("not a git checkout")
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    endings = packaged["tool"]["setuptools"]["package-data"]["*"]

    forgotten = [
        name
        for name in tracked
        if not name.endswith(".py") and not any(Path(name).match(ending) for ending in endings)
    ]
    assert forgotten == []
