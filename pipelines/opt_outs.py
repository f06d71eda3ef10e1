"""Accounts that asked not to be collected: known by a keyed hash, their content removed."""

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, select

from config.errors import InputError, UsageError
from config.roles import checked_role
from config.vocabulary import PLATFORMS
from models import OptOut, Post
from models.compliance import add_opt_out, find_opt_outs
from models.database import open_session, read_session
from models.post import OPTED_OUT
from pipelines.compliance import remove_followers
from pipelines.deployment import Deployment
from pipelines.removal.carrying_out import (
    Removal,
    drop_lonely_accounts,
    remove_bodies_of,
    remove_content,
)
from pipelines.removal.traces import clear_traces

SCOPE: Final = "opt_out"
STDIN: Final = "-"
MAX_ID: Final = 128
MIN_PREFIX: Final = 8


@dataclass(frozen=True)
class OptedOut:
    """What an opt-out led to."""

    platform: str
    account_hash: str
    posts: int
    followers: int
    bodies: int
    pieces: dict[str, int]
    quarters: tuple[str, ...]  # whose keys exist, so that its posts could be told
    traces_cleared: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        quarters = ", ".join(self.quarters) or "none"
        return (
            f"{self.platform} {self.account_hash[:MIN_PREFIX]} opted out; content of {self.posts} "
            f"posts and {self.followers} that repeat them removed, {self.bodies} payload bodies "
            f"removed (quarters with a key: {quarters})"
        )


def read_account_id(source: str) -> str:
    """The account id in a file, or on standard input (`-`), where no shell keeps it."""
    try:
        content = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
        return content.decode()
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{source} is no text; it must hold one account id") from error


def opt_out(
    deployment: Deployment, platform: str, account_id: str, *, role: str, now: datetime
) -> OptedOut:
    """Remember the account by its hash, then remove what is stored of it. Safe to run twice.

    From the first commit on the store drops what the account posts. Its earlier posts are known
    by its pseudonyms, for each quarter whose key still exists.
    """
    account_id = _checked(platform, account_id)
    removal = Removal(OPTED_OUT, SCOPE, checked_role(role), now)
    keyring = deployment.keyring
    hashed = keyring.opt_out_hash(platform, account_id)
    pseudonyms = keyring.pseudonyms(platform, account_id)
    with open_session(deployment.engine) as session:
        add_opt_out(session, platform, hashed, now)
    with read_session(deployment.engine) as session:
        ids = _posts_of(session, list(pseudonyms.values()))
    bodies = remove_bodies_of(deployment, ids, removal, more=[account_id])
    pieces = remove_content(deployment, ids, removal)
    with open_session(deployment.engine) as session:
        pieces += Counter(drop_lonely_accounts(session, sorted(pseudonyms.values())))
    followers, of_followers, more_bodies = remove_followers(deployment, SCOPE, role, now)
    return OptedOut(
        platform=platform,
        account_hash=hashed,
        posts=len(ids),
        followers=followers,
        bodies=bodies + more_bodies,
        pieces=dict(sorted((pieces + of_followers).items())),
        quarters=tuple(pseudonyms),
        traces_cleared=clear_traces(deployment.engine),
    )


def opt_out_rows(deployment: Deployment) -> list[dict[str, Any]]:
    """Accounts that opted out, oldest first: platform, hash and day."""
    with read_session(deployment.engine) as session:
        rows = session.exec(select(OptOut).order_by(col(OptOut.added_at), OptOut.account_hash))
        return [
            {
                "platform": row.platform,
                "account_hash": row.account_hash,
                "added_on": row.added_at.date().isoformat(),
            }
            for row in rows
        ]


def opt_back_in(deployment: Deployment, prefix: str) -> str:
    """Take one account off the list by the beginning of its hash; gives the whole hash."""
    if len(prefix) < MIN_PREFIX:
        raise UsageError(f"give at least {MIN_PREFIX} digits of the hash; see `vigie optout list`")
    with open_session(deployment.engine) as session:
        found = find_opt_outs(session, prefix)
        if len(found) != 1:
            raise UsageError(
                f"{len(found)} opt-outs begin with {prefix!r}; `vigie optout list` shows them"
            )
        session.delete(found[0])
        return found[0].account_hash


def _checked(platform: str, account_id: str) -> str:
    bare = account_id.strip()
    if platform not in PLATFORMS:
        raise UsageError(f"{platform!r} is no platform; write one of {', '.join(PLATFORMS)}")
    # The id itself is not repeated: what was typed may be a name, and messages reach logs.
    if not bare or len(bare) > MAX_ID or len(bare.split()) != 1:
        raise UsageError("give one account id, as the platform gives it, and nothing else")
    if bare.startswith("@"):
        raise UsageError("that is a handle; give the account's id, which does not change")
    return bare


def _posts_of(session: Session, pseudonyms: list[str]) -> list[str]:
    rows = session.exec(
        select(Post.id).where(col(Post.account).in_(pseudonyms)).order_by(col(Post.id))
    )
    return list(rows)
