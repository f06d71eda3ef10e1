"""The week's own figures for posts and for comments. Pure: labelled posts in, figures out."""

from collections import Counter
from collections.abc import Sequence

from config.agencies import Agency
from config.codebook import Codebook
from config.places import Place
from pipelines.labels import LabelledPost
from pipelines.measures import distinct_messages, is_candidate, is_read
from pipelines.reports.maker import FigureMaker, Posts, by_person, by_scope, has
from pipelines.reports.model import SCOPES, Figure, Scope
from pipelines.reports.slices import (
    event_figures,
    organisation_figures,
    place_figures,
    spread_figures,
    target_figures,
    theme_figures,
)

UNKNOWN = "unknown"
UNLABELLED = "unlabelled"


def week_figures(
    posts: Posts,
    maker: FigureMaker,
    *,
    agencies: Sequence[Agency],
    places: Sequence[Place],
    codebook: Codebook,
) -> list[Figure]:
    """Every figure that is counted from the week's labelled posts."""
    figures = [figure for scope in SCOPES for figure in _scope_figures(posts, scope, maker)]
    for scope in SCOPES:
        scoped = by_scope(posts, scope)
        figures += target_figures(scoped, scope, maker, agencies)
        figures += theme_figures(scoped, scope, maker, codebook)
        figures += event_figures(scoped, scope, maker)
    figures += organisation_figures(by_scope(posts, "posts"), maker, agencies)
    figures += spread_figures(by_scope(posts, "posts"), maker)
    return figures + place_figures(by_scope(posts, "posts"), maker, places)


def _scope_figures(posts: Posts, scope: Scope, maker: FigureMaker) -> list[Figure]:
    scoped = by_scope(posts, scope)
    read = [post for post in scoped if is_read(post)]
    rejected = _rejected(posts, scope)
    figures = [
        maker.count(f"{scope}.items", scoped, "items", indicator=scope),
        maker.count(f"{scope}.read", read, "read"),
        maker.part(
            f"{scope}.by_person", scoped, by_person, "by_person", f"{scope}.items", labels=False
        ),
        maker.count(f"{scope}.rejected", rejected, "rejected", judged=rejected),
        _messages(scoped, scope, maker),
    ]
    figures += [
        maker.part(f"{scope}.{stance}", read, has("stance", stance), stance, f"{scope}.read")
        for stance in ("neutral", "positive", "suspicious")
    ]
    figures.append(
        maker.part(
            f"{scope}.negative_tone",
            read,
            has("tone", "negative"),
            "negative_tone",
            f"{scope}.read",
            indicator="pct_comments_negative" if scope == "comments" else None,
        )
    )
    figures += [
        maker.count(
            f"{scope}.{platform}", [p for p in scoped if p.platform == platform], "platform"
        )
        for platform in ("facebook", "x")
    ]
    figures += _unread_figures(posts, scope, maker) + _language_figures(scoped, scope, maker)
    return figures + _threads(scoped, scope, maker)


def _rejected(posts: Posts, scope: Scope) -> list[LabelledPost]:
    return [p for p in _of_scope(posts, scope) if is_candidate(p) and p.relevance == "no"]


def _of_scope(posts: Posts, scope: Scope) -> list[LabelledPost]:
    return [post for post in posts if post.is_comment == (scope == "comments")]


def _messages(scoped: Posts, scope: Scope, maker: FigureMaker) -> Figure:
    distinct = distinct_messages(scoped)
    return maker.count(f"{scope}.messages", scoped, "messages", value=distinct, unit="messages")


def _threads(scoped: Posts, scope: Scope, maker: FigureMaker) -> list[Figure]:
    if scope == "posts":
        return []
    threads = Counter(post.thread_id for post in scoped)
    largest = max(threads, key=lambda thread: (threads[thread], thread), default=None)
    return [
        maker.count("comments.threads", scoped, "threads", value=len(threads), unit="threads"),
        maker.count(
            "comments.largest_thread",
            [post for post in scoped if post.thread_id == largest],
            "largest_thread",
        ),
    ]


def _unread_figures(posts: Posts, scope: Scope, maker: FigureMaker) -> list[Figure]:
    """What no one and nothing has read, by form; whether it is about aid may be unknown too."""
    unread = [post for post in _of_scope(posts, scope) if _may_count(post) and not is_read(post)]
    figures = [maker.count(f"{scope}.not_read", unread, "not_read")]
    for form in sorted({post.not_read or UNLABELLED for post in unread}):
        chosen = [post for post in unread if (post.not_read or UNLABELLED) == form]
        figures.append(maker.count(f"{scope}.not_read.{form}", chosen, "not_read"))
    return figures


def _may_count(post: LabelledPost) -> bool:
    return post.in_scope or (is_candidate(post) and post.relevance != "no")


def _language_figures(scoped: Posts, scope: Scope, maker: FigureMaker) -> list[Figure]:
    figures = []
    for language in sorted({post.language or UNKNOWN for post in scoped}):
        chosen = [post for post in scoped if (post.language or UNKNOWN) == language]
        key = f"{scope}.language.{language}"
        figures.append(maker.count(key, chosen, "language"))
        figures.append(
            maker.part(f"{key}.by_person", chosen, by_person, "by_person", key, labels=False)
        )
    return figures
