"""Which stored posts addresses lead to, for whoever must remove a person's posts today."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from config.errors import UsageError
from config.keyring import Keyring
from crawlers.by_hand.addresses import addressed_post
from crawlers.parsers.addresses import platform_of
from models import Post


@dataclass(frozen=True)
class Found:
    """One line of what was asked; the address itself is not repeated, it leads to a person."""

    line: int
    post_id: str | None
    problem: str | None = None

    def as_row(self) -> dict[str, object]:
        """The line of a table."""
        return {"line": self.line, "post": self.post_id, "problem": self.problem}


def find_posts(session: Session, keyring: Keyring, addresses: Iterable[str]) -> list[Found]:
    """The stored post of each address, in the order of the lines; empty lines are left out."""
    return [
        _find(session, keyring, number, address.strip())
        for number, address in enumerate(addresses, start=1)
        if address.strip()
    ]


def _find(session: Session, keyring: Keyring, line: int, address: str) -> Found:
    platform = platform_of(address)
    if platform is None:
        return Found(line, None, "no address of a post on facebook or x")
    try:
        named = addressed_post(address, platform)
    except UsageError:
        return Found(line, None, f"names no single post on {platform}; copy the post's own address")
    post_id = keyring.post_id(platform, named.key)
    held = session.exec(select(Post.id).where(col(Post.id) == post_id)).first()
    return Found(line, held, None if held else "not in the store")
