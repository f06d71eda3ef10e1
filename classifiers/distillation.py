"""French for an English sentence encoder: the student's French follows the teacher's English.

Reimers and Gurevych, Making Monolingual Sentence Embeddings Multilingual (EMNLP 2020): the teacher
is frozen, the student learns to give a French sentence the vector that the teacher gives its
English translation. Beside it the student guesses masked words of plain French text (Devlin et
al., NAACL 2019), so that it also sees sentences nobody translated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from transformers import BertModel, PreTrainedTokenizerFast

from classifiers.fitting import Progress
from classifiers.noise import typed
from classifiers.open_texts import SentencePair
from classifiers.resuming import Resumption, Training

IGNORED: Final = -100
MAX_SENTENCES: Final = 4
_HIDDEN: Final = 0.8
_CHANGED: Final = 0.1
_SPECIALS: Final = 5

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sentences:
    """Token ids of sentences one after the other, without special tokens."""

    flat: NDArray[np.int32]
    starts: Numbers
    lengths: Numbers

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> "Sentences":
        """Texts tokenized."""
        found = tokenizer(list(texts), add_special_tokens=False)["input_ids"] if texts else []
        lengths = np.array([len(ids) for ids in found], dtype=np.int64)
        flat = np.array([word for ids in found for word in ids], dtype=np.int32)
        return cls(flat, np.cumsum(lengths) - lengths, lengths)

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True)
class Teaching:
    """How long and how the student is taught."""

    steps: int = 1400
    batch: int = 1536
    body_rate: float = 6e-4
    embedding_rate: float = 2e-3
    warmup: float = 0.06
    weight_decay: float = 0.01
    max_tokens: int = 96
    english_share: float = 0.3
    joined_share: float = 0.55
    noisy_share: float = 0.4
    masked_weight: float = 0.25
    masked_share: float = 0.2
    report_every: int = 100


@dataclass(frozen=True)
class Marks:
    """The special tokens of a vocabulary and its size."""

    start: int
    end: int
    mask: int
    words: int

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerFast) -> "Marks":
        """Those of a tokenizer."""
        marks = tokenizer.convert_tokens_to_ids(["[CLS]", "[SEP]", "[MASK]"])
        assert isinstance(marks, list)
        start, end, mask = marks
        return cls(start, end, mask, len(tokenizer))


@dataclass(frozen=True)
class Material:
    """Sentences: pairs row by row (`noisy` is the French as typed on a phone), and plain French."""

    teacher_english: Sentences
    english: Sentences
    french: Sentences
    noisy: Sentences
    plain: Sentences
    teacher_marks: Marks
    marks: Marks


def material(
    pairs: Sequence[SentencePair],
    plain: Sequence[str],
    *,
    teacher: PreTrainedTokenizerFast,
    student: PreTrainedTokenizerFast,
    seed: int,
) -> Material:
    """Tokenize everything once; the noisy French is one typed form of each sentence."""
    chance = Random(seed)  # noqa: S311 - spelling noise, nothing secret
    english = [pair.english for pair in pairs]
    french = [pair.french for pair in pairs]
    return Material(
        teacher_english=Sentences.of(teacher, english),
        english=Sentences.of(student, english),
        french=Sentences.of(student, french),
        noisy=Sentences.of(student, [typed(text, chance) for text in french]),
        plain=Sentences.of(student, plain),
        teacher_marks=Marks.of(teacher),
        marks=Marks.of(student),
    )


def pooled(model: BertModel, ids: Tensor, mask: Tensor) -> Tensor:
    """Mean of the last states over real tokens, (batch, hidden)."""
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(states.dtype)
    mean: Tensor = (states * weights).sum(1) / weights.sum(1)
    return mean


class _Guesser(nn.Module):
    """Words from states: one layer, then the word embeddings of the student themselves."""

    def __init__(self, student: BertModel) -> None:
        super().__init__()
        hidden = student.config.hidden_size
        self.layer = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.bias = nn.Parameter(torch.zeros(student.config.vocab_size))

    def forward(self, states: Tensor, words: Tensor) -> Tensor:
        """Logits (tokens, words) of (tokens, hidden) states."""
        return functional.linear(self.layer(states), words, self.bias)


@dataclass(frozen=True)
class _Masked:
    ids: Tensor
    mask: Tensor
    wanted: Tensor


@dataclass(frozen=True)
class _Batch:
    ids: Tensor
    mask: Tensor
    teacher_ids: Tensor
    teacher_mask: Tensor
    masked: _Masked | None


@dataclass(frozen=True)
class Pupils:
    """The student that learns, and the teacher it follows."""

    student: BertModel
    teacher: BertModel

    def place(self, guesser: _Guesser, device: str) -> None:
        """Put all on a device, ready to learn."""
        for module, learns in ((self.student, True), (guesser, True), (self.teacher, False)):
            nn.Module.to(module, device)
            nn.Module.train(module, mode=learns)


def teach(
    pupils: Pupils,
    texts: Material,
    *,
    teaching: Teaching,
    seed: int,
    device: str = "cpu",
    progress: Progress,
    resumption: Resumption | None = None,
) -> None:
    """Teach the student in place; the same seed and machine give the same weights.

    With a `resumption` the state is kept at every report, and a stopped run goes on from there.
    """
    torch.manual_seed(seed)
    guesser = _Guesser(pupils.student)
    pupils.place(guesser, device)
    optimizer, schedule = _optimizer(pupils.student, guesser, teaching)
    training = Training({"student": pupils.student, "guesser": guesser}, optimizer, schedule)
    done = resumption.restore(training) if resumption else 0
    losses: list[Tensor] = []
    for step in range(done, teaching.steps):
        if step % teaching.report_every == 0:
            # Chance starts anew at each kept state, so that a resumed run equals an unbroken one.
            torch.manual_seed(seed + step)
        batch = _batch(texts, teaching, np.random.default_rng([seed, step]))
        losses.append(_step(pupils, guesser, batch, training, teaching))
        if (step + 1) % teaching.report_every == 0:
            # Read only now: each reading of a loss waits for the device.
            mean = float(torch.stack(losses).mean())
            progress(f"step {step + 1} of {teaching.steps}: loss {mean:.4f}")
            losses.clear()
            if resumption:
                resumption.save(training, step + 1)
    pupils.place(guesser, "cpu")
    pupils.student.train(mode=False)


def _step(
    pupils: Pupils, guesser: _Guesser, batch: _Batch, training: Training, teaching: Teaching
) -> Tensor:
    device = pupils.student.device
    with torch.autocast(device.type, dtype=torch.bfloat16):
        loss = _sentence_loss(pupils, batch, device)
        if batch.masked is not None:
            guessed = _masked_loss(pupils.student, guesser, batch.masked, device)
            loss = loss + teaching.masked_weight * guessed
    training.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(pupils.student.parameters(), 1.0)
    training.optimizer.step()
    training.schedule.step()
    return loss.detach()


def _sentence_loss(pupils: Pupils, batch: _Batch, device: torch.device) -> Tensor:
    """1 - cosine to the teacher's vector, and half the squared error relative to its size."""
    with torch.no_grad():
        wanted = pooled(pupils.teacher, batch.teacher_ids.to(device), batch.teacher_mask.to(device))
    given = pooled(pupils.student, batch.ids.to(device), batch.mask.to(device))
    wanted, given = wanted.float(), given.float()
    far = 1 - functional.cosine_similarity(given, wanted)
    error = ((given - wanted) ** 2).sum(1) / (wanted**2).sum(1)
    return (far + 0.5 * error).mean()


def _masked_loss(
    student: BertModel, guesser: _Guesser, masked: _Masked, device: torch.device
) -> Tensor:
    ids, mask, wanted = (t.to(device) for t in (masked.ids, masked.mask, masked.wanted))
    states = student(input_ids=ids, attention_mask=mask).last_hidden_state
    chosen = wanted != IGNORED
    words = student.embeddings.word_embeddings.weight
    return functional.cross_entropy(guesser(states[chosen], words).float(), wanted[chosen])


def _optimizer(student: BertModel, guesser: _Guesser, teaching: Teaching) -> tuple[AdamW, LambdaLR]:
    words = student.embeddings.word_embeddings.weight
    body = [weight for weight in student.parameters() if weight is not words]
    groups = [
        {"params": body, "lr": teaching.body_rate},
        {"params": [words], "lr": teaching.embedding_rate},
        {"params": list(guesser.parameters()), "lr": teaching.embedding_rate},
    ]
    warm = max(1.0, teaching.warmup * teaching.steps)

    def rate(step: int) -> float:
        return min(1.0, (step + 1) / warm) * max(0.01, 1 - step / teaching.steps)

    optimizer = AdamW(groups, weight_decay=teaching.weight_decay, fused=True)
    return optimizer, LambdaLR(optimizer, rate)


def _batch(texts: Material, teaching: Teaching, chance: np.random.Generator) -> _Batch:
    size = teaching.batch
    joined = chance.random(size) < teaching.joined_share
    counts = np.where(joined, chance.integers(2, MAX_SENTENCES + 1, size), 1)
    chosen = chance.integers(0, len(texts.english), (size, MAX_SENTENCES))
    english = chance.random(size) < teaching.english_share
    noisy = chance.random(size) < teaching.noisy_share
    source = np.where(english, 0, np.where(noisy, 2, 1))
    limit = teaching.max_tokens
    sources = (texts.english, texts.french, texts.noisy)
    ids, mask = _joined(sources, _Choice(source, chosen, counts), texts.marks, limit)
    first = _Choice(np.zeros_like(source), chosen, counts)
    teacher_ids, teacher_mask = _joined((texts.teacher_english,), first, texts.teacher_marks, limit)
    return _Batch(ids, mask, teacher_ids, teacher_mask, _masked(texts, teaching, chance))


@dataclass(frozen=True)
class _Choice:
    """Row r holds the first `counts[r]` of the sentences `chosen[r]`, taken from `source[r]`."""

    source: Numbers
    chosen: Numbers
    counts: Numbers


def _joined(
    sources: Sequence[Sentences], choice: _Choice, marks: Marks, limit: int
) -> tuple[Tensor, Tensor]:
    """Ids and mask (rows, tokens) of the sentences chosen from `sources`, cut at `limit`."""
    size = len(choice.counts)
    ids = np.zeros((size, limit), dtype=np.int64)
    ends = np.ones(size, dtype=np.int64)
    for place in range(choice.chosen.shape[1]):
        for number, sentences in enumerate(sources):
            rows = np.flatnonzero((choice.counts > place) & (choice.source == number))
            wanted = choice.chosen[rows, place]
            lengths = sentences.lengths[wanted]
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            columns = np.repeat(ends[rows], lengths) + within
            words = sentences.flat[np.repeat(sentences.starts[wanted], lengths) + within]
            fits = columns < limit - 1
            ids[np.repeat(rows, lengths)[fits], columns[fits]] = words[fits]
            ends[rows] = np.minimum(ends[rows] + lengths, limit - 1)
    ids[:, 0] = marks.start
    ids[np.arange(size), ends] = marks.end
    width = int(ends.max()) + 1
    mask = (np.arange(width)[None, :] <= ends[:, None]).astype(np.int64)
    return torch.from_numpy(np.ascontiguousarray(ids[:, :width])), torch.from_numpy(mask)


def _masked(texts: Material, teaching: Teaching, chance: np.random.Generator) -> _Masked | None:
    """Two plain sentences a row; of the chosen tokens 80 % hidden, 10 % changed, 10 % left."""
    if not len(texts.plain) or not teaching.masked_weight:
        return None
    size, marks = teaching.batch, texts.marks
    chosen = chance.integers(0, len(texts.plain), (size, 2))
    choice = _Choice(np.zeros(size, dtype=np.int64), chosen, np.full(size, 2))
    ids, mask = _joined((texts.plain,), choice, marks, teaching.max_tokens)
    picked = torch.from_numpy(chance.random(ids.shape) < teaching.masked_share) & mask.bool()
    picked &= (ids != marks.start) & (ids != marks.end)
    wanted = torch.where(picked, ids, torch.full_like(ids, IGNORED))
    draw = torch.from_numpy(chance.random(ids.shape))
    others = torch.from_numpy(chance.integers(_SPECIALS, marks.words, ids.shape))
    ids = torch.where(picked & (draw < _HIDDEN), torch.full_like(ids, marks.mask), ids)
    ids = torch.where(picked & (draw >= 1 - _CHANGED), others, ids)
    return _Masked(ids, mask, wanted)
