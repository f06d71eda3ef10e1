"""X's search language read to a tree, with the problems X would refuse a query for.

A space means and, and binds before OR; `-` negates one term, never a group
(docs.x.com, "Build a query" and "Operators").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

IS_VALUES: Final = frozenset({"reply", "retweet", "quote", "verified", "nullcast"})
HAS_VALUES: Final = frozenset(
    {"hashtags", "cashtags", "links", "mentions", "media", "images", "video_link", "geo"}
)
# These narrow a query; none of them finds anything alone.
NARROWING: Final = frozenset({"is", "has", "lang"})
OPERATORS: Final = NARROWING | frozenset(
    {
        "from",
        "to",
        "retweets_of",
        "url",
        "context",
        "entity",
        "conversation_id",
        "list",
        "in_reply_to_tweet_id",
        "retweets_of_tweet_id",
        "quotes_of_tweet_id",
        "place",
        "place_country",
        "point_radius",
        "bounding_box",
        "min_likes",
        "min_replies",
        "min_reposts",
    }
)
WORDS: Final = "words"  # a keyword or a "phrase"
SIGNS: Final = frozenset("#@$")

_TOKEN: Final = re.compile(
    r"(?P<mark>[()])"
    r"|(?P<minus>-)?(?P<operator>[a-z_]+:)?"
    r'(?:"(?P<phrase>[^"]*)"|\[(?P<area>[^\]]*)\]|(?P<word>[^\s()"]+))',
    re.IGNORECASE,
)
_NEGATED_GROUP: Final = re.compile(r"-\s*\(")
_SPACE: Final = re.compile(r"\s*")


class QueryError(ValueError):
    """A query X would refuse: what is wrong with it, and what to write instead."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem = problem
        self.advice = advice


@dataclass(frozen=True)
class Term:
    """One condition, negated or not; `kind` is `words`, a sign (# @ $) or an operator's name."""

    kind: str
    value: str
    negated: bool = False

    @property
    def text(self) -> str:
        """The condition as it is written in a query."""
        value = f'"{self.value}"' if re.search(r"[^\w@#$.:/]", self.value) else self.value
        written = {WORDS: value}.get(self.kind, f"{self.kind}:{value}")
        if self.kind in SIGNS:
            written = self.kind + self.value
        return f"-{written}" if self.negated else written


@dataclass(frozen=True)
class Group:
    """Several conditions of which all, or any, must hold."""

    every: bool
    parts: tuple["Term | Group", ...]

    @property
    def text(self) -> str:
        """The conditions as they are written in a query, in parentheses."""
        return "(" + (" " if self.every else " OR ").join(part.text for part in self.parts) + ")"


Node = Term | Group


def parse_query(text: str) -> Node:
    """The tree of a query; QueryError when X would refuse it."""
    if text.count('"') % 2:
        raise QueryError("a double quote is not closed", 'write phrases as "two words"')
    if _NEGATED_GROUP.search(re.sub(r'"[^"]*"', "phrase", text)):
        raise QueryError("a group is negated", "negate each word: -a -b instead of -(a OR b)")
    tokens = list(_tokens(text))
    _check_parentheses(tokens)
    parser = _Parser(tokens)
    tree = parser.any_of()
    if not stands_alone(tree):
        raise QueryError("nothing to look for", "add a word that is not negated beside each OR")
    return tree


def stands_alone(node: Node) -> bool:
    """Whether a condition finds something without another one beside it."""
    if isinstance(node, Term):
        return node.kind not in NARROWING and not node.negated
    alone = (stands_alone(part) for part in node.parts)
    return any(alone) if node.every else all(alone)


def terms_of(node: Node) -> Iterator[Term]:
    """Every condition of a query, in order."""
    if isinstance(node, Term):
        yield node
        return
    for part in node.parts:
        yield from terms_of(part)


def _tokens(text: str) -> Iterator["re.Match[str]"]:
    position = _end_of_space(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(
                f"{text[position:].split()[0]!r} is not closed or not complete",
                "close the bracket or put it in double quotes",
            )
        yield match
        position = _end_of_space(text, match.end())


def _end_of_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _check_parentheses(tokens: list["re.Match[str]"]) -> None:
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth < 0:
            break
    if depth:
        raise QueryError("the parentheses do not match", "close each `(` once")


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, tokens: list["re.Match[str]"]) -> None:
        self._rest = tokens[::-1]

    def any_of(self) -> Node:
        parts = [self._all_of()]
        while self._next() == "OR":
            self._rest.pop()
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Group(every=False, parts=tuple(parts))

    def _next(self) -> str | None:
        return self._rest[-1].group() if self._rest else None

    def _all_of(self) -> Node:
        parts: list[Node] = []
        while self._next() not in {None, "OR", ")"}:
            parts.append(self._one())
        if not parts:
            raise QueryError(
                "a term is missing beside OR or inside parentheses", "write a word there"
            )
        return parts[0] if len(parts) == 1 else Group(every=True, parts=tuple(parts))

    def _one(self) -> Node:
        token = self._rest.pop()
        if token.group() != "(":
            return _term(token)
        inner = self.any_of()
        self._rest.pop()
        return inner


def _term(token: "re.Match[str]") -> Term:
    negated = token["minus"] is not None
    phrase, word = token["phrase"], token["word"]
    if token["operator"]:
        value = next(v for v in (phrase, token["area"], word) if v is not None)
        return _operator(token["operator"][:-1].lower(), value, negated=negated)
    if word is None:
        return Term(WORDS, phrase if phrase is not None else f"[{token['area']}]", negated)
    _check_word(word)
    if word[0] in SIGNS and len(word) > 1:
        return Term(word[0], word[1:], negated)
    return Term(WORDS, word, negated)


def _check_word(word: str) -> None:
    if word.lower() in {"or", "and"} and word != "OR":
        raise QueryError("a lower-case `or`, or an `and`", "write OR; a space means and")
    if ":" in word:
        raise QueryError(f"{word!r} is no operator of X's search", "put it in double quotes")
    if not re.search(r"\w", word) and word.isascii():
        raise QueryError(f"{word!r} holds no word", "put a word there or remove it")


def _operator(name: str, value: str, *, negated: bool) -> Term:
    if name not in OPERATORS:
        raise QueryError(
            f"{name}: is no operator of X's search", "correct it, or put it in double quotes"
        )
    allowed = {"is": IS_VALUES, "has": HAS_VALUES}.get(name)
    if allowed is not None and value.lower() not in allowed:
        raise QueryError(
            f"{name}:{value} is no operator of X's search", "write " + ", ".join(sorted(allowed))
        )
    return Term(name, value, negated)
