"""Posts as the X website receives them (GraphQL): captures by Zeeschuimer, 4CAT, and answers.

A capture is one post in an envelope; after 4CAT its fields stand at the top with
`__import_meta` beside them; an answer holds timelines whose posts stand under `tweet_results`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from crawlers.parsers.fields import as_dict, as_id, as_list, as_text
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.x_legacy import V2Response, collected_at, v2_entities, v2_post, whole

X_PLATFORMS: Final = {"twitter.com", "x.com", "twitter"}
MAX_NESTING: Final = 4


def is_x_graphql(value: Mapping[str, Any]) -> bool:
    """Whether an object is a captured X post or an answer that holds some."""
    return (
        is_capture(value) or _is_post(value) or next(_results(value.get("data")), None) is not None
    )


def is_capture(value: Mapping[str, Any]) -> bool:
    """Whether an object is the envelope of a captured X post."""
    return as_text(value.get("source_platform")) in X_PLATFORMS and isinstance(
        value.get("data"), dict
    )


def captured_at(value: Mapping[str, Any]) -> datetime | None:
    """When a capture was made, None when it does not say."""
    meta = as_dict(value.get("__import_meta"))
    return collected_at(value.get("timestamp_collected") or meta.get("timestamp_collected"))


def parse_x_graphql(body: object) -> ParsedPage:
    """The posts of a capture or an answer; quoted and reposted ones are context.

    Posts that the site shows as unavailable are counted apart. Raises UnreadablePayload when the
    body is neither.
    """
    if not isinstance(body, dict):
        raise UnreadablePayload("a captured post is a JSON object")
    if is_capture(body):
        results = iter([body["data"]])
    elif _is_post(body):
        results = iter([body])
    else:
        results = _results(body.get("data"))
    response = V2Response()
    met = False
    for result in results:
        met = True
        post = _converted(_unwrapped(result), response, depth=0)
        if post is not None:
            response.data.append(post)
    if not met:
        raise UnreadablePayload("no post of the X website")
    return response.parsed()


def _is_post(value: Mapping[str, Any]) -> bool:
    legacy = as_dict(_unwrapped(value).get("legacy"))
    return "full_text" in legacy or value.get("__typename") == "TweetTombstone"


def _results(value: object) -> Iterator[Mapping[str, Any]]:
    """Every result under `tweet_results`, in order, without what stands inside one."""
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, dict):
            results = entry.get("tweet_results")
            if isinstance(results, dict):
                yield as_dict(results.get("result"))
                continue
            waiting.extend(reversed(entry.values()))
        elif isinstance(entry, list):
            waiting.extend(reversed(entry))


def _unwrapped(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The post inside the wrapper of posts of limited visibility."""
    inner = result.get("tweet")
    return inner if isinstance(inner, dict) and "legacy" not in result else result


def _converted(result: Mapping[str, Any], into: V2Response, *, depth: int) -> dict[str, Any] | None:
    """One result in the words of v2; None, counted, when the site does not show the post."""
    legacy = as_dict(result.get("legacy"))
    if not legacy:
        into.other["tombstones"] += 1
        return None
    own_id = as_id(result.get("rest_id")) or as_id(legacy.get("id_str"))
    post = v2_post(
        {**legacy, "id_str": own_id},
        into,
        author_id=_author(result, legacy, into),
        referenced=_referenced(result, legacy, into, depth),
    )
    views = whole(as_dict(result.get("views")).get("count"))
    if views is not None:
        post["public_metrics"]["impression_count"] = views
    if edits := _edits(result):
        post["edit_history_tweet_ids"] = edits
    if note := _note(result):
        post["note_tweet"] = note
    return post


def _author(result: Mapping[str, Any], legacy: Mapping[str, Any], into: V2Response) -> str | None:
    user = as_dict(as_dict(as_dict(result.get("core")).get("user_results")).get("result"))
    told = {**as_dict(user.get("legacy")), **as_dict(user.get("core"))}
    for mention in as_list(as_dict(legacy.get("entities")).get("user_mentions")):
        into.add_user(as_dict(mention))
    author = as_id(user.get("rest_id")) or as_id(legacy.get("user_id_str"))
    return into.add_user({**told, "id_str": author})


def _referenced(
    result: Mapping[str, Any], legacy: Mapping[str, Any], into: V2Response, depth: int
) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    nested = (
        ("retweeted", legacy.get("retweeted_status_result")),
        ("quoted", result.get("quoted_status_result")),
    )
    for kind, holder in nested:
        inner = _unwrapped(as_dict(as_dict(holder).get("result")))
        inner_id = as_id(inner.get("rest_id"))
        if inner_id and depth < MAX_NESTING:
            if inner_id not in into.posts and (post := _converted(inner, into, depth=depth + 1)):
                into.posts[inner_id] = post
            found.append((kind, inner_id))
    if legacy.get("is_quote_status") and not any(kind == "quoted" for kind, _ in found):
        found.append(("quoted", as_id(legacy.get("quoted_status_id_str"))))
    return found


def _edits(result: Mapping[str, Any]) -> list[str]:
    control = as_dict(result.get("edit_control"))
    first = as_dict(control.get("edit_control_initial")) or control
    return [edit for value in as_list(first.get("edit_tweet_ids")) if (edit := as_id(value))]


def _note(result: Mapping[str, Any]) -> dict[str, Any]:
    results = as_dict(as_dict(result.get("note_tweet")).get("note_tweet_results"))
    note = as_dict(results.get("result"))
    text = as_text(note.get("text"))
    if not text:
        return {}
    return {"text": text, "entities": v2_entities(as_dict(note.get("entity_set")))}
