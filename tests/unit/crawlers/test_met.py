"""What a file has told of is remembered exactly, however much of it there is."""

import pytest

from crawlers.importers import met
from crawlers.importers.met import Met

LARGEST, SMALLEST = 2**63 - 1, -(2**63)


@pytest.fixture(params=[1, 3, met.BLOCK])
def memory(request, monkeypatch) -> Met:
    monkeypatch.setattr(met, "BLOCK", request.param)
    return Met()


def test_nothing_is_known_at_first(memory):
    assert memory.known([0, 1]) == set()


def test_all_that_was_met_is_known_and_nothing_else(memory):
    memory.add([5, LARGEST, 0])
    memory.add([SMALLEST, 5])
    memory.add([7])
    assert memory.known([SMALLEST, 0, 1, 5, 6, 7, 8, LARGEST]) == {SMALLEST, 0, 5, 7, LARGEST}


def test_asking_about_nothing_finds_nothing(memory):
    memory.add([1])
    assert memory.known([]) == set()
