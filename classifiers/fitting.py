"""The training loop: examples in, a trained network out, the same one each time."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from transformers import PreTrainedTokenizerFast

from classifiers.corpus import AID_GENERAL, ActorStance, CorpusItem
from classifiers.encoder import BUCKET, Row, encode, padded
from classifiers.heads import FLAG_HEADS, YES_NO, Labels, Reader
from classifiers.naming import ActorNames
from classifiers.noise import typed
from classifiers.resuming import Resumption, Training
from classifiers.segments import Segments, segments

# Sorting by length inside stretches of so many batches saves padding and keeps the mixing.
STRETCH: Final = 8
IGNORED: Final = -100
KEPT_EVERY: Final = 3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is trained; the values were chosen on the dev part."""

    epochs: int = 5
    batch: int = 32
    encoder_rate: float = 1.3e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    smoothing: float = 0.05
    dropout: float = 0.2
    clip: float = 1.0
    # Chance of a text to be shown as typed on a phone, and of each of its words to be touched.
    noisy: float = 0.3
    noise: float = 0.25
    threads: int = 1
    max_steps: int | None = None
    loss_weights: tuple[tuple[str, float], ...] = (
        ("relevance", 0.5),
        ("stance", 1.5),
        ("tone", 0.5),
        ("target", 0.5),
        ("narrative", 0.8),
        ("severity", 0.5),
        *((flag, 0.1) for flag in FLAG_HEADS),
    )


@dataclass(frozen=True)
class Example:
    """One input with the labels to learn; an input about one agency has a stance only."""

    segments: Segments
    labels: Mapping[str, str]


def examples(items: Sequence[CorpusItem], actor_names: ActorNames) -> list[Example]:
    """Each item once with all its labels, and again for agencies whose stance it carries.

    An item that judges one agency as it judges aid teaches little twice: of those only every third
    is asked about its agency, so that questions come for such items too.
    """
    plain = [
        Example(segments(item.text, parent_text=item.parent_text), targets(item)) for item in items
    ]
    about = [
        Example(
            segments(
                item.text,
                parent_text=item.parent_text,
                about=actor_names[item.id][entry.actor],
            ),
            {"stance": entry.stance},
        )
        for number, item in enumerate(items)
        for entry in _asked(item, number)
    ]
    return plain + about


def _asked(item: CorpusItem, number: int) -> list[ActorStance]:
    named = [entry for entry in item.stances if entry.actor != AID_GENERAL]
    plain = len(named) == 1 and {entry.stance for entry in item.stances} == {item.stance}
    return [] if plain and number % KEPT_EVERY else named


def targets(item: CorpusItem) -> dict[str, str]:
    """The label of each head for an item; severity is asked of suspicious items only."""
    found = {
        "relevance": item.relevance,
        "stance": item.stance,
        "tone": item.tone,
        "target": item.target,
        "narrative": item.narrative,
        **{flag: YES_NO[flag in item.flags] for flag in FLAG_HEADS},
    }
    return found | ({"severity": item.severity} if item.stance == "suspicious" else {})


def fit(
    reader: Reader,
    tokenizer: PreTrainedTokenizerFast,
    rows: Sequence[Example],
    labels: Labels,
    *,
    recipe: Recipe,
    seed: int,
    progress: Progress,
    device: str = "cpu",
    resumption: Resumption | None = None,
) -> None:
    """Train the network in place, on `cpu` or `cuda`; it ends on the CPU.

    With a `resumption` the state is kept after every epoch, and a stopped run goes on from there.
    """
    wanted = {field: ids.to(device) for field, ids in _label_ids(rows, labels).items()}
    reader.to(device)
    steps = recipe.epochs * -(-len(rows) // recipe.batch)
    optimizer, schedule = _optimizer(reader, recipe, steps)
    training = Training({"reader": reader}, optimizer, schedule)
    done = resumption.restore(training) if resumption else 0
    reader.train()
    for epoch in range(done, recipe.epochs):
        total = 0.0
        # Chance starts anew with each epoch, so that a resumed run equals an unbroken one.
        torch.manual_seed(seed * 1000 + epoch)
        chance = random.Random(f"{seed} {epoch}")  # noqa: S311 - order and noise, nothing secret
        shown = [_shown(row.segments, recipe, chance) for row in rows]
        inputs = encode(tokenizer, shown, limit=reader.max_tokens)
        for step, batch in enumerate(_shuffled(inputs, recipe.batch, chance)):
            if recipe.max_steps is not None and step >= recipe.max_steps:
                break
            total += _step(reader, optimizer, inputs, wanted, batch=batch, recipe=recipe)
            schedule.step()
        progress(
            f"epoch {epoch + 1} of {recipe.epochs}: loss {total * recipe.batch / len(rows):.3f}"
        )
        if resumption:
            resumption.save(training, epoch + 1)
    reader.to("cpu")


def _shown(original: Segments, recipe: Recipe, chance: random.Random) -> Segments:
    """The text as written, or as typed on a phone."""
    if chance.random() >= recipe.noisy:
        return original
    return replace(original, text=typed(original.text, chance, rate=recipe.noise))


def _step(
    reader: Reader,
    optimizer: AdamW,
    inputs: Sequence[Row],
    wanted: Mapping[str, Tensor],
    *,
    batch: Sequence[int],
    recipe: Recipe,
) -> float:
    chosen = [inputs[i] for i in batch]
    # Few distinct lengths: the arithmetic is prepared anew for each.
    longest = max(len(row.ids) for row in chosen)
    length = min(reader.max_tokens, -(-longest // BUCKET) * BUCKET)
    tensors = padded(chosen, length=length, count=len(chosen))
    # Half the time on machines that compute in bfloat16; the weights stay in full precision.
    device = reader.device
    with torch.autocast(device.type, dtype=torch.bfloat16):
        outputs = reader(*(tensor.to(device) for tensor in tensors))
    rows = torch.tensor(batch, device=device)
    loss = torch.zeros((), device=device)
    for field, weight in recipe.loss_weights:
        loss = loss + weight * _loss(outputs[field].float(), wanted[field][rows], recipe.smoothing)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(reader.parameters(), recipe.clip)
    optimizer.step()
    return float(loss.detach())


def _loss(logits: Tensor, wanted: Tensor, smoothing: float) -> Tensor:
    """Mean cross-entropy over the batch; rows without this label count as zero."""
    losses = functional.cross_entropy(
        logits, wanted, ignore_index=IGNORED, label_smoothing=smoothing, reduction="none"
    )
    return losses.mean()


def _optimizer(reader: Reader, recipe: Recipe, steps: int) -> tuple[AdamW, LambdaLR]:
    groups = [
        {"params": list(reader.encoder.parameters()), "lr": recipe.encoder_rate},
        {"params": list(reader.heads.parameters()), "lr": recipe.head_rate},
    ]
    optimizer = AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
    warm = max(1.0, recipe.warmup * steps)

    def rate(step: int) -> float:
        return min(1.0, (step + 1) / warm) * max(0.0, (steps - step) / steps)

    return optimizer, LambdaLR(optimizer, rate)


def _shuffled(inputs: Sequence[Row], size: int, chance: random.Random) -> Iterator[list[int]]:
    order = list(range(len(inputs)))
    chance.shuffle(order)
    stretch = size * STRETCH
    found: list[list[int]] = []
    for start in range(0, len(order), stretch):
        near = sorted(order[start : start + stretch], key=lambda i: len(inputs[i].ids))
        found.extend(near[i : i + size] for i in range(0, len(near), size))
    chance.shuffle(found)
    yield from found


def _label_ids(rows: Sequence[Example], labels: Labels) -> dict[str, Tensor]:
    return {
        field: torch.tensor(
            [names.index(row.labels[field]) if field in row.labels else IGNORED for row in rows]
        )
        for field, names in labels.items()
    }
