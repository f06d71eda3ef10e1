"""What a person's work needs at hand, and the log of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from config.agencies import Agency
from config.errors import UsageError
from config.keyring import Keyring
from config.places import Place
from config.roles import checked_role
from config.watchlist import RegisteredAccount, Watchlist
from crawlers.by_hand.choices import REASONS
from crawlers.by_hand.fields import told_choice
from models import HandLog
from models.database import open_session

# Later a figure or an alert may stand on it: then a purge, which leaves a proof, is the way.
CORRECTION: Final = timedelta(days=7)


@dataclass(frozen=True)
class Desk:
    """The store, the keys and the registers, at one moment; the caller commits."""

    session: Session
    keyring: Keyring
    watchlist: Watchlist
    places: Sequence[Place]
    agencies: Sequence[Agency]
    now: datetime

    def page(
        self, register_id: str, platform: str, at: datetime | None = None
    ) -> RegisteredAccount | None:
        """A page of the register by its register id, as it was then; None for `unregistered`."""
        wanted = register_id.strip()
        if wanted.lower() in {"unregistered", "none", "-"}:
            return None
        for entry in self.watchlist.register.entries:
            if (entry.register_id, entry.platform) == (wanted, platform):
                return self.watchlist.register_entry(platform, entry.platform_id, at) or entry
        raise UsageError(
            f"the page register has no {platform} page {register_id!r}; write unregistered, "
            "or add the page to the register first"
        )

    def log(
        self, action: str, object_kind: str, object_id: str, role: str, reason: str | None = None
    ) -> None:
        """Add a line to the log of work by hand."""
        self.session.add(
            HandLog(
                at=self.now,
                role=checked_role(role),
                action=action,
                object_kind=object_kind,
                object_id=object_id,
                reason=reason,
            )
        )

    def log_removal(
        self, object_kind: str, object_id: str, added_at: datetime, role: str, reason: str
    ) -> None:
        """Log that something is taken back; UsageError when the time for it is over."""
        told_choice("reason", reason, REASONS)
        if self.now - added_at > CORRECTION:
            raise UsageError(
                f"{object_kind} {object_id} was added on {added_at:%Y-%m-%d}; it can be taken back "
                f"for {CORRECTION.days} days, afterwards figures stand on it: ask for a purge"
            )
        self.log("removed", object_kind, object_id, role, reason)


@contextmanager
def open_desk(
    engine: Engine,
    *,
    keyring: Keyring,
    watchlist: Watchlist,
    places: Sequence[Place],
    agencies: Sequence[Agency],
    now: datetime,
) -> Iterator[Desk]:
    """A desk whose work is committed when the block ends well.

    Questions are asked before the first look into the store, so that typing keeps no writer
    waiting.
    """
    with open_session(engine) as session:
        yield Desk(session, keyring, watchlist, places, agencies, now)
