import json
import shutil
from pathlib import Path

import pytest
import torch

from classifiers.checkpoint import (
    MANIFEST,
    WEIGHTS,
    dequantised,
    load_checkpoint,
    quantised,
    save_checkpoint,
)
from classifiers.registry import checkpoint_folder, list_checkpoints
from config.errors import InputError
from tiny_checkpoint import train_tiny


@pytest.fixture
def copy(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder / "tiny@1", tmp_path / "tiny@1"))


def test_a_loaded_checkpoint_saves_to_the_same_bytes(copy, tmp_path):
    save_checkpoint(load_checkpoint(copy), tmp_path / "again")

    for path in sorted(copy.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_matrices_come_back_within_half_a_step_of_their_row():
    matrix = torch.randn(50, 80, generator=torch.Generator().manual_seed(1))

    back = dequantised(quantised({"m": matrix}))["m"]

    step = matrix.abs().amax(1, keepdim=True) / 127
    assert ((back - matrix).abs() <= step * 0.56).all()


def test_a_row_of_zeros_stays_zero_and_vectors_keep_half_precision():
    state = {"m": torch.zeros(2, 3), "v": torch.tensor([0.1, -2.0])}

    back = dequantised(quantised(state))

    assert torch.equal(back["m"], state["m"])
    assert back["v"].tolist() == pytest.approx([0.1, -2.0], abs=1e-3)


def test_no_pickle_is_in_a_checkpoint(copy):
    assert {path.name for path in copy.iterdir()} == {
        "config.json",
        "domain.safetensors",
        "heads.json",
        "manifest.json",
        "review.json",
        "tokenizer.json",
        "weights.safetensors",
    }


def test_a_missing_folder_file_and_manifest_are_said(copy, tmp_path):
    with pytest.raises(InputError, match="no checkpoint there"):
        load_checkpoint(tmp_path / "nowhere")
    (copy / WEIGHTS).unlink()
    with pytest.raises(InputError, match=r"weights\.safetensors: missing"):
        load_checkpoint(copy)


@pytest.mark.parametrize("name", ["weights.safetensors", "tokenizer.json", "heads.json"])
def test_a_changed_byte_is_found(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)

    with pytest.raises(InputError, match="not the file its manifest names"):
        load_checkpoint(copy)


@pytest.mark.parametrize("content", ["{oops", "[]", '{"format": 99}', '{"format": 1}', "\xff"])
def test_a_manifest_that_is_none_is_refused(copy, content):
    (copy / MANIFEST).write_text(content, encoding="latin-1")

    with pytest.raises(InputError, match=r"manifest\.json"):
        load_checkpoint(copy)


def test_a_checkpoint_of_another_name_is_refused(copy):
    with pytest.raises(InputError, match="holds tiny@1, not tiny@2"):
        load_checkpoint(copy, name="tiny@2")


def test_checkpoints_are_found_by_name_or_by_folder(tiny_folder, copy):
    assert list_checkpoints(tiny_folder) == ["tiny@1"]
    assert checkpoint_folder("tiny@1", tiny_folder) == (tiny_folder / "tiny@1", "tiny@1")
    assert checkpoint_folder(str(copy)) == (copy, "tiny@1")


def test_an_unknown_name_lists_those_there_are(tiny_folder):
    for name in ("tiny@2", "other", "../tiny@1"):
        with pytest.raises(InputError, match="tiny@1"):
            checkpoint_folder(name, tiny_folder)


def test_a_folder_under_another_name_than_its_own_is_refused(tiny_folder, tmp_path):
    shutil.copytree(tiny_folder / "tiny@1", tmp_path / "tiny@9")
    folder, name = checkpoint_folder("tiny@9", tmp_path)

    with pytest.raises(InputError, match="holds tiny@1"):
        load_checkpoint(folder, name=name)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    tiny_encoder, tiny_folder, tmp_path, corpus
):
    train_tiny(tiny_encoder, tmp_path / "a" / "tiny@1", corpus[:120], seed=3)
    train_tiny(tiny_encoder, tmp_path / "b" / "tiny@1", corpus[:120], seed=4)

    first = (tiny_folder / "tiny@1" / WEIGHTS).read_bytes()
    assert (tmp_path / "a" / "tiny@1" / WEIGHTS).read_bytes() == first
    assert (tmp_path / "b" / "tiny@1" / WEIGHTS).read_bytes() != first
    manifests = [json.loads((tmp_path / x / "tiny@1" / MANIFEST).read_text()) for x in "ab"]
    assert manifests[0] != manifests[1]
