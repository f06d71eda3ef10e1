"""Lists of the X API that belong to a user or a post: timelines, quotes, reposts."""

from typing import Any, Final

from crawlers.sandbox.elements import Post
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_checks import (
    POST_SHAPE,
    USER_SHAPE,
    WINDOW,
    Call,
    check_id,
    check_names,
    listed,
    number,
    sliced,
    token_of,
    vocabulary_of,
    wanted_posts,
    wanted_users,
)
from crawlers.sandbox.x_objects import version_time
from crawlers.sandbox.x_pages import partial_error, post_page, post_state, user_page
from crawlers.sandbox.x_window import TIMELINE, Params, window_of

EXCLUDED: Final = {"replies": "reply", "retweets": "repost"}

Json = dict[str, Any]


def timeline(stage: Stage, call: Call) -> Json:
    """What a user posted, answered, quoted and reposted, down to the newest 3,200."""
    check_names(
        stage,
        call.params,
        *(*WINDOW, "max_results", "pagination_token", "exclude"),
        *POST_SHAPE,
    )
    wanted = wanted_posts(stage, call.params)
    size = number(call.params, "max_results", 5, 100, 10)
    window = window_of(stage.server_time, call.params, TIMELINE)
    excluded = _excluded(call.params)
    refusal = _closed(stage, call)
    if refusal is not None:
        return refusal
    own = [one for one in stage.x_everything() if one.author.platform_id == call.object_id]
    found = [
        one
        for one in own[: stage.timeline_depth]
        if one.kind not in excluded
        and window.holds(int(one.id_at(stage.now)), version_time(one, stage.now))
    ]
    name = f"timeline:{call.object_id}"
    return post_page(stage, sliced(stage, found, size, token_of(call.params, name), name), wanted)


def quotes(stage: Stage, call: Call) -> Json:
    """The posts that quote a post."""
    check_names(stage, call.params, "max_results", "pagination_token", "exclude", *POST_SHAPE)
    wanted = wanted_posts(stage, call.params)
    size = number(call.params, "max_results", 10, 100, 10)
    excluded = _excluded(call.params)
    post, refusal = _shown(stage, call)
    if post is None:
        return refusal
    found = [
        one
        for one in stage.x_posts()
        if one.quoted_id == post.platform_id and one.kind not in excluded
    ]
    name = f"quotes:{post.platform_id}"
    page = sliced(stage, found, size, token_of(call.params, name), name)
    return post_page(stage, page, wanted)


def reposts(stage: Stage, call: Call) -> Json:
    """The reposts of a post, as posts."""
    check_names(stage, call.params, "max_results", "pagination_token", *POST_SHAPE)
    wanted = wanted_posts(stage, call.params)
    size = number(call.params, "max_results", 1, 100, 100)
    post, refusal = _shown(stage, call)
    if post is None:
        return refusal
    name = f"reposts:{post.platform_id}"
    page = sliced(stage, _reposts_of(stage, post), size, token_of(call.params, name), name)
    return post_page(stage, page, wanted)


def reposted_by(stage: Stage, call: Call) -> Json:
    """The users who reposted a post."""
    check_names(stage, call.params, "max_results", "pagination_token", *USER_SHAPE)
    wanted = wanted_users(stage, call.params)
    size = number(call.params, "max_results", 1, 100, 100)
    post, refusal = _shown(stage, call)
    if post is None:
        return refusal
    name = f"reposted_by:{post.platform_id}"
    page = sliced(stage, _reposts_of(stage, post), size, token_of(call.params, name), name)
    following = None if page.following is None else str(page.following)
    return user_page(stage, [one.author for one in page.posts], wanted, following)


def _reposts_of(stage: Stage, post: Post) -> list[Post]:
    return [one for one in stage.x_everything() if one.reposted_id == post.platform_id]


def _excluded(params: Params) -> set[str]:
    return {EXCLUDED[name] for name in listed(params, "exclude", tuple(EXCLUDED))}


def _shown(stage: Stage, call: Call) -> tuple[Post | None, Json]:
    words = vocabulary_of(stage, call.params)
    post, state = post_state(stage, check_id(call.object_id))
    if post is not None and state == "visible":
        return post, {}
    return None, {"errors": [partial_error(words.resource, state, "id", call.object_id, words)]}


def _closed(stage: Stage, call: Call) -> Json | None:
    words = vocabulary_of(stage, call.params)
    spell = stage.spell_of(check_id(call.object_id))
    state = spell.state if spell else "gone"
    if spell is None and stage.x_account(call.object_id) is not None:
        return None
    return {"errors": [partial_error("user", state, "id", call.object_id, words)]}
