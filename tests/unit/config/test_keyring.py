"""Keys: stable where they must be, apart where they must be, and never half written."""

import hashlib
import hmac
import stat
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from config.errors import StoreError
from config.keyring import Keyring, quarter_of

JULY = datetime(2024, 7, 1, tzinfo=UTC)
SEPTEMBER = datetime(2024, 9, 30, 23, 59, tzinfo=UTC)
OCTOBER = datetime(2024, 10, 1, tzinfo=UTC)


def test_a_post_has_one_id_for_ever(tmp_path: Path):
    assert Keyring(tmp_path).post_id("x", "17") == Keyring(tmp_path).post_id("x", "17")


def test_a_key_is_applied_as_hmac_sha_256_prescribes(tmp_path: Path):
    keyring = Keyring(tmp_path, seed="tests")
    for text in ("", "17", "é" * 200):
        keyring.fingerprint(text)
        key = bytes.fromhex((tmp_path / "fingerprint.key").read_text())
        expected = hmac.digest(key, text.encode(), hashlib.sha256).hex()
        assert keyring.fingerprint(text) == expected[:32]


def test_the_same_number_on_two_platforms_is_two_posts(keyring: Keyring):
    assert keyring.post_id("x", "17") != keyring.post_id("facebook", "17")


def test_a_pseudonym_holds_for_its_quarter(keyring: Keyring):
    assert keyring.pseudonym("x", "17", JULY) == keyring.pseudonym("x", "17", SEPTEMBER)


def test_a_pseudonym_changes_with_the_quarter(keyring: Keyring):
    assert keyring.pseudonym("x", "17", SEPTEMBER) != keyring.pseudonym("x", "17", OCTOBER)


def test_two_deployments_share_no_pseudonym(tmp_path: Path):
    here, there = Keyring(tmp_path / "a"), Keyring(tmp_path / "b")

    assert here.pseudonym("x", "17", JULY) != there.pseudonym("x", "17", JULY)


def test_a_payload_comes_back_as_received(keyring: Keyring):
    body = "é€🐍".encode() * 100

    assert keyring.decrypt_payload(keyring.encrypt_payload(body)) == body


def test_a_ciphertext_shows_nothing_of_the_payload(keyring: Keyring):
    assert b"adama_kolibara" not in keyring.encrypt_payload(b"adama_kolibara" * 50)


def test_another_deployments_key_opens_nothing(tmp_path: Path, keyring: Keyring):
    sealed = keyring.encrypt_payload(b"body")

    with pytest.raises(StoreError, match="restore the keys folder"):
        Keyring(tmp_path / "other").decrypt_payload(sealed)


def test_the_vault_key_is_not_the_payload_key(keyring: Keyring):
    with pytest.raises(StoreError):
        keyring.decrypt_payload(keyring.encrypt_platform_id("17"))


def test_key_files_are_for_the_owner_only(tmp_path: Path):
    Keyring(tmp_path / "keys").post_id("x", "17")

    assert stat.S_IMODE((tmp_path / "keys" / "post.key").stat().st_mode) == 0o600


def test_a_broken_key_file_is_one_clear_error(tmp_path: Path):
    (tmp_path / "post.key").write_text("abcd")

    with pytest.raises(StoreError, match=r"post\.key is not a key"):
        Keyring(tmp_path).post_id("x", "17")


def _post_id(directory: Path) -> str:
    return Keyring(directory).post_id("x", "17")


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    with get_context("spawn").Pool(4) as pool:
        ids = pool.map(_post_id, [tmp_path / "keys"] * 8)

    assert len(set(ids)) == 1
    assert [path.suffix for path in (tmp_path / "keys").iterdir()] == [".key"]


@pytest.mark.parametrize(("moment", "quarter"), [(JULY, "2024Q3"), (OCTOBER, "2024Q4")])
def test_quarters_are_calendar_quarters(moment: datetime, quarter: str):
    assert quarter_of(moment) == quarter
