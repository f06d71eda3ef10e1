"""Retention clocks: what is removed when its time is over."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from models import Payload


def expire_payloads(session: Session, *, now: datetime, days: int) -> int:
    """Remove the bodies of payloads older than `days`; hash, size and source stay. Gives how many.

    The row remains, so that a figure can still be walked back to the hash of what was received.
    """
    result = session.connection().execute(
        update(Payload)
        .where(col(Payload.received_at) < now - timedelta(days=days))
        .where(col(Payload.ciphertext).is_not(None))
        .values(ciphertext=None)
    )
    return result.rowcount
