"""Half-finished training on disk, so that a stopped run goes on where it was.

The state is one file of tensors and numbers; it is read without unpickling anything else.
"""

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from config.errors import InputError


@dataclass(frozen=True)
class Training:
    """Everything that changes while a network learns."""

    modules: Mapping[str, nn.Module]
    optimizer: Optimizer
    schedule: LambdaLR


@dataclass(frozen=True)
class Resumption:
    """The file of one training run; `key` names its inputs, recipe and seed."""

    path: Path
    key: str

    def save(self, training: Training, done: int) -> None:
        """Keep the state after `done` steps or epochs; the file appears whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        state = {
            "key": self.key,
            "done": done,
            "modules": {name: module.state_dict() for name, module in training.modules.items()},
            "optimizer": training.optimizer.state_dict(),
            "schedule": training.schedule.last_epoch,
        }
        torch.save(state, unfinished)
        unfinished.replace(self.path)

    def restore(self, training: Training) -> int:
        """Steps or epochs already done, with the state put back; 0 when there is no such run.

        A file of other inputs, another recipe or seed is left out of account.
        """
        if not self.path.is_file():
            return 0
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, ValueError, pickle.UnpicklingError) as error:
            raise InputError(f"{self.path}: damaged; delete it to begin anew") from error
        if state["key"] != self.key:
            return 0
        for name, module in training.modules.items():
            module.load_state_dict(state["modules"][name])
        training.optimizer.load_state_dict(state["optimizer"])
        training.schedule.last_epoch = state["schedule"]
        return int(state["done"])

    def remove(self) -> None:
        """Forget the state of a finished run."""
        self.path.unlink(missing_ok=True)


def training_key(*parts: object) -> str:
    """One name for the inputs of a run, from the text form of each part."""
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()[:16]
