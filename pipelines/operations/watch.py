"""The look at everything that raises operations alerts, mails what is new, clears what is over."""

from datetime import datetime

from models import OperationsAlert
from models.database import open_session, read_session
from pipelines.deployment import Deployment
from pipelines.operations.alerts import Trouble, open_alerts, raise_and_clear, troubles
from pipelines.operations.daily_mail import send_trouble_mail
from pipelines.operations.facts import gather


def watch(deployment: Deployment, *, now: datetime) -> str:
    """Raise, mail and clear; a line for the log.

    The mail goes first: what could not be sent is raised again next time.
    """
    with read_session(deployment.engine) as session:
        found = list(troubles(gather(session, deployment.settings, deployment.watchlist, now)))
        known = {(row.kind, row.subject) for row in open_alerts(session)}
    fresh = [_row(one, now) for one in found if (one.kind, one.subject) not in known]
    if fresh:
        send_trouble_mail(deployment.settings, fresh, now=now)
    with open_session(deployment.engine) as session:
        raised, cleared = raise_and_clear(session, found, now)
        going_on = len(open_alerts(session))
    return f"{len(raised)} new, {len(cleared)} over, {going_on} going on"


def _row(one: Trouble, now: datetime) -> OperationsAlert:
    return OperationsAlert(
        kind=one.kind, subject=one.subject, since=now, seen_at=now, detail=one.detail
    )
