"""The watchlist's X queries: hand-written or built, with their versions and parts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from config.agencies import TYPES, Agency
from config.folding import fold
from config.loading import Section, Value
from config.queries.building import Context, NoContextError, Stems, UnwrittenStemError, alternatives
from config.queries.language import NARROWING, QueryError, Term, parse_query
from config.queries.splitting import TooLongError, split
from config.queries.wording import Alternative, Wording, distinct, excluded, version_of

Tier = Literal["self_serve", "enterprise"]
Endpoint = Literal["recent", "all"]
# Longest query in characters, of search and of counts alike (X API v2 documentation).
QUERY_LIMITS: Final[Mapping[Tier, Mapping[Endpoint, int]]] = {
    "self_serve": {"recent": 512, "all": 1024},
    "enterprise": {"recent": 4096, "all": 4096},
}

QUERY_KEYS: Final = (
    "query_id",
    "text",
    "agencies",
    "agency_types",
    "terms",
    "anchors",
    "anchors_suffice_for",
    "exclude",
    "options",
    "reason",
    "minimum_weekly",
    "since_version",
    "history",
)
HISTORY_KEYS: Final = ("since_version", "reason")
_BUILT_KEYS: Final = QUERY_KEYS[2:9]
# A point stands between a query and the number of its part; the column holds 64 characters.
_QUERY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True)
class QueryPart:
    """One query as X is asked it: a whole query of the watchlist, or one part of it."""

    part_id: str
    query_id: str
    text: str

    @cached_property
    def version(self) -> str:
        """The version of this part's wording."""
        return version_of(self.text)


@dataclass(frozen=True)
class XQuery:
    """One query of the watchlist; `since_version` is the day this wording came into force."""

    query_id: str
    text: str
    reason: str
    since_version: str
    wording: Wording | None = None  # of a built query
    history: tuple[tuple[str, str], ...] = ()  # earlier days and reasons
    minimum_weekly: int | None = None  # fewer posts in a week raise an operations alert

    @cached_property
    def version(self) -> str:
        """The version of the whole wording, however it is split."""
        return version_of(self.text)

    def parts(self, limit: int) -> tuple[QueryPart, ...]:
        """What to ask so that no query is longer than `limit`; together they find what it finds."""
        if self.wording is None:
            return (QueryPart(self.query_id, self.query_id, self.text),)
        return tuple(
            QueryPart(f"{self.query_id}{part.number}", self.query_id, part.text)
            for part in split(self.wording, limit)
        )


@dataclass(frozen=True)
class Shared:
    """What built queries draw on."""

    agencies: Sequence[Agency]
    anchors: Mapping[str, tuple[str, ...]]
    stems: Stems


def query_of(part_id: str) -> str:
    """The query of the watchlist that a part belongs to."""
    return part_id.partition(".")[0]


def read_shared(top: Section, agencies: Sequence[Agency]) -> Shared:
    """The named lists of anchors, and the written forms of words that end in `*`."""
    # Context words are folded when they are loaded.
    stems = {fold(stem): forms for stem, forms in _lists(top, "stems").items()}
    return Shared(agencies, _lists(top, "anchors"), stems)


def read_query(section: Section, shared: Shared, limit: int) -> XQuery:
    """One query, checked as far as that is possible without asking X."""
    query_id = section.value("query_id")
    if not _QUERY_ID.fullmatch(query_id.text):
        raise query_id.error(
            f"query_id {query_id.text!r} is not an id",
            "write at most 48 letters, digits, _ or -; a point is kept for parts",
        )
    since = section.value("since_version").day()
    wording = None if "text" in section.nodes else _wording(section, shared)
    query = XQuery(
        query_id=query_id.text,
        text=wording.text if wording else _by_hand(section, limit),
        reason=section.text("reason"),
        since_version=since,
        wording=wording,
        history=_history(section, since),
        minimum_weekly=section.whole_or_none("minimum_weekly", at_least=1),
    )
    _check_parts(query, section, limit)
    return query


def check_x_query(value: Value, limit: int) -> None:
    """ConfigError unless X's search would take the query."""
    if len(value.text) > limit:
        raise value.error(
            f"the query has {len(value.text)} characters, X takes {limit}",
            "split it into two queries, or let it be built from `agencies:` and `terms:`",
        )
    try:
        parse_query(value.text)
    except QueryError as problem:
        raise value.error(problem.problem, problem.advice) from problem


def _lists(top: Section, key: str) -> dict[str, tuple[str, ...]]:
    if key not in top.nodes:
        return {}
    section = top.section(key, None)
    return {name: _terms(section, name) for name in section.nodes}


def _terms(section: Section, key: str) -> tuple[str, ...]:
    """Words and phrases as a person writes them; the quotes around a phrase are ours."""
    for value in section.values(key):
        if '"' in value.text or not re.search(r"\w", value.text):
            raise value.error(
                f"{value.text!r} is no word or phrase", "write words without double quotes"
            )
    return section.texts(key)


def _by_hand(section: Section, limit: int) -> str:
    value = section.value("text")
    for key in _BUILT_KEYS:
        if key in section.nodes:
            raise value.error(f"both text and {key} are given", "keep one of the two")
    text = section.text("text")
    check_x_query(Value(text, value.path, value.line, value.name), limit)
    return text


def _wording(section: Section, shared: Shared) -> Wording:
    agencies = list(_agencies(section, shared.agencies))
    if not agencies and not section.values("terms"):
        raise section.missing("text")
    anchors = _anchors(section, shared.anchors)
    context = Context(bool(anchors), _known_agencies(section, shared.agencies), shared.stems)
    return Wording(
        alternatives=_alternatives(section, agencies, context),
        anchors=distinct(anchors),
        last=(*_options(section), *(excluded(term) for term in _terms(section, "exclude"))),
    )


def _agencies(section: Section, known: Sequence[Agency]) -> Iterator[Agency]:
    by_id = {agency.agency_id: agency for agency in known}
    types = {value.choice(TYPES) for value in section.values("agency_types")}
    named = [value.choice(by_id) for value in section.values("agencies")]
    yield from (by_id[agency_id] for agency_id in named)
    yield from (a for a in known if a.type in types and a.agency_id not in named)


def _known_agencies(section: Section, known: Sequence[Agency]) -> frozenset[str]:
    ids = frozenset(agency.agency_id for agency in known)
    return frozenset(value.choice(ids) for value in section.values("anchors_suffice_for"))


def _anchors(section: Section, named: Mapping[str, tuple[str, ...]]) -> list[str]:
    found: list[str] = []
    for value in section.one_or_more("anchors"):
        if not named.get(value.text):
            raise value.error(
                f"there is no list of anchors {value.text!r}",
                "write it under `anchors:` at the top",
            )
        found += named[value.text]
    return found


def _options(section: Section) -> tuple[str, ...]:
    return tuple(_option(value) for value in section.values("options"))


def _option(value: Value) -> str:
    """One condition on every match: a narrowing operator, negated or not."""
    try:
        tree = parse_query(f"word {value.text}")
    except QueryError as problem:
        raise value.error(problem.problem, problem.advice) from problem
    paired = not isinstance(tree, Term) and len(tree.parts) == 2  # noqa: PLR2004 - a pair
    last = tree.parts[-1] if not isinstance(tree, Term) and paired else None
    if not isinstance(last, Term) or last.kind not in NARROWING:
        raise value.error(
            f"{value.text!r} is no option", "write one of is:, has: or lang: such as -is:retweet"
        )
    return last.text


def _alternatives(
    section: Section, agencies: Sequence[Agency], context: Context
) -> tuple[Alternative, ...]:
    query_id = section.value("query_id")
    try:
        return alternatives(agencies, _terms(section, "terms"), context)
    except UnwrittenStemError as error:
        raise query_id.error(
            f"X has no search by prefix and {error.stem!r} has no written forms",
            f"list them under `stems:`, for example `{error.stem!r}: [one, two]`",
        ) from error
    except NoContextError as error:
        raise query_id.error(
            f"{error.spelling!r} counts by its capitals only and X ignores case",
            "give the query `anchors:`",
        ) from error


def _check_parts(query: XQuery, section: Section, limit: int) -> None:
    value = section.value("query_id")
    try:
        parts = query.parts(limit)
    except TooLongError as error:
        raise value.error(
            f"{error.term!r} with its context is longer than the {limit} characters X takes",
            "shorten `options:`, `exclude:` or the context words of this spelling",
        ) from error
    for part in parts:
        check_x_query(Value(part.text, value.path, value.line, value.name), limit)


def _history(section: Section, since: str) -> tuple[tuple[str, str], ...]:
    found = []
    for entry in section.sections("history", HISTORY_KEYS):
        day = entry.value("since_version")
        if day.day() >= since:
            raise day.error(
                f"{day.text} is not before since_version {since}",
                "history holds the days of earlier wordings",
            )
        found.append((day.text, entry.text("reason")))
    return tuple(sorted(found))
