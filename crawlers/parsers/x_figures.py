"""X's own figures: counts of a query by hour, and the usage of a project by day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.parsers.fields import as_count, as_dict, as_list, as_moment, as_text
from crawlers.parsers.items import ParsedPage, RejectedRecord, UnreadablePayload


@dataclass(frozen=True)
class CountBucket:
    """How many posts X counts between two moments."""

    start: datetime
    end: datetime
    count: int


@dataclass(frozen=True)
class Usage:
    """Posts read by a project, as X counts them."""

    read: int | None  # since the cap was last reset
    cap: int | None
    reset_day: int | None
    days: tuple[tuple[datetime, int], ...] = ()  # midnight, posts read


def parse_x_counts(body: Mapping[str, Any]) -> tuple[ParsedPage, tuple[CountBucket, ...]]:
    """A page of counts; UnreadablePayload when it is none."""
    meta = as_dict(body.get("meta"))
    told = {"total_post_count", "total_tweet_count", "next_token"}
    if "data" not in body and not told & meta.keys():
        raise UnreadablePayload("not an answer with counts")
    buckets: list[CountBucket] = []
    rejected: list[RejectedRecord] = []
    for number, entry in enumerate(map(as_dict, as_list(body.get("data")))):
        bucket = _bucket(entry)
        if bucket is None:
            detail = "start, end or the count is absent or of another kind"
            rejected.append(RejectedRecord("bad_count", f"data[{number}]", detail))
        else:
            buckets.append(bucket)
    page = ParsedPage(
        rejected=tuple(rejected),
        other={"counts": len(buckets)},
        next_token=as_text(meta.get("next_token")) or None,
    )
    return page, tuple(buckets)


def _bucket(entry: Mapping[str, Any]) -> CountBucket | None:
    start, end = as_moment(entry.get("start")), as_moment(entry.get("end"))
    count = as_count(entry.get("post_count", entry.get("tweet_count")))
    return None if start is None or end is None or count is None else CountBucket(start, end, count)


def parse_x_usage(body: Mapping[str, Any]) -> Usage:
    """The usage of a project; UnreadablePayload when the body is none."""
    data = as_dict(body.get("data"))
    if not data:
        raise UnreadablePayload("not an answer with usage")
    return Usage(
        read=_number(data.get("project_usage")),
        cap=_number(data.get("project_cap")),
        reset_day=_number(data.get("cap_reset_day")),
        days=tuple(_days(as_dict(data.get("daily_project_usage")).get("usage"))),
    )


def _days(entries: object) -> Iterator[tuple[datetime, int]]:
    for entry in map(as_dict, as_list(entries)):
        day, read = as_moment(entry.get("date")), _number(entry.get("usage"))
        if day is not None and read is not None:
            yield day, read


def _number(value: object) -> int | None:
    # Whole numbers in one version of the API, strings of digits in the other.
    if isinstance(value, str) and value.isdecimal():
        return as_count(int(value))
    return as_count(value)
