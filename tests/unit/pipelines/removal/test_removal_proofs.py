"""The log of removals shows every later change of it."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import Session, delete, select, update

from models import PurgeProof
from models.database import open_session
from pipelines.removal.log import check_log, log_rows
from pipelines.removal.proofs import BEGINNING, add_proof, check_chain
from removing import POLL


def write(filled, number=3):
    for count in range(number):
        with open_session(filled.engine) as session:
            add_proof(
                session,
                done_at=POLL + timedelta(seconds=count, microseconds=count),
                scope="platform:x",
                role="operator",
                counts={"texts.before": count, "texts.after": 0},
            )


def check(filled):
    with Session(filled.engine) as session:
        return check_chain(session)


def change(filled, statement):
    with open_session(filled.engine) as session:
        session.connection().execute(statement)


def test_an_untouched_log_is_unbroken(filled):
    write(filled)
    found = check(filled)
    assert (found.entries, found.broken_at) == (3, None)
    assert filled.rows(PurgeProof)[-1].entry_hash == found.head


def test_an_empty_log_is_unbroken(filled):
    assert (check(filled).entries, check(filled).head) == (0, BEGINNING)


@pytest.mark.parametrize(
    "changed",
    [
        {"counts": {"texts.before": 9}},
        {"role": "nobody"},
        {"scope": "platform:facebook"},
        {"done_at": POLL - timedelta(days=1)},
        {"entry_hash": "f" * 64},
        {"previous_hash": BEGINNING},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_changed_entry_breaks_the_log(filled, changed):
    write(filled)
    change(filled, update(PurgeProof).where(PurgeProof.id == 2).values(**changed))
    assert check(filled).broken_at in (2, 3)
    assert not check_log(filled.deployment, None).sound


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_entry_breaks_the_log(filled, number):
    write(filled)
    change(filled, delete(PurgeProof).where(PurgeProof.id == number))
    assert check(filled).broken_at == number + 1


def test_an_end_that_was_cut_off_is_told_by_a_hash_noted_elsewhere(filled):
    write(filled)
    noted = check(filled).head
    assert check_log(filled.deployment, noted).sound
    change(filled, delete(PurgeProof).where(PurgeProof.id == 3))
    assert check(filled).broken_at is None
    cut = check_log(filled.deployment, noted)
    assert not cut.sound
    assert "cut off" in str(cut)


def test_removals_at_once_follow_one_another(filled):
    with open_session(filled.engine) as session:
        session.exec(select(PurgeProof)).all()
    workers = [threading.Thread(target=write, args=(filled, 5)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (check(filled).entries, check(filled).broken_at) == (15, None)


def test_a_listing_names_when_what_and_by_whom(small):
    write(small, 2)
    rows = log_rows(small.deployment)
    assert [row["entry"] for row in rows] == [1, 2]
    assert rows[1]["scope"] == "platform:x"
    assert rows[1]["counts"] == "texts.after 0, texts.before 1"
