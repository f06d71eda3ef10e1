"""Accounts that asked not to be collected."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlmodel import Session

from config.errors import InputError, UsageError
from models import Account, OptOut, Payload, Post, Share
from models.compliance import opted_out
from pipelines.opt_outs import opt_back_in, opt_out, opt_out_rows, read_account_id
from removing import DAY, POLL, TEXT

NOW = POLL + DAY
SPRING = datetime(2024, 5, 2, tzinfo=UTC)


def add(filled, account="9001", platform="x"):
    return opt_out(filled.deployment, platform, account, role="operator", now=NOW)


def test_what_is_stored_of_the_account_goes_in_every_quarter(filled):
    filled.store(filled.item(), filled.item("1000", created_at=SPRING))
    filled.store(filled.item("1102", account_id="9002", text="Autre chose"))
    done = add(filled)
    assert (done.posts, done.quarters) == (2, ("2024Q2", "2024Q3"))
    assert "vivres" not in filled.everything()
    other = filled.post("1102").account
    assert [row.pseudonym for row in filled.rows(Account)] == [other]
    assert {row.account for row in filled.rows(Share)} <= {other}
    assert {post.account for post in filled.rows(Post)} == {None, other}


def test_only_a_keyed_hash_of_the_account_is_kept(filled):
    filled.store(filled.item(account_id="7700000000000001"))
    add(filled, "7700000000000001")
    (row,) = filled.rows(OptOut)
    assert row.account_hash == filled.keyring.opt_out_hash("x", "7700000000000001")
    assert "7700000000000001" not in filled.everything()


def test_payloads_that_name_the_account_lose_their_body(filled):
    filled.store(filled.item(), body=b'{"data": [{"id": "1101"}]}')
    filled.store(
        filled.item("1102", account_id="9002"), body=b'{"users": [{"id": "9001"}, {"id": "9002"}]}'
    )
    filled.store(filled.item("1103", account_id="9002"), body=b'{"data": [{"id": "19001"}]}')
    assert add(filled).bodies == 2
    payloads = sorted(filled.rows(Payload), key=lambda row: row.id)
    assert [row.ciphertext is None for row in payloads] == [True, True, False]


def test_reposts_of_the_account_lose_their_text(filled):
    filled.store(
        filled.item(),
        filled.item("2001", kind="repost", reposted_platform_id="1101", account_id="9002"),
    )
    assert add(filled).followers == 1
    assert "vivres" not in filled.everything()


def test_its_posts_are_dropped_on_arrival_and_counted(filled):
    add(filled)
    repost = filled.item("2001", kind="repost", reposted_platform_id="1101", account_id="9002")
    counts = filled.store(filled.item(), repost, filled.item("1103", account_id="9003"))
    assert (counts.posts_new, counts.records, counts.opted_out) == (1, 1, 2)
    assert [post.id for post in filled.rows(Post)] == [filled.post_id("1103")]
    assert [row.ciphertext for row in filled.rows(Payload)] == [None]


def test_the_same_number_on_another_platform_is_another_account(filled):
    add(filled)
    filled.store(filled.item("1_1", platform="facebook"))
    assert len(filled.rows(Post)) == 1


def test_opting_out_twice_keeps_the_first_day_and_changes_nothing(filled):
    filled.store(filled.item())
    add(filled)
    before = filled.everything()
    again = opt_out(filled.deployment, "x", " 9001\n", role="operator", now=NOW + DAY)
    assert (again.posts, again.bodies, again.pieces) == (0, 0, {})
    assert filled.everything() == before
    (row,) = opt_out_rows(filled.deployment)
    assert row["added_on"] == NOW.date().isoformat()


def test_an_account_that_opts_in_again_is_collected_again(filled):
    hashed = add(filled).account_hash
    assert opt_back_in(filled.deployment, hashed[:8]) == hashed
    filled.store(filled.item())
    assert filled.post().text == TEXT


def test_a_post_removed_at_an_opt_out_stays_removed_after_opting_in(filled):
    filled.store(filled.item())
    hashed = add(filled).account_hash
    opt_back_in(filled.deployment, hashed[:8])
    filled.store(filled.item(), at=NOW + DAY)
    assert (filled.post().text, filled.post().account) == ("", None)


def test_no_account_is_hashed_while_nobody_has_opted_out(small, monkeypatch):
    monkeypatch.setattr(small.keyring, "opt_out_hash", None)
    with Session(small.engine) as session:
        assert opted_out(session, small.keyring)("x", "9001") is False


def test_an_unknown_author_is_nobody_who_opted_out(small):
    add(small)
    with Session(small.engine) as session:
        test = opted_out(session, small.keyring)
    assert (test("x", "9001"), test("x", "9002"), test("x", None)) == (True, False, False)


@pytest.mark.parametrize("prefix", ["", "abc", "00000000"])
def test_an_unclear_hash_removes_no_opt_out(small, prefix):
    add(small)
    with pytest.raises(UsageError):
        opt_back_in(small.deployment, prefix)
    assert len(small.rows(OptOut)) == 1


@pytest.mark.parametrize("given", ["", "  \n", "9001 9002", "@awa", "awa_k", "9" * 200])
def test_what_is_no_account_id_is_refused_without_being_repeated(small, given):
    with pytest.raises(UsageError) as caught:
        add(small, given)
    assert not given.strip() or given.strip() not in str(caught.value)
    assert small.rows(OptOut) == []


def test_an_unknown_platform_is_refused(small):
    with pytest.raises(UsageError, match="'myspace' is no platform"):
        add(small, platform="myspace")


def test_the_id_is_read_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"9001\n")))
    assert read_account_id("-").strip() == "9001"


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_account_id(str(tmp_path / "none"))
    (tmp_path / "raw").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is no text"):
        read_account_id(str(tmp_path / "raw"))
