"""Pages of the X API: data, what it refers to, partial errors, meta."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from crawlers.sandbox.elements import Author, Post
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_checks import Slice
from crawlers.sandbox.x_media import media_objects
from crawlers.sandbox.x_objects import Wanted, current_id, post_object, unique_users, user_object
from crawlers.sandbox.x_vocabulary import Vocabulary

Json = dict[str, Any]

# How X words what it does not show, by state: title, detail, end of the type's address.
_HIDDEN: Final = {
    "gone": (
        "Not Found Error",
        "Could not find {kind} with {parameter}: [{value}].",
        "resource-not-found",
    ),
    "protected": (
        "Authorization Error",
        "Sorry, you are not authorized to see the {kind} with {parameter}: [{value}].",
        "not-authorized-for-resource",
    ),
    "suspended": ("Forbidden", "User has been suspended: [{value}].", "resource-not-found"),
}


def post_page(stage: Stage, shown: Slice, wanted: Wanted) -> Json:
    """A page of a list of posts; `data` is absent when it is empty."""
    answer = posts_answer(stage, shown.posts, wanted)
    answer["meta"] = _meta(stage, shown.posts)
    if shown.following is not None:
        answer["meta"]["next_token"] = str(shown.following)
    return answer


def user_page(stage: Stage, users: Sequence[Author], wanted: Wanted, following: str | None) -> Json:
    """A page of a list of users."""
    answer: Json = {}
    if users:
        answer["data"] = [shown_user(stage, one, wanted) for one in users]
    stage.bill((), (one.platform_id for one in users))
    answer["meta"] = {"result_count": len(users)}
    if following is not None:
        answer["meta"]["next_token"] = following
    return answer


def posts_answer(
    stage: Stage, posts: Sequence[Post], wanted: Wanted, errors: Sequence[Json] = ()
) -> Json:
    """Posts with what they refer to; references that cannot be shown are partial errors."""
    answer: Json = {}
    if posts:
        answer["data"] = [post_object(stage, one, wanted) for one in posts]
    referenced, missing = _referenced(stage, posts, wanted)
    includes: Json = {}
    shown = list(_shown_users(posts, referenced, wanted))
    if users := unique_users(shown, wanted):
        includes["users"] = users
    if referenced:
        made = [post_object(stage, one, wanted) for one in referenced]
        includes[wanted.vocabulary.included] = made
    if "attachments.media_keys" in wanted.expansions:
        media = media_objects(stage, [*posts, *referenced], wanted.media_fields)
        includes |= {"media": media} if media else {}
    if includes:
        answer["includes"] = includes
    if errors or missing:
        answer["errors"] = [*errors, *missing]
    stage.bill(
        (one.platform_id for one in (*posts, *referenced)), (one.platform_id for one in shown)
    )
    return answer


def shown_user(stage: Stage, author: Author, wanted: Wanted) -> Json:
    """A user as it stands now: protected or not."""
    made = user_object(author, wanted)
    spell = stage.spell_of(author.platform_id)
    if "protected" in made and spell is not None:
        made["protected"] = spell.state == "protected"
    return made


def partial_error(kind: str, state: str, parameter: str, value: str, words: Vocabulary) -> Json:
    """One entry of `errors` beside the data: a post or user that X does not show."""
    title, detail, problem = _HIDDEN[state]
    return {
        "resource_type": kind,
        "resource_id": value,
        "parameter": parameter,
        "value": value,
        "title": title,
        "detail": detail.format(kind=kind, parameter=parameter, value=value),
        "type": f"{words.problems}{problem}",
    } | ({"section": "data"} if state == "protected" else {})


def post_state(stage: Stage, platform_id: str) -> tuple[Post | None, str]:
    """A post by any of its ids, and how it stands."""
    post = stage.x_post(platform_id)
    return (None, "gone") if post is None else (post, stage.x_state(post))


def _meta(stage: Stage, page: Sequence[Post]) -> Json:
    ids = [one.id_at(stage.now) for one in page]
    if not ids:
        return {"result_count": 0}
    newest, oldest = max(ids, key=int), min(ids, key=int)
    return {"newest_id": newest, "oldest_id": oldest, "result_count": len(ids)}


def _shown_users(
    page: Sequence[Post], referenced: Sequence[Post], wanted: Wanted
) -> Iterator[Author]:
    for one in page:
        if "author_id" in wanted.expansions:
            yield one.author
        if "in_reply_to_user_id" in wanted.expansions and one.kind == "reply":
            yield one.mentioned[0]
        if "entities.mentions.username" in wanted.expansions:
            yield from one.mentioned
    if "referenced_tweets.id.author_id" in wanted.expansions:
        yield from (one.author for one in referenced)


def _referenced(
    stage: Stage, page: Sequence[Post], wanted: Wanted
) -> tuple[list[Post], list[Json]]:
    words = wanted.vocabulary
    if words.referenced_expansion not in wanted.expansions:
        return [], []
    found: list[Post] = []
    errors: list[Json] = []
    for platform_id in dict.fromkeys(_asked(page)):
        post, state = post_state(stage, platform_id)
        if post is not None and state == "visible":
            found.append(post)
        else:
            shown = current_id(stage, platform_id)
            errors.append(
                partial_error(words.resource, state, words.referenced_expansion, shown, words)
            )
    return found, errors


def _asked(page: Iterable[Post]) -> Iterator[str]:
    for one in page:
        yield from (other for other in (one.parent_id, one.quoted_id, one.reposted_id) if other)
