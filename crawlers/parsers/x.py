"""X API v2 to items: whole responses in both vocabularies, and posts flattened by twarc."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from crawlers.parsers.fields import as_dict, as_id, as_list, as_text, short_text
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.records import Collected, RecordError
from crawlers.parsers.x_gone import gone_posts
from crawlers.parsers.x_posts import (
    HISTORY,
    NOTE,
    REFERENCED,
    Includes,
    either,
    history_of,
    read_post,
    users_of,
)

COUNT_NAMES = ("tweet_count", "post_count")
INCLUDED_POSTS = ("tweets", "posts")
INCLUDED_OTHERS = ("users", "media", "places", "polls", "topics")
PROBLEM_PATH = "/2/problems/"
MAX_NESTING = 4
FLAT_MARKS = frozenset(
    {"author_id", "conversation_id", "public_metrics", "author", *REFERENCED, *NOTE}
)


def parse_x_response(body: object) -> ParsedPage:
    """The posts of one API v2 response, with what it includes as context.

    Raises UnreadablePayload when the body is no response; a post that cannot be read is refused
    alone. Batch-compliance lines and whole-request problems are read as responses without posts.
    """
    if not isinstance(body, dict):
        raise UnreadablePayload("a response of the X API v2 is a JSON object")
    data = body.get("data")
    if not isinstance(data, list) and not is_x_response(body):
        raise UnreadablePayload("not a response of the X API v2")
    records = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
    included = _included_posts(body)
    collected = Collected()
    _count_others(body, collected)
    includes = _includes(body, [record for record in (*records, *included) if record])
    seen = _read_data(records, includes, collected)
    _read_included(included, includes, collected, seen)
    meta = as_dict(body.get("meta"))
    page = collected.page(as_text(meta.get("next_token")) or None, as_id(meta.get("newest_id")))
    return replace(
        page,
        users=users_of(includes),
        oldest_id=as_id(meta.get("oldest_id")),
        gone=gone_posts(body),
    )


def parse_x_flat(post: object) -> ParsedPage:
    """One flattened post (author, media and referenced posts inlined) as a page of its own.

    Raises UnreadablePayload when it is not an object.
    """
    if not isinstance(post, dict):
        raise UnreadablePayload("a flattened post is a JSON object")
    users: dict[str, Any] = {}
    posts: dict[str, Any] = {}
    media: dict[str, Any] = {}
    _gather(post, users, posts, media, depth=0)
    own_id = as_id(post.get("id"))
    whole = posts if own_id is None else {own_id: post, **posts}
    includes = Includes(whole, users, media, _first_ids((post, *posts.values())))
    collected = Collected()
    collected.other["users"], collected.other["media"] = len(users), len(media)
    if isinstance(as_dict(post.get("geo")).get("full_name"), str):
        collected.other["places"] += 1
    _read(post, "data[0]", includes, collected, context=False)
    if posts:
        _read_included([*posts.values()], includes, collected, {own_id or ""})
    collected.users.extend(users_of(includes))
    return collected.page()


def is_x_response(body: Mapping[str, Any]) -> bool:
    """Whether a JSON object looks like a response of the X API v2."""
    data = body.get("data")
    told = {"result_count", "total_tweet_count", "total_post_count"}
    if as_dict(body.get("includes")) or told & as_dict(body.get("meta")).keys():
        return True
    if isinstance(data, list) and data:
        return any(_is_x_record(as_dict(record)) for record in data)
    if isinstance(data, dict):
        return _is_x_record(data)
    return _is_problem(body) or _is_compliance(body)


def is_x_flat(post: Mapping[str, Any]) -> bool:
    """Whether a JSON object looks like one post outside a response."""
    if "data" in post or "id" not in post:
        return False
    return "text" in post and ("created_at" in post or not FLAT_MARKS.isdisjoint(post))


def _is_x_record(record: Mapping[str, Any]) -> bool:
    is_post = "id" in record and ("text" in record or either(record, NOTE) is not None)
    is_user = "id" in record and "username" in record and "created_time" not in record
    return is_post or is_user or _is_count(record) or "author_id" in record


def _is_count(record: Mapping[str, Any]) -> bool:
    return "start" in record and either(record, COUNT_NAMES) is not None


def _is_user(record: Mapping[str, Any]) -> bool:
    return "username" in record and "text" not in record


def _is_problem(body: Mapping[str, Any]) -> bool:
    if PROBLEM_PATH in str(body.get("type")):
        return True
    errors = as_list(body.get("errors"))
    return bool(errors) and all("message" in as_dict(e) or "title" in as_dict(e) for e in errors)


def _is_compliance(body: Mapping[str, Any]) -> bool:
    return {"id", "action", "created_at"} <= body.keys() and "text" not in body


def _count_others(body: Mapping[str, Any], collected: Collected) -> None:
    includes = as_dict(body.get("includes"))
    for kind in INCLUDED_OTHERS:
        collected.other[kind] += len(as_list(includes.get(kind)))
    errors = [body] if PROBLEM_PATH in str(body.get("type")) else as_list(body.get("errors"))
    collected.other["errors"] += len(errors)
    collected.errors.extend(
        short_text(as_dict(e).get("title")) or short_text(as_dict(e).get("message")) or "untitled"
        for e in errors
    )
    if "data" not in body and _is_compliance(body):
        collected.other["compliance"] += 1


def _included_posts(body: Mapping[str, Any]) -> list[Any]:
    includes = as_dict(body.get("includes"))
    return [post for name in INCLUDED_POSTS for post in as_list(includes.get(name))]


def _includes(body: Mapping[str, Any], posts: Iterable[object]) -> Includes:
    includes = as_dict(body.get("includes"))
    by_id: dict[str, Mapping[str, Any]] = {}
    listed = [as_dict(post) for post in posts]
    for post in listed:
        if own_id := as_id(post.get("id")):
            by_id.setdefault(own_id, post)
    return Includes(
        posts=by_id,
        users=_by(includes.get("users"), "id"),
        media=_by(includes.get("media"), "media_key"),
        first_ids=_first_ids(listed),
    )


def _first_ids(posts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The first id of every edit, for the posts that were edited."""
    first_ids: dict[str, str] = {}
    for post in posts:
        listed = either(post, HISTORY)
        if isinstance(listed, list) and len(listed) > 1:
            history = history_of(post)
            first_ids.update(dict.fromkeys(history, history[0]))
    return first_ids


def _by(entries: object, key: str) -> dict[str, Mapping[str, Any]]:
    found = {as_id(as_dict(entry).get(key)): as_dict(entry) for entry in as_list(entries)}
    return {entry_id: entry for entry_id, entry in found.items() if entry_id is not None}


def _read_data(records: list[Any], includes: Includes, collected: Collected) -> set[str]:
    """Read each element of data; give the ids met."""
    seen: set[str] = set()
    for number, record in enumerate(records):
        if _is_count(as_dict(record)):
            collected.other["counts"] += 1
        elif _is_user(as_dict(record)):
            collected.other["users"] += 1
        else:
            _read(record, f"data[{number}]", includes, collected, context=False)
            seen.add(as_id(as_dict(record).get("id")) or "")
    return seen - {""}


def _read_included(
    posts: list[Any], includes: Includes, collected: Collected, seen: set[str]
) -> None:
    """Read each included post once, and not again when it is an element of data."""
    for number, post in enumerate(posts):
        post_id = as_id(as_dict(post).get("id"))
        if post_id is not None and post_id in seen:
            continue
        _read(post, f"includes.posts[{number}]", includes, collected, context=True)
        if post_id is not None:
            seen.add(post_id)


def _read(
    record: object, path: str, includes: Includes, collected: Collected, *, context: bool
) -> None:
    try:
        collected.posts.append(read_post(record, includes, context=context))
    except RecordError as error:
        collected.refuse(error, path, record)


def _gather(
    post: Mapping[str, Any],
    users: dict[str, Any],
    posts: dict[str, Any],
    media: dict[str, Any],
    *,
    depth: int,
) -> None:
    """Take apart what flattening put together: authors, media and referenced posts."""
    mentioned = as_list(as_dict(post.get("entities")).get("mentions"))
    for user in (post.get("author"), post.get("in_reply_to_user"), *mentioned):
        if user_id := as_id(as_dict(user).get("id")):
            users.setdefault(user_id, user)
    for medium in as_list(as_dict(post.get("attachments")).get("media")):
        if key := as_text(as_dict(medium).get("media_key")):
            media.setdefault(key, medium)
    for reference in map(as_dict, as_list(either(post, REFERENCED))):
        post_id = as_id(reference.get("id"))
        # A reference that was not resolved holds its type and id only.
        if post_id and "text" in reference and depth < MAX_NESTING:
            posts.setdefault(post_id, reference)
            _gather(reference, users, posts, media, depth=depth + 1)
