"""What of a file is a record: included posts once, and none of an impossible time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crawlers.parsers.items import ParsedPage, PostItem, RejectedRecord

# Facebook began in 2004, X later: an older time is a wrong unit or an empty field.
EARLIEST_POST: Final = datetime(2004, 1, 1, tzinfo=UTC)
CLOCK_DIFFERENCE: Final = timedelta(days=1)


class Sieve:
    """Lets through each included post of a file once, and no post of an impossible time."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        # Hashes, not keys: a file may hold millions of posts, and 64 bits do not meet by chance.
        self._seen: set[int] = set()

    def records(self, parsed: ParsedPage) -> ParsedPage:
        """The page without context posts met before; posts of impossible times are refused."""
        kept: list[PostItem] = []
        refused: list[RejectedRecord] = []
        for number, item in enumerate(parsed.posts):
            if self._is_repeated(item):
                continue
            if EARLIEST_POST <= item.created_at <= self._latest:
                kept.append(item)
            else:
                refused.append(_impossible_time(number))
        if len(kept) == len(parsed.posts):
            return parsed
        return replace(parsed, posts=tuple(kept), rejected=(*parsed.rejected, *refused))

    def _is_repeated(self, item: PostItem) -> bool:
        # An earlier edit of a post has its id and another text: a record of its own.
        key = hash((item.platform, item.platform_id, item.text))
        repeated = item.context and key in self._seen
        self._seen.add(key)
        return repeated


def _impossible_time(number: int) -> RejectedRecord:
    # The place among the posts read, not the id: that would name the post.
    return RejectedRecord(
        "impossible_time",
        f"posts[{number}]",
        "the time is before 2004 or in the future",
        ("created_at",),
    )
