"""From the options of `vigie train` to a recipe, a place to resume from, and French lessons."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from classifiers.distillation import Teaching
from classifiers.fitting import Recipe
from classifiers.pretraining import Lessons
from classifiers.training import Run
from config.errors import UsageError


@dataclass(frozen=True)
class Plan:
    """What is to be trained, and how the encoder is prepared for it."""

    run: Run
    lessons: Lessons | None


def plan_training(
    *,
    kept: Path,
    seed: int,
    epochs: int | None = None,
    texts: Path | None = None,
    steps: int | None = None,
    device: str = "cpu",
) -> Plan:
    """The plan of one training; UsageError for a device that is not there.

    `kept` is the folder of half-finished states and of the taught encoder.
    """
    if device not in ("cpu", "cuda") or (device == "cuda" and not torch.cuda.is_available()):
        raise UsageError(f"no device {device!r} here; write --device cpu")
    recipe = Recipe() if epochs is None else replace(Recipe(), epochs=epochs)
    lessons = None
    if texts is not None:
        teaching = Teaching() if steps is None else replace(Teaching(), steps=steps)
        lessons = Lessons(texts, kept / "encoder", teaching, device)
    return Plan(Run(seed, recipe, device, kept / "fitting.state"), lessons)
