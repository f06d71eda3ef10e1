"""Which X posts a query finds."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from config.errors import InputError
from config.folding import fold
from crawlers.sandbox.elements import Post
from crawlers.sandbox.queries import QUERY_LIMIT, Node, Searchable, matches, parse_query, words_of

_HASHTAG: Final = "#"


def searchable(post: Post, text: str) -> Searchable:
    """What a query sees of a post in the given wording."""
    is_a = {"reply": {"reply"}, "quote": {"quote"}}.get(post.kind, set())
    hashtags = frozenset(
        fold(word[1:].rstrip(".,!?…:;)")) for word in text.split() if word.startswith(_HASHTAG)
    )
    present = {"links": post.link, "mentions": post.mentioned, "hashtags": hashtags}
    return Searchable(
        tokens=words_of(text),
        hashtags=hashtags,
        mentions=tuple(fold(one.handle) for one in post.mentioned),
        lang=language_tag(post),
        handle=fold(post.author.handle),
        conversation_id=post.root_id or post.platform_id,
        is_a=frozenset(is_a),
        has=frozenset(name for name, value in present.items() if value),
    )


def language_tag(post: Post) -> str:
    """The language X would name: it knows no Bambara."""
    return {"fr": "fr", "en": "en"}.get(post.language, "und")


@lru_cache(maxsize=64)
def parsed(query: str, limit: int = QUERY_LIMIT) -> Node:
    """The tree of a query; QueryError when X would refuse it."""
    return parse_query(query, limit)


def check_reachable(posts: Sequence[Post], queries: Sequence[str]) -> None:
    """InputError when a planted post is found by no query of the watchlist."""
    trees = [parsed(query) for query in queries]
    for post in posts:
        seen = searchable(post, post.text)
        if not any(matches(tree, seen) for tree in trees):
            raise InputError(
                f"text {post.text_id} is found by no query of the sandbox's watchlist; "
                "widen a query"
            )
