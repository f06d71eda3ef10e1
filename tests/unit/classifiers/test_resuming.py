from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from classifiers.resuming import Resumption, Training, training_key
from config.errors import InputError


def training() -> Training:
    torch.manual_seed(1)
    module = nn.Linear(2, 2)
    optimizer = AdamW(module.parameters(), lr=0.1)
    return Training({"module": module}, optimizer, LambdaLR(optimizer, lambda step: 1 / (step + 1)))


def learn(one: Training) -> None:
    loss = one.modules["module"](torch.ones(1, 2)).sum()
    one.optimizer.zero_grad()
    loss.backward()
    one.optimizer.step()
    one.schedule.step()


def test_a_restored_run_learns_on_as_the_unbroken_one(tmp_path):
    resumption = Resumption(tmp_path / "state", "key")
    unbroken = training()
    learn(unbroken)
    resumption.save(unbroken, 1)
    learn(unbroken)

    restored = training()
    assert resumption.restore(restored) == 1
    learn(restored)

    one, other = (found.modules["module"].state_dict() for found in (unbroken, restored))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_without_a_file_nothing_is_done_yet(tmp_path):
    assert Resumption(tmp_path / "state", "key").restore(training()) == 0


def test_the_state_of_another_run_is_not_taken(tmp_path):
    Resumption(tmp_path / "state", "one").save(training(), 4)

    assert Resumption(tmp_path / "state", "other").restore(training()) == 0


def test_a_damaged_file_says_what_to_do(tmp_path: Path):
    (tmp_path / "state").write_bytes(b"not a state")

    with pytest.raises(InputError, match="delete it"):
        Resumption(tmp_path / "state", "key").restore(training())


def test_a_finished_run_leaves_no_file(tmp_path):
    resumption = Resumption(tmp_path / "state", "key")
    resumption.save(training(), 1)
    resumption.remove()

    assert list(tmp_path.iterdir()) == []


def test_another_recipe_is_another_key():
    assert training_key("recipe", 7) == training_key("recipe", 7) != training_key("recipe", 8)
