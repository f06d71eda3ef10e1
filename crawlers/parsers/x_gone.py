"""What X says about posts it does not show: partial errors, and lines of batch compliance."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from crawlers.parsers.fields import as_dict, as_id, as_list, as_text
from crawlers.parsers.items import GoneItem, ParsedPage, RejectedRecord, State

POST_TYPES: Final = frozenset({"tweet", "post"})
COMPLIANCE_STATES: Final[dict[str, State]] = {
    "deleted": "deleted",
    "bounced": "unavailable",
    "deactivated": "unavailable",
    "suspended": "unavailable",
    "protected": "protected",
    "withheld": "withheld",
}
SCRUB_GEO: Final = "scrub_geo"  # the place is to be forgotten; the post is still shown


def gone_posts(body: Mapping[str, Any]) -> tuple[GoneItem, ...]:
    """The posts that the partial errors of a response name."""
    found: dict[str, GoneItem] = {}
    for error in map(as_dict, as_list(body.get("errors"))):
        post_id = as_id(error.get("resource_id")) or as_id(error.get("value"))
        if error.get("resource_type") not in POST_TYPES or post_id is None:
            continue
        state, reason = _state_of(error)
        found.setdefault(post_id, GoneItem(post_id, state, reason))
    return tuple(found.values())


def _state_of(error: Mapping[str, Any]) -> tuple[State, str]:
    title, detail = as_text(error.get("title")) or "", as_text(error.get("detail")) or ""
    # Said first: a suspended author's posts come as Forbidden or as Not Found.
    if "suspended" in detail.casefold():
        return "unavailable", "suspended"
    if "authorization" in title.casefold():
        return "protected", "not_authorised"
    if "not found" in title.casefold():
        return "deleted", "not_found"
    return "unavailable", "forbidden"


def parse_x_compliance(body: bytes) -> ParsedPage:
    """The lines of a batch-compliance result; a line of another kind is refused alone."""
    gone: dict[str, GoneItem] = {}
    rejected: list[RejectedRecord] = []
    other: Counter[str] = Counter()
    for number, line in enumerate(body.splitlines()):
        if not line.strip():
            continue
        record = _object(line)
        post_id, reason = as_id(record.get("id")), as_text(record.get("reason"))
        other["compliance"] += 1
        if reason == SCRUB_GEO and post_id is not None:
            gone.setdefault(post_id, GoneItem(post_id, "visible", reason))
            continue
        if post_id is None or reason not in COMPLIANCE_STATES:
            detail = "not a line of batch compliance with an id and a known reason"
            rejected.append(RejectedRecord("unknown_reason", f"[{number}]", detail))
            continue
        gone[post_id] = GoneItem(post_id, COMPLIANCE_STATES[reason], reason)
    return ParsedPage(rejected=tuple(rejected), other=dict(other), gone=tuple(gone.values()))


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        return as_dict(json.loads(line))
    except (ValueError, RecursionError):
        return {}
