"""What no query finds on X: reposts, and quotes that say nothing a query looks for."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crawlers.sandbox.casting import Cast
from crawlers.sandbox.chance import chance, share_of
from crawlers.sandbox.counts import HOURS_TO_SETTLE, grown
from crawlers.sandbox.elements import Author, Post
from crawlers.sandbox.facebook_story import NOTHING_SAID
from crawlers.sandbox.ids import x_id
from crawlers.sandbox.timetable import STORY_END

REPOST_LENGTH: Final = 140
REPOSTED, QUOTED = 12, 4
MOST_REPOSTS: Final = 5
BY_ORGANISATIONS: Final = 4
QUOTES: Final = ("À lire.", "Je vous laisse juger.", "Du nouveau ici.", "On en parle ce soir.")
SETTLED: Final = STORY_END + timedelta(days=365)


def x_echoes(cast: Cast, posts: Sequence[Post]) -> list[Post]:
    """Reposts and plain quotes of the story's posts, fewer than each post's counts claim."""
    rng = chance(cast.seed, "echoes")
    lasting = [one for one in posts if one.kind == "post" and not one.deleted_at and not one.edit]
    innocent = [one for one in lasting if one.element != "network"]
    loud = [one for one in innocent if _final(one, 0.3, "reposts") >= 2]  # noqa: PLR2004
    quotable = [one for one in innocent if _final(one, 0.05, "quotes") >= 1]
    echoes = [
        echo for one in rng.sample(loud, k=min(REPOSTED, len(loud))) for echo in _reposts(cast, one)
    ]
    for one, text in zip(rng.sample(quotable, k=min(QUOTED, len(quotable))), QUOTES, strict=False):
        echoes.append(_quote(cast, one, text))
    echoes += _by_organisations(cast, loud)
    inside = [one for one in echoes if one.created_at < STORY_END]
    return [*inside, _of_a_lost_post(cast, rng.choice(loud))]


def _reposts(cast: Cast, post: Post) -> list[Post]:
    final = _final(post, 0.3, "reposts")
    rng = chance(cast.seed, "reposters", post.platform_id)
    others = [one for one in cast.individuals if one != post.author]
    count = min(MOST_REPOSTS, final - 1)
    return [
        _repost(cast, post, author, _moment(post, number + 1, final, 0.3, "reposts"))
        for number, author in enumerate(rng.sample(others, k=count))
    ]


def _by_organisations(cast: Cast, posts: Sequence[Post]) -> list[Post]:
    rng = chance(cast.seed, "reposting organisations")
    chosen = rng.sample(posts, k=min(BY_ORGANISATIONS, len(posts)))
    return [
        _repost(
            cast,
            post,
            rng.choice([one for one in cast.accounts if one != post.author]),
            _moment(post, 1, _final(post, 0.3, "reposts"), 0.3, "reposts") + timedelta(hours=30),
        )
        for post in chosen
    ]


def _of_a_lost_post(cast: Cast, like: Post) -> Post:
    """A repost whose original no longer exists: only its cut copy is left."""
    author = next(one for one in cast.accounts if one != like.author)
    made = _repost(cast, like, author, min(like.created_at + timedelta(hours=5), _last_hour()))
    return replace(made, reposted_id=x_id(cast.seed, like.created_at, "lost original"))


def _repost(cast: Cast, post: Post, author: Author, at: datetime) -> Post:
    echo_id = x_id(cast.seed, at, f"repost:{post.platform_id}:{author.platform_id}")
    text = f"RT @{post.author.handle}: {post.text}"
    return replace(
        post,
        platform_id=echo_id,
        text_id="",
        kind="repost",
        created_at=at,
        text=text if len(text) <= REPOST_LENGTH else text[: REPOST_LENGTH - 1] + "…",
        author=author,
        root_id=echo_id,
        quoted_id=None,
        reposted_id=post.platform_id,
        mentioned=(post.author, *post.mentioned),
        withheld_in=(),
    )


def _quote(cast: Cast, post: Post, text: str) -> Post:
    rng = chance(cast.seed, "quoter", post.platform_id)
    author = rng.choice([one for one in cast.individuals if one != post.author])
    at = _moment(post, 1, _final(post, 0.05, "quotes"), 0.05, "quotes")
    quote_id = x_id(cast.seed, at, f"quote:{post.platform_id}")
    return replace(
        post,
        platform_id=quote_id,
        text_id="",
        element="aside",
        kind="quote",
        created_at=at,
        text=text,
        language="fr",
        author=author,
        labels=NOTHING_SAID,
        popularity=3 * share_of(cast.seed, "aside", quote_id),
        root_id=quote_id,
        quoted_id=post.platform_id,
        link=None,
        mentioned=(),
        withheld_in=(),
    )


def _final(post: Post, share: float, what: str) -> int:
    return grown(post, SETTLED, share, what)


def _moment(post: Post, number: int, final: int, share: float, what: str) -> datetime:
    """When the count of a post has just passed `number`, so that no more are served than claimed.

    The counts of the last step are never reached, so the last moment is a late one.
    """
    exact = post.popularity * share * (0.5 + share_of(0, what, post.platform_id))
    part = min(number / exact, 0.995) if final else 0.995
    hours = -HOURS_TO_SETTLE * math.log(1 - part)
    return post.created_at + timedelta(seconds=int(hours * 3600) + 61 + 7 * number)


def _last_hour() -> datetime:
    return STORY_END - timedelta(hours=1)
