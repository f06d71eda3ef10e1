"""X's side of the story: posts and the replies to them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from crawlers.sandbox.casting import Cast, active_one, named_in
from crawlers.sandbox.chance import chance
from crawlers.sandbox.counts import popularity
from crawlers.sandbox.edits import misspelt
from crawlers.sandbox.elements import Edit, Post
from crawlers.sandbox.filling import fill
from crawlers.sandbox.ids import x_id
from crawlers.sandbox.linking import link_of
from crawlers.sandbox.plan import Planned
from crawlers.sandbox.texts import WrittenComment
from crawlers.sandbox.timetable import comment_moments

MIDDLE: Final = {"agency": 14.0, "local_media": 18.0}
QUOTE_WITHIN: Final = timedelta(days=5)


def x_post(cast: Cast, planned: Planned, edited_after: timedelta | None) -> Post:
    """One post on X."""
    author = cast.author_of(planned)
    key = f"{planned.written.text_id}:{planned.voice}:{author.platform_id}"
    link = link_of(cast.seed, planned, author)
    others = [one for one in named_in(cast.seed, planned, cast.individuals) if one != author]
    # Accounts on X point at people by handle, also where the page on Facebook writes the name.
    filled = fill(planned.written.text.replace("{name", "{@"), others, link)
    post_id = x_id(cast.seed, planned.moment, key)
    edit, latest = None, None
    if edited_after is not None:
        edited_at = planned.moment + edited_after
        edit = Edit(edited_at, misspelt(filled.text))
        latest = x_id(cast.seed, edited_at, key)
    return Post(
        platform="x",
        platform_id=post_id,
        text_id=planned.written.text_id,
        element=planned.written.element,
        kind="post",
        created_at=planned.moment,
        text=filled.text,
        language=planned.written.language,
        author=author,
        labels=planned.written.labels,
        popularity=popularity(cast.seed, key, MIDDLE.get(planned.written.source, 6.0)),
        root_id=post_id,
        link=link,
        mentioned=filled.mentioned,
        edit=edit,
        latest_id=latest,
    )


def x_replies(cast: Cast, post: Post, written: Sequence[WrittenComment]) -> list[Post]:
    """The replies to a post in order of time; each begins with the handle it answers."""
    rng = chance(cast.seed, "replies", post.platform_id)
    moments = comment_moments(rng, post.created_at, len(written))
    replies = []
    for reply, at in zip(written, moments, strict=True):
        filled = fill(reply.text, rng.sample(cast.individuals, k=3), None, answered=post.author)
        reply_id = x_id(cast.seed, at, reply.text_id)
        replies.append(
            replace(
                post,
                platform_id=reply_id,
                text_id=reply.text_id,
                kind="reply",
                created_at=at,
                text=f"@{post.author.handle} {filled.text}",
                language=reply.language,
                author=active_one(rng, [one for one in cast.individuals if one != post.author]),
                labels=reply.labels,
                popularity=popularity(cast.seed, reply.text_id, 2.0),
                parent_id=post.platform_id,
                root_id=post.platform_id,
                link=None,
                mentioned=(post.author, *filled.mentioned),
                edit=None,
                latest_id=None,
            )
        )
    return replies


def with_quotes(seed: int, posts: Sequence[Post]) -> list[Post]:
    """The posts, one of them quoting an earlier one and one quoting a post that is gone."""
    rng = chance(seed, "quotes")
    places = [place for place, one in enumerate(posts) if may_change(one)]
    changed = list(posts)
    for place in rng.sample(places, k=len(places)):
        earlier = _earlier(posts, place)
        if earlier is not None:
            changed[place] = replace(posts[place], kind="quote", quoted_id=earlier.platform_id)
            break
    gone = rng.choice([place for place in places if changed[place].kind == "post"])
    at = posts[gone].created_at - timedelta(days=2)
    changed[gone] = replace(posts[gone], kind="quote", quoted_id=x_id(seed, at, "gone"))
    return changed


def may_change(post: Post) -> bool:
    """Whether a post is an ordinary one that no other part of the story relies on."""
    return post.element == "ordinary" and post.kind == "post" and post.edit is None


def _earlier(posts: Sequence[Post], place: int) -> Post | None:
    at = posts[place].created_at
    candidates = (
        one
        for one in posts[:place]
        if one.kind == "post"
        and one.edit is None
        and one.created_at > at - QUOTE_WITHIN
        and one.author != posts[place].author
    )
    return next(candidates, None)
