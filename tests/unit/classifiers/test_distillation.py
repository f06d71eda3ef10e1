from dataclasses import replace
from pathlib import Path

import pytest
import torch

from classifiers.distillation import Material, Pupils, Teaching, material, teach
from classifiers.encoder import BaseEncoder, load_base
from classifiers.open_texts import SentencePair
from classifiers.pretraining import encoder_network, save_encoder, with_french_words
from classifiers.resuming import Resumption
from classifiers.vocabulary import make_tokenizer

PAIRS = [
    SentencePair("merci pour le riz", "thanks for the rice"),
    SentencePair("la nourriture est arrivee", "the food is here"),
    SentencePair("un espion", "a spy"),
    SentencePair("aide", "help"),
]
TEACHING = Teaching(
    steps=6, batch=8, report_every=2, body_rate=1e-2, embedding_rate=1e-2, masked_weight=0.1
)


@pytest.fixture
def base(tiny_encoder: Path) -> BaseEncoder:
    return load_base(tiny_encoder)


@pytest.fixture
def texts(base: BaseEncoder) -> Material:
    tokenizer = make_tokenizer(base.tokenizer)
    plain = ["merci pour le riz", "la nourriture"]
    return material(PAIRS, plain, teacher=tokenizer, student=tokenizer, seed=1)


def taught(base: BaseEncoder, texts: Material, teaching: Teaching, **options) -> Pupils:
    pupils = Pupils(encoder_network(base), encoder_network(base))
    said: list[str] = []
    teach(
        pupils,
        texts,
        teaching=teaching,
        seed=5,
        progress=said.append,
        **options,
    )
    return pupils


def weights(pupils: Pupils) -> list[torch.Tensor]:
    return list(pupils.student.state_dict().values())


def equal(left: list[torch.Tensor], right: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


def test_the_student_learns_and_the_teacher_stays(base, texts):
    pupils = taught(base, texts, TEACHING)

    untouched = [encoder_network(base).state_dict()[name] for name in pupils.teacher.state_dict()]
    assert equal(list(pupils.teacher.state_dict().values()), untouched)
    assert not equal(weights(pupils), untouched)


def test_french_comes_nearer_to_the_english_of_the_teacher(base, texts):
    losses: list[float] = []
    pupils = Pupils(encoder_network(base), encoder_network(base))

    def hear(line: str) -> None:
        losses.append(float(line.rsplit(" ", 1)[1]))

    long = replace(TEACHING, steps=60, report_every=10, masked_weight=0.0)
    teach(pupils, texts, teaching=long, seed=5, progress=hear)

    assert losses[-1] < losses[0] / 2


def test_the_same_seed_gives_the_same_student(base, texts):
    assert equal(weights(taught(base, texts, TEACHING)), weights(taught(base, texts, TEACHING)))


def test_a_stopped_teaching_goes_on_to_the_same_student(base, texts, tmp_path):
    class StopError(Exception):
        pass

    resumption = Resumption(tmp_path / "state", "key")
    pupils = Pupils(encoder_network(base), encoder_network(base))
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            raise StopError

    options = {"teaching": TEACHING, "seed": 5, "resumption": resumption}
    with pytest.raises(StopError):
        teach(pupils, texts, progress=stop, **options)

    resumed = taught(base, texts, TEACHING, resumption=resumption)

    assert equal(weights(resumed), weights(taught(base, texts, TEACHING)))


def test_without_plain_french_only_pairs_teach(base):
    tokenizer = make_tokenizer(base.tokenizer)
    texts = material(PAIRS, [], teacher=tokenizer, student=tokenizer, seed=1)

    assert weights(taught(base, texts, TEACHING))


def test_a_saved_encoder_is_read_as_any_published_one(base, tmp_path):
    french = with_french_words(base, [], ["thanks for the rice"])
    save_encoder(french, tmp_path / "encoder")

    read = load_base(tmp_path / "encoder")

    assert read.tokenizer == french.tokenizer
    assert read.weights.keys() == french.weights.keys()
    for name, tensor in read.weights.items():
        assert torch.equal(tensor, french.weights[name].to(torch.float16))
