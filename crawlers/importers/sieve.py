"""What of a file is a record: included posts once, and none of an impossible time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crawlers.importers.met import Met
from crawlers.parsers.items import ParsedPage, PostItem, RejectedRecord

# Facebook began in 2004, X later: an older time is a wrong unit or an empty field.
EARLIEST_POST: Final = datetime(2004, 1, 1, tzinfo=UTC)
CLOCK_DIFFERENCE: Final = timedelta(days=1)


class Sieve:
    """Lets through each included post of a file once, and no post of an impossible time."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        self._met = Met()

    def records(self, parsed: ParsedPage) -> ParsedPage:
        """The page without context posts met before; posts of impossible times are refused."""
        kept: list[PostItem] = []
        refused: list[RejectedRecord] = []
        keys = [_key(item) for item in parsed.posts]
        met = self._met.known(k for k, item in zip(keys, parsed.posts, strict=True) if item.context)
        for number, (key, item) in enumerate(zip(keys, parsed.posts, strict=True)):
            repeated = item.context and key in met
            met.add(key)
            if repeated:
                continue
            if EARLIEST_POST <= item.created_at <= self._latest:
                kept.append(item)
            else:
                refused.append(_impossible_time(number))
        self._met.add(keys)
        if len(kept) == len(parsed.posts):
            return parsed
        return replace(parsed, posts=tuple(kept), rejected=(*parsed.rejected, *refused))


def _key(item: PostItem) -> int:
    # A hash, not the values: a file may hold millions of posts, and 64 bits do not meet by chance.
    # An earlier edit of a post has its id and another text: a record of its own.
    return hash((item.platform, item.platform_id, item.text))


def _impossible_time(number: int) -> RejectedRecord:
    # The place among the posts read, not the id: that would name the post.
    return RejectedRecord(
        "impossible_time",
        f"posts[{number}]",
        "the time is before 2004 or in the future",
        ("created_at",),
    )
