"""Delivery of validated alerts to the mailbox folder, through an outbox.

A delivery is committed before its file is written and marked sent afterwards. After a crash in
between, the next run finds the same message (its text, date and name depend on the stored alert
only) and marks it sent, so that nobody is written to twice.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from config.errors import VigieError
from config.glossary import Glossary
from models import Alert, Delivery
from models.database import open_session
from pipelines.alert_messages import alert_message
from pipelines.alerts import DELIVERED, VALIDATED
from pipelines.outputs import publish

MAILBOX: Final = "mailbox"
FOCAL_POINTS: Final = "focal_points"
LANGUAGES: Final = ("fr", "en")  # French first: it is read in the field
# A neutral sender and host: a phone may be looked at by others.
SENDER: Final = "Vigie <veille@vigie.invalid>"


@dataclass(frozen=True)
class Outgoing:
    """How messages are written in this run."""

    glossary: Glossary
    recipient: str = FOCAL_POINTS
    languages: Sequence[str] = LANGUAGES
    exercise: bool = False


def deliver_alerts(
    engine: Engine, mailbox: Path, outgoing: Outgoing, *, now: datetime
) -> list[Path]:
    """Write each validated alert that has not been sent; gives the files written or found.

    VigieError when the folder cannot be written; what is queued then goes out in the next run.
    """
    with open_session(engine) as session:
        _queue(session, outgoing, now)
    with open_session(engine) as session:
        waiting = session.exec(
            select(Delivery)
            .where(Delivery.channel == MAILBOX, col(Delivery.sent_at).is_(None))
            .order_by(col(Delivery.alert_id), col(Delivery.language).desc())
        ).all()
    return [_send(engine, mailbox, delivery, outgoing, now) for delivery in waiting]


def email_bytes(alert: Alert, language: str, outgoing: Outgoing) -> bytes:
    """The message as an e-mail; the same alert gives the same bytes."""
    text = alert_message(alert, language, outgoing.glossary, exercise=outgoing.exercise)
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message["To"] = f"{outgoing.recipient}: ;"
    message["Subject"] = f"Vigie {alert.id}"
    message["Date"] = format_datetime(alert.decided_at or alert.proposed_at)
    message["Message-ID"] = f"<{alert.id}.{language}.{_hash(text.encode())[:16]}@vigie.invalid>"
    message.set_content(text, cte="8bit")
    message["Content-Language"] = language
    return message.as_bytes()


def _queue(session: Session, outgoing: Outgoing, now: datetime) -> None:
    validated = session.exec(
        select(Alert).where(Alert.status == VALIDATED).order_by(col(Alert.id))
    ).all()
    for alert in validated:
        for language in outgoing.languages:
            key = (alert.id, MAILBOX, outgoing.recipient, language)
            if session.get(Delivery, key) is None:
                session.add(
                    Delivery(
                        alert_id=alert.id,
                        channel=MAILBOX,
                        recipient=outgoing.recipient,
                        language=language,
                        content_hash=_hash(email_bytes(alert, language, outgoing)),
                        queued_at=now,
                    )
                )


def _send(
    engine: Engine, mailbox: Path, delivery: Delivery, outgoing: Outgoing, now: datetime
) -> Path:
    path = mailbox / f"{delivery.alert_id}.{delivery.language}.eml"
    with open_session(engine) as session:
        alert = session.get_one(Alert, delivery.alert_id)
        body = email_bytes(alert, delivery.language, outgoing)
    _write_once(path, body)
    with open_session(engine) as session:
        sent = session.merge(delivery)
        sent.content_hash = _hash(body)
        sent.sent_at = now
        session.flush()
        _mark_delivered(session, delivery.alert_id)
    return path


def _mark_delivered(session: Session, alert_id: str) -> None:
    """An alert is delivered when nothing of it waits any more."""
    waiting = session.exec(
        select(Delivery).where(Delivery.alert_id == alert_id, col(Delivery.sent_at).is_(None))
    ).first()
    if waiting is None:
        session.get_one(Alert, alert_id).status = DELIVERED


def _write_once(path: Path, body: bytes) -> None:
    """Write the file whole, unless a run before a crash already did."""
    try:
        if path.exists() and path.read_bytes() == body:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        publish([(path, body)])
    except OSError as error:
        raise VigieError(
            f"cannot write to the mailbox folder {path.parent} ({error.strerror}); "
            "check VIGIE_MAILBOX, then deliver again"
        ) from error


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
