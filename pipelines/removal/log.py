"""The log of removals as its readers see it."""

from dataclasses import asdict, dataclass
from typing import Any

from models.database import read_session
from pipelines.deployment import Deployment
from pipelines.removal.proofs import ChainCheck, check_chain, has_entry, proofs


@dataclass(frozen=True)
class LogCheck:
    """Whether the log is as it was written; `holds` is None when no entry was asked for."""

    chain: ChainCheck
    holds: bool | None

    @property
    def sound(self) -> bool:
        """Every entry fits the one before it, and the entry asked for is there."""
        return self.chain.broken_at is None and self.holds is not False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"sound": self.sound, **asdict(self.chain), "holds": self.holds}

    def __str__(self) -> str:
        if self.chain.broken_at is not None:
            return f"the log was changed: entry {self.chain.broken_at} does not fit"
        if self.holds is False:
            return (
                "the entry asked for is not in the log: its end was cut off, or that is no whole "
                "hash of an entry"
            )
        return f"{self.chain.entries} entries, unbroken; last entry {self.chain.head}"


def check_log(deployment: Deployment, entry: str | None) -> LogCheck:
    """Check the chain, and whether it still holds an entry whose hash was noted elsewhere."""
    with read_session(deployment.engine) as session:
        holds = None if entry is None else has_entry(session, entry)
        return LogCheck(check_chain(session), holds)


def log_rows(deployment: Deployment) -> list[dict[str, Any]]:
    """Entries as rows, oldest first: when, what, by whom, how much, and the entry's hash."""
    with read_session(deployment.engine) as session:
        return [
            {
                "entry": proof.id,
                "done_at": proof.done_at.isoformat(),
                "scope": proof.scope,
                "role": proof.role,
                "counts": ", ".join(f"{name} {n}" for name, n in proof.counts.items()),
                "hash": proof.entry_hash,
            }
            for proof in proofs(session)
        ]
