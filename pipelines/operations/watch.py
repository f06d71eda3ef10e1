"""The look at everything that raises operations alerts, mails what is new, clears what is over."""

from datetime import datetime

from models.database import open_session, read_session
from pipelines.deployment import Deployment
from pipelines.operations.alerts import open_alerts, raise_and_clear, troubles
from pipelines.operations.daily_mail import send_trouble_mail
from pipelines.operations.facts import gather


def watch(deployment: Deployment, *, now: datetime) -> str:
    """Raise, clear and mail; a line for the log.

    The rows are written first: what the mail server did not take is kept, and mailed next time.
    """
    with read_session(deployment.engine) as session:
        found = list(troubles(gather(session, deployment.settings, deployment.watchlist, now)))
    with open_session(deployment.engine) as session:
        raised, cleared = raise_and_clear(session, found, now)
        going_on = len(open_alerts(session))
    _mail_what_is_untold(deployment, now)
    return f"{len(raised)} new, {len(cleared)} over, {going_on} going on"


def _mail_what_is_untold(deployment: Deployment, now: datetime) -> None:
    """No transaction is open while the mail server is asked: nobody waits for it."""
    with read_session(deployment.engine) as session:
        untold = [row for row in open_alerts(session) if row.mailed_at is None]
    if not untold:
        return
    send_trouble_mail(deployment.settings, untold, now=now)
    with open_session(deployment.engine) as session:
        for row in untold:
            row.mailed_at = now
            session.merge(row)
