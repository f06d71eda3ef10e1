"""Holding a query against a post: which of its conditions hold, and why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from config.folding import fold
from config.queries.language import SIGNS, WORDS, Node, Term, terms_of

# Conditions whose answer stands in a stored post: others need what is never stored in clear.
ANSWERABLE: Final = frozenset({WORDS, "#", "@", "is", "has", "lang"})
ANSWERABLE_IS: Final = frozenset({"reply", "retweet", "quote"})
ANSWERABLE_HAS: Final = frozenset({"hashtags", "links", "mentions", "media", "images"})

_WORD: Final = re.compile(r"\w+")
_LINK: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class PostView:
    """What a query can see of one post: tokens, tags, mentions and language are folded."""

    tokens: tuple[str, ...]
    hashtags: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    language: str = ""
    is_a: frozenset[str] = frozenset()
    has: frozenset[str] = frozenset()

    @cached_property
    def distinct(self) -> frozenset[str]:
        """The different tokens."""
        return frozenset(self.tokens)


def words_of(text: str) -> tuple[str, ...]:
    """The tokens of a text, without case and accents; links hold no words."""
    return tuple(_WORD.findall(fold(_LINK.sub(" ", text))))


def unanswerable(node: Node) -> tuple[str, ...]:
    """The conditions of a query that a stored post cannot answer, as they are written."""
    return tuple(dict.fromkeys(term.text for term in terms_of(node) if not _answerable(term)))


def matches(node: Node, post: PostView) -> bool:
    """Whether a post meets a query."""
    if isinstance(node, Term):
        return _holds(node, post) != node.negated
    results = (matches(part, post) for part in node.parts)
    return all(results) if node.every else any(results)


def found_by(node: Node, post: PostView) -> tuple[str, ...]:
    """The conditions, not negated ones, through which a post meets a query, as written."""
    return tuple(dict.fromkeys(term.text for term in _found(node, post)))


def missed_by(node: Node, post: PostView) -> str:
    """The first condition of a query that a post does not meet, as written; long ones cut."""
    if isinstance(node, Term) or not node.every:
        return _shortened(node)
    return missed_by(next(part for part in node.parts if not matches(part, post)), post)


def _answerable(term: Term) -> bool:
    allowed = {"is": ANSWERABLE_IS, "has": ANSWERABLE_HAS}.get(term.kind)
    return term.kind in ANSWERABLE and (allowed is None or term.value.lower() in allowed)


def _holds(term: Term, post: PostView) -> bool:
    if term.kind == WORDS:
        return _has_phrase(post, _words_of_term(term.value))
    if term.kind in SIGNS:
        return fold(term.value) in (post.hashtags if term.kind == "#" else post.mentions)
    value = term.value.lower()
    return value in {"is": post.is_a, "has": post.has}.get(term.kind, {post.language})


@lru_cache(maxsize=8192)
def _words_of_term(value: str) -> tuple[str, ...]:
    return words_of(value)


def _has_phrase(post: PostView, phrase: tuple[str, ...]) -> bool:
    # Most words of a query stand nowhere in a post: that is told without going through it.
    if not phrase or not post.distinct.issuperset(phrase):
        return False
    size, tokens = len(phrase), post.tokens
    return size == 1 or any(
        tokens[at : at + size] == phrase for at in range(len(tokens) - size + 1)
    )


def _found(node: Node, post: PostView) -> Iterator[Term]:
    if isinstance(node, Term):
        if not node.negated and _holds(node, post):
            yield node
        return
    for part in node.parts:
        if matches(part, post):
            yield from _found(part, post)


def _shortened(node: Node) -> str:
    if isinstance(node, Term):
        return node.text
    first = node.parts[0].text
    return f"none of {len(node.parts)}: {first} .."
