"""The corpus, a tiny checkpoint of no meaning, and the shipped one."""

from pathlib import Path

import pytest

from classifiers.corpus import CorpusItem, Splits, load_splits
from classifiers.inference import Classifier
from classifiers.training import DEFAULT_NAME
from tiny_checkpoint import WORDS, train_tiny, write_encoder


@pytest.fixture(scope="session")
def splits() -> Splits:
    return load_splits()


@pytest.fixture(scope="session")
def corpus(splits: Splits) -> tuple[CorpusItem, ...]:
    return splits.all


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder") / "tiny", WORDS)


@pytest.fixture(scope="session")
def tiny_folder(
    tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path, corpus: tuple[CorpusItem, ...]
) -> Path:
    """A registry folder with the checkpoint tiny@1: real in form, its labels mean nothing."""
    registry = tmp_path_factory.mktemp("registry")
    train_tiny(tiny_encoder, registry / "tiny@1", corpus[:120], seed=3)
    return registry


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Classifier:
    return Classifier.load("tiny@1", tiny_folder)


@pytest.fixture(scope="session")
def shipped() -> Classifier:
    return Classifier.load(DEFAULT_NAME)
