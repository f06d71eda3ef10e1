"""X's query language as far as it is used: parsed to a tree and held against a post.

Words and "phrases" match whole tokens without case or accents; a space means and, binding
before OR; `-` negates one term. Operators: from:, to:, lang:,
is:reply|retweet|quote, has:links|mentions|hashtags, conversation_id:, #hashtag, @mention
(docs.x.com, "Build a query").
"""

import re
from dataclasses import dataclass
from typing import Final

from config.folding import fold

QUERY_LIMIT: Final = 512  # characters, recent search of the self-serve tier
IS_VALUES: Final = frozenset({"reply", "retweet", "quote"})
HAS_VALUES: Final = frozenset({"links", "mentions", "hashtags"})
STANDALONE: Final = frozenset({"word", "phrase", "from", "to", "conversation_id", "#", "@"})

_TOKEN: Final = re.compile(r'\s+|(?P<phrase>"[^"]*")|(?P<mark>[()])|(?P<word>[^\s()"]+)')
_OPERATOR: Final = re.compile(r"(from|to|lang|is|has|conversation_id):(.+)", re.IGNORECASE)
_WORDS: Final = re.compile(r"\w+")


class QueryError(ValueError):
    """A query that X would refuse; the message says why."""


@dataclass(frozen=True)
class Searchable:
    """What a query can see of one post. `handle`, `lang` and tokens are folded."""

    tokens: tuple[str, ...]
    hashtags: frozenset[str]
    mentions: tuple[str, ...]
    lang: str
    handle: str
    conversation_id: str
    is_a: frozenset[str]
    has: frozenset[str]


@dataclass(frozen=True)
class Term:
    """One condition, negated or not."""

    kind: str
    value: str
    negated: bool = False


@dataclass(frozen=True)
class Group:
    """Several conditions of which all, or any, must hold."""

    every: bool
    parts: tuple["Term | Group", ...]


Node = Term | Group


def words_of(text: str) -> tuple[str, ...]:
    """The tokens of a text, without case and accents; links hold no words."""
    return tuple(_WORDS.findall(fold(re.sub(r"https?://\S+", " ", text))))


def parse_query(text: str, limit: int = QUERY_LIMIT) -> Node:
    """The tree of a query; QueryError when X would refuse it."""
    if not text.strip():
        raise QueryError("The query is empty.")
    if len(text) > limit:
        raise QueryError(f"The query is longer than {limit} characters.")
    parser = _Parser(_tokens(text))
    tree = parser.any_of()
    if parser.rest:
        raise QueryError(f"There is no match for {parser.rest[0]!r}.")
    if not _stands_alone(tree):
        raise QueryError("The query needs a term that stands alone and is not negated.")
    return tree


def matches(node: Node, post: Searchable) -> bool:
    """Whether a post meets a query."""
    if isinstance(node, Term):
        return _holds(node, post) != node.negated
    results = (matches(part, post) for part in node.parts)
    return all(results) if node.every else any(results)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(f"A quotation mark is not closed at character {position + 1}.")
        if match.lastgroup:
            found.append(match.group())
        position = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def any_of(self) -> Node:
        parts = [self._all_of()]
        while self.rest[:1] == ["OR"]:
            self.rest.pop(0)
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Group(every=False, parts=tuple(parts))

    def _all_of(self) -> Node:
        parts: list[Node] = []
        while self.rest and self.rest[0] not in {"OR", ")"}:
            parts.append(self._one())
        if not parts:
            raise QueryError("A term is missing beside OR or inside parentheses.")
        return parts[0] if len(parts) == 1 else Group(every=True, parts=tuple(parts))

    def _one(self) -> Node:
        token = self.rest.pop(0)
        if token == "-" and self.rest[:1] == ["("]:  # noqa: S105
            raise QueryError("A group cannot be negated.")
        if token != "(":  # noqa: S105
            negated = token == "-" and bool(self.rest)  # noqa: S105
            return _term(self.rest.pop(0) if negated else token, negated=negated)
        inner = self.any_of()
        if self.rest[:1] != [")"]:
            raise QueryError("A parenthesis is not closed.")
        self.rest.pop(0)
        return inner


def _term(token: str, *, negated: bool) -> Term:
    if token.startswith("-") and len(token) > 1:
        return _term(token[1:], negated=True)
    if token.startswith('"'):
        return Term("phrase", token.strip('"'), negated)
    if operator := _OPERATOR.fullmatch(token):
        return _operator(operator.group(1).lower(), fold(operator.group(2)), negated=negated)
    if token[0] in "#@" and len(token) > 1:
        return Term(token[0], fold(token[1:]), negated)
    if ":" in token:
        raise QueryError(f"{token!r} is no operator of this endpoint.")
    return Term("word", token, negated)


def _operator(kind: str, value: str, *, negated: bool) -> Term:
    allowed = {"is": IS_VALUES, "has": HAS_VALUES}.get(kind)
    if allowed is not None and value not in allowed:
        raise QueryError(f"{kind}:{value} is no operator of this endpoint.")
    return Term(kind, value.removeprefix("@"), negated)


def _stands_alone(node: Node) -> bool:
    if isinstance(node, Term):
        return node.kind in STANDALONE and not node.negated
    alone = [_stands_alone(part) for part in node.parts]
    return any(alone) if node.every else all(alone)


def _holds(term: Term, post: Searchable) -> bool:
    if term.kind in {"word", "phrase"}:
        return _has_phrase(post.tokens, words_of(term.value))
    if term.kind in {"is", "has"}:
        return term.value in (post.is_a if term.kind == "is" else post.has)
    seen = {
        "from": (post.handle,),
        "to": post.mentions[:1] if "reply" in post.is_a else (),
        "lang": (post.lang,),
        "conversation_id": (post.conversation_id,),
        "#": post.hashtags,
        "@": post.mentions,
    }
    return term.value in seen[term.kind]


def _has_phrase(tokens: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    if size == 0:
        return False
    return any(tokens[i : i + size] == phrase for i in range(len(tokens) - size + 1))
