"""X API v1.1 to items: search answers, and single or listed statuses."""

from collections.abc import Mapping
from typing import Any

from crawlers.parsers.fields import as_dict, as_id, as_list
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.x_legacy import V2Response, v2_post

MAX_NESTING = 4


def is_x_v1(value: Mapping[str, Any]) -> bool:
    """Whether an object is a v1.1 search answer or a v1.1 status."""
    return isinstance(value.get("statuses"), list) or is_status(value)


def is_status(value: Mapping[str, Any]) -> bool:
    """Whether an object is one status of API v1.1."""
    return "id_str" in value and "user" in value and ("text" in value or "full_text" in value)


def parse_x_v1(body: object) -> ParsedPage:
    """The statuses of an answer, with reposted and quoted ones as context.

    Raises UnreadablePayload when the body is neither an answer nor a status.
    """
    if not isinstance(body, dict) or not is_x_v1(body):
        raise UnreadablePayload("not an answer of the X API v1.1")
    response = V2Response()
    listed = body.get("statuses")
    for status in listed if isinstance(listed, list) else [body]:
        if isinstance(status, dict):
            response.data.append(_converted(status, response, depth=0))
        else:
            response.data.append(status)
    return response.parsed()


def _converted(status: Mapping[str, Any], into: V2Response, *, depth: int) -> dict[str, Any]:
    referenced: list[tuple[str, str | None]] = []
    for kind, name in (("retweeted", "retweeted_status"), ("quoted", "quoted_status")):
        inner = as_dict(status.get(name))
        inner_id = as_id(inner.get("id_str"))
        if inner_id and depth < MAX_NESTING:
            if inner_id not in into.posts:
                into.posts[inner_id] = _converted(inner, into, depth=depth + 1)
            referenced.append((kind, inner_id))
    if not as_dict(status.get("quoted_status")):
        referenced.append(("quoted", as_id(status.get("quoted_status_id_str"))))
    for mention in as_list(as_dict(status.get("entities")).get("user_mentions")):
        into.add_user(as_dict(mention))
    author = into.add_user(as_dict(status.get("user")))
    return v2_post(status, into, author_id=author, referenced=referenced)
