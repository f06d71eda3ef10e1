"""Lookups of the X API: posts and users by id or name; what cannot be shown is a partial error."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from crawlers.sandbox.elements import Author, Post
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_checks import (
    HANDLE,
    ID,
    POST_SHAPE,
    USER_SHAPE,
    Call,
    check_id,
    check_names,
    several,
    wanted_posts,
    wanted_users,
)
from crawlers.sandbox.x_pages import partial_error, post_state, posts_answer, shown_user

Json = dict[str, Any]

USER: Final = "user"


def posts_by_ids(stage: Stage, call: Call) -> Json:
    """Up to a hundred posts; those that are gone, protected or suspended stand in `errors`."""
    check_names(stage, call.params, "ids", *POST_SHAPE)
    wanted = wanted_posts(stage, call.params)
    words = wanted.vocabulary
    shown: list[Post] = []
    errors: list[Json] = []
    for platform_id in several(call.params, "ids", ID):
        post, state = post_state(stage, platform_id)
        if post is not None and state == "visible":
            shown.append(post)
        else:
            errors.append(partial_error(words.resource, state, "ids", platform_id, words))
    return posts_answer(stage, shown, wanted, errors)


def post_by_id(stage: Stage, call: Call) -> Json:
    """One post, or only `errors`; either comes with status 200."""
    check_names(stage, call.params, *POST_SHAPE)
    wanted = wanted_posts(stage, call.params)
    words = wanted.vocabulary
    post, state = post_state(stage, check_id(call.object_id))
    if post is None or state != "visible":
        return {"errors": [partial_error(words.resource, state, "id", call.object_id, words)]}
    answer = posts_answer(stage, [post], wanted)
    return answer | {"data": answer["data"][0]}


def users_by_names(stage: Stage, call: Call) -> Json:
    """Up to a hundred users by handle."""
    check_names(stage, call.params, "usernames", *USER_SHAPE)
    names = several(call.params, "usernames", HANDLE)
    return _users(stage, call, "usernames", names, stage.x_account_named)


def users_by_ids(stage: Stage, call: Call) -> Json:
    """Up to a hundred users by id."""
    check_names(stage, call.params, "ids", *USER_SHAPE)
    return _users(stage, call, "ids", several(call.params, "ids", ID), stage.x_account)


def _users(
    stage: Stage,
    call: Call,
    parameter: str,
    values: Sequence[str],
    find: Callable[[str], Author | None],
) -> Json:
    wanted = wanted_users(stage, call.params)
    found: list[Author] = []
    errors: list[Json] = []
    for value in values:
        author = find(value)
        spell = None if author is None else stage.spell_of(author.platform_id)
        # A protected account is still told of; only its posts are not.
        state = spell.state if spell and spell.state == "suspended" else "gone"
        if author is None or state == "suspended":
            errors.append(partial_error(USER, state, parameter, value, wanted.vocabulary))
        else:
            found.append(author)
    stage.bill((), (one.platform_id for one in found))
    answer: Json = {}
    if found:
        answer["data"] = [shown_user(stage, one, wanted) for one in found]
    if errors:
        answer["errors"] = errors
    return answer
