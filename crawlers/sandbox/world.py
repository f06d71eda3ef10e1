"""The whole world for a seed: every post and comment of both platforms, in order of time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from config.errors import UsageError
from crawlers.sandbox.casting import Cast, make_cast
from crawlers.sandbox.chance import chance
from crawlers.sandbox.edits import choose_edits
from crawlers.sandbox.elements import Post, World
from crawlers.sandbox.facebook_story import (
    facebook_comments,
    facebook_post,
    photo_posts,
    with_hidden,
    with_private_details,
)
from crawlers.sandbox.feed_story import feed_items
from crawlers.sandbox.matching import check_reachable
from crawlers.sandbox.organisations import facebook_pages, x_accounts, x_queries
from crawlers.sandbox.people import make_people
from crawlers.sandbox.plan import Planned, plan_story
from crawlers.sandbox.texts import WrittenComment, load_texts
from crawlers.sandbox.timetable import STORY_END, STORY_WEEKS
from crawlers.sandbox.x_echoes import x_echoes
from crawlers.sandbox.x_spells import x_spells
from crawlers.sandbox.x_story import may_change, with_quotes, x_post, x_replies

DELETED_AFTER: Final = timedelta(days=9)  # served for more than a full week before
WITHHELD_IN: Final = ("ML",)

Adjust = Callable[[Post], Post]


def build_world(seed: int, weeks: int = STORY_WEEKS) -> World:
    """The world of a seed: all twelve weeks, or only the last ones of the same story.

    UsageError when `weeks` is not 1 to 12.
    """
    if not 1 <= weeks <= STORY_WEEKS:
        raise UsageError(f"the story has {STORY_WEEKS} weeks, not {weeks}; ask for 1 to 12")
    people = make_people(seed)
    cast = make_cast(seed, facebook_pages(), x_accounts(), people)
    start = STORY_END - timedelta(weeks=weeks)
    planned, delays = choose_edits(seed, plan_story(seed, load_texts()))
    facebook, comments = _facebook(cast, planned, delays)
    on_x = _x(cast, planned, delays)
    check_reachable(on_x, x_queries())
    echoes = _in_time(x_echoes(cast, on_x))
    return World(
        seed=seed,
        start=start,
        end=STORY_END,
        pages=cast.pages,
        accounts=cast.accounts,
        people=people,
        facebook_posts=_since(start, facebook),
        facebook_comments=_since(start, comments, facebook),
        x_posts=_since(start, on_x, on_x),
        x_echoes=_since(start, echoes, on_x),
        feed_items=tuple(one for one in feed_items(seed) if one.published >= start),
        x_spells=tuple(x_spells(cast, [*on_x, *echoes])),
    )


def _facebook(
    cast: Cast, planned: Sequence[Planned], delays: dict[int, timedelta]
) -> tuple[list[Post], list[Post]]:
    posts: list[Post] = []
    comments: list[Post] = []
    for place, one in enumerate(planned):
        if one.platform == "facebook":
            post = facebook_post(cast, one, delays.get(place))
            posts.append(post)
            comments += facebook_comments(cast, post, _own_comments(one))
    posts = _in_time(posts + photo_posts(cast))
    quiet = [one.platform_id for one in posts if may_change(one)]
    talked = {one.root_id for one in comments}
    gone = _one_of(cast.seed, "gone on Facebook", [one for one in quiet if one not in talked])
    posts = _adjusted(posts, gone, _deleted)
    said = with_private_details(cast.seed, comments)
    return posts, _in_time(with_hidden(cast.seed, said, cast.pages))


def _x(cast: Cast, planned: Sequence[Planned], delays: dict[int, timedelta]) -> list[Post]:
    posts: list[Post] = []
    replies: list[Post] = []
    for place, one in enumerate(planned):
        if one.platform == "x":
            post = x_post(cast, one, delays.get(place))
            posts.append(post)
            replies += x_replies(cast, post, _own_comments(one))
    posts = with_quotes(cast.seed, _in_time(posts))
    used = {one.parent_id for one in replies} | {one.quoted_id for one in posts}
    quiet = [one.platform_id for one in posts if may_change(one) and one.platform_id not in used]
    posts = _adjusted(posts, _one_of(cast.seed, "gone on X", quiet[::2]), _deleted)
    posts = _adjusted(posts, _one_of(cast.seed, "withheld", quiet[1::2]), _withheld)
    return _in_time(posts + replies)


def _own_comments(planned: Planned) -> tuple[WrittenComment, ...]:
    # A text that stands on several pages or accounts has its comments once.
    return planned.written.comments if planned.link_key is None else ()


def _one_of(seed: int, purpose: str, ids: Sequence[str]) -> str:
    return chance(seed, purpose).choice(ids)


def _adjusted(posts: Sequence[Post], platform_id: str, change: Adjust) -> list[Post]:
    return [change(one) if one.platform_id == platform_id else one for one in posts]


def _deleted(post: Post) -> Post:
    return replace(post, deleted_at=post.created_at + DELETED_AFTER)


def _withheld(post: Post) -> Post:
    return replace(post, withheld_in=WITHHELD_IN)


def _in_time(posts: Sequence[Post]) -> list[Post]:
    return sorted(posts, key=lambda one: (one.created_at, one.platform_id))


def _since(start: datetime, posts: Sequence[Post], roots: Sequence[Post] = ()) -> tuple[Post, ...]:
    before = {one.platform_id for one in roots if one.created_at < start}
    return tuple(one for one in posts if one.created_at >= start and one.root_id not in before)
