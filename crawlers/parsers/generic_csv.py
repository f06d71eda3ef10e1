"""Rows of any table to items, by a map of its columns."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from crawlers.parsers.fields import as_count, as_id, as_text, is_telling_name
from crawlers.parsers.items import EngagementItem, Kind, ParsedPage, Platform, PostItem
from crawlers.parsers.records import Collected, RecordError
from crawlers.parsers.tables import LOST_DIGITS, SPARE

# Headers by which a column is recognised without a map, folded (no accents, case or marks).
HEADERS: Mapping[str, tuple[str, ...]] = {
    "platform": ("platform", "network", "plateforme", "reseau"),
    "id": ("id", "post id", "message id", "comment id", "identifiant", "id publication"),
    "created_at": (
        "created at",
        "created time",
        "created",
        "date time",
        "datetime",
        "timestamp",
        "date",
        "time",
        "published at",
        "date publication",
        "date de publication",
        "publie le",
        "horodatage",
    ),
    "text": ("text", "message", "content", "body", "texte", "contenu", "publication"),
    "kind": ("kind", "post type", "type", "genre", "nature"),
    "parent_id": ("parent id", "in reply to", "reply to id", "id parent", "en reponse a"),
    "root_id": ("root id", "thread id", "conversation id", "id fil", "fil"),
    "page_id": ("page id", "id page"),
    "account_id": ("account id", "author id", "user id", "id auteur", "id compte"),
    "account_name": ("account name", "author", "author name", "username", "auteur", "compte"),
    "url": ("url", "link", "links", "lien", "liens"),
    "language": ("language", "lang", "langue"),
    "likes": ("likes", "like count", "reactions", "j aime", "mentions j aime"),
    "comments": ("comments", "comment count", "replies", "reply count", "commentaires", "reponses"),
    "shares": ("shares", "share count", "reposts", "retweets", "partages", "repartages"),
    "views": ("views", "view count", "impressions", "vues"),
}
KINDS: Mapping[str, Kind] = {
    "post": "post",
    "publication": "post",
    "comment": "comment",
    "commentaire": "comment",
    "reply": "reply",
    "reponse": "reply",
    "repost": "repost",
    "retweet": "repost",
    "partage": "repost",
    "quote": "quote",
    "citation": "quote",
}
PLATFORM_NAMES: Mapping[str, Platform] = {
    "facebook": "facebook",
    "fb": "facebook",
    "x": "x",
    "twitter": "x",
    "x twitter": "x",
}
# Headers of other exports whose ids, times or truncated texts need a mapper of their own.
FOREIGN_HEADERS = (
    "mcl url",
    "post owner",
    "twarc",
    "query status",
    "hit sentence",
    "overperforming",
)

# Room for a tag such as fr-FR or zh-Hant; longer is a sentence in the wrong column.
LONGEST_LANGUAGE_CODE = 8


@dataclass(frozen=True)
class ColumnMap:
    """Which header holds what; `platform_name` and `time_zone` hold for every row.

    `time_format` is a strptime format for times that are not ISO 8601.
    """

    id: str
    created_at: str
    text: str
    platform: str | None = None
    platform_name: Platform | None = None
    kind: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    page_id: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    url: str | None = None
    language: str | None = None
    likes: str | None = None
    comments: str | None = None
    shares: str | None = None
    views: str | None = None
    time_zone: str | None = None
    time_format: str | None = None

    def columns(self) -> dict[str, str]:
        """Header by field, for the fields that are mapped."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name in HEADERS)
        return {name: header for name, header in values if header is not None}


def detect_columns(headers: Sequence[str]) -> ColumnMap | None:
    """The map by common English and French headers; None when id, time, text or platform lack."""
    folded = {folded_header(header): header for header in reversed(headers)}
    if any(header.startswith(FOREIGN_HEADERS) for header in folded):
        return None
    found = {
        name: folded[alias]
        for name, aliases in HEADERS.items()
        if (alias := next((a for a in aliases if a in folded), None))
    }
    if not {"platform", "id", "created_at", "text"} <= found.keys():
        return None
    return ColumnMap(**found)  # type: ignore[arg-type]  # platform_name is not among the keys


def folded_header(header: str) -> str:
    """A header without accents, case and marks: `J'aime` is `j aime`."""
    letters = unicodedata.normalize("NFKD", header.casefold())
    spaced = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join(spaced.split())


def parse_rows(rows: Iterable[Mapping[str, str | None]], columns: ColumnMap) -> ParsedPage:
    """One item per row; a row that cannot be read is refused alone (path `row N`, from 1)."""
    zone = ZoneInfo(columns.time_zone) if columns.time_zone else None
    collected = Collected()
    for number, cells in enumerate(rows, start=1):
        try:
            collected.posts.append(_read_row(_Row(cells, columns, zone)))
        except RecordError as error:
            named = dict.fromkeys(columns.columns().values())
            collected.refuse(error, f"row {number}", named)
    return collected.page()


@dataclass(frozen=True)
class _Row:
    """One row seen through the map."""

    cells: Mapping[str, str | None]
    map: ColumnMap
    zone: tzinfo | None
    columns: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.map.columns())

    def get(self, name: str) -> str | None:
        """The cell of a field, None when it is not mapped or empty."""
        cell = as_text(self.cells.get(self.columns.get(name, "")))
        return cell.strip() or None if cell else None

    def count(self, name: str) -> int | None:
        """A count, with or without thousands separators."""
        digits = "".join((self.get(name) or "").split()).replace(",", "").replace("'", "")
        return as_count(int(digits)) if digits.isascii() and digits.isdigit() else None


def _read_row(row: _Row) -> PostItem:
    if SPARE in row.cells:
        raise RecordError("wrong_columns", "the row has more cells than the header")
    platform = row.map.platform_name or PLATFORM_NAMES.get(folded_header(row.get("platform") or ""))
    if platform is None:
        raise RecordError("unknown_platform", "the platform is neither facebook nor x")
    post_id = as_id(row.get("id"))
    if post_id is None:
        raise RecordError("missing_id", "the id is empty or too long")
    if LOST_DIGITS.fullmatch(post_id):
        raise RecordError("bad_id", "a spreadsheet has rounded the id; export ids as text")
    created_at = _moment(row)
    text = row.get("text")
    kind = _kind(row, platform)
    if text is None and kind != "repost":
        raise RecordError("no_text", "the text is empty")
    name = row.get("account_name")
    url = row.get("url")
    return PostItem(
        platform=platform,
        platform_id=post_id,
        kind=kind,
        created_at=created_at,
        text=text or "",
        account_id=as_id(row.get("account_id")),
        parent_platform_id=as_id(row.get("parent_id")),
        root_platform_id=as_id(row.get("root_id")),
        venue_platform_id=as_id(row.get("page_id")),
        language=_language(row),
        urls=tuple(url.split()) if url else (),
        engagement=_engagement(row),
        private_names=(name,) if name and is_telling_name(name) else (),
    )


def _moment(row: _Row) -> datetime:
    written = row.get("created_at")
    if written is None:
        raise RecordError("missing_time", "the time is empty")
    try:
        moment = (
            datetime.strptime(written, row.map.time_format)  # noqa: DTZ007  zone added below
            if row.map.time_format
            else datetime.fromisoformat(written)
        )
        if moment.tzinfo is None and row.zone is None:
            raise RecordError("naive_time", "the time has no zone; give time_zone in a column map")
        if row.map.time_format is None and not any(mark in written for mark in ":T"):
            raise RecordError("date_only", "the time of day is missing")
        return (moment if moment.tzinfo else moment.replace(tzinfo=row.zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordError("bad_time", "not ISO 8601; give time_format in a column map") from error


def _kind(row: _Row, platform: Platform) -> Kind:
    told = KINDS.get(folded_header(row.get("kind") or ""))
    if told is not None:
        return told
    if row.get("parent_id") is None:
        return "post"
    return "comment" if platform == "facebook" else "reply"


def _language(row: _Row) -> str | None:
    language = row.get("language")
    return language if language and len(language) <= LONGEST_LANGUAGE_CODE else None


def _engagement(row: _Row) -> EngagementItem | None:
    counts = EngagementItem(
        likes=row.count("likes"),
        comments=row.count("comments"),
        shares=row.count("shares"),
        views=row.count("views"),
    )
    return None if counts == EngagementItem() else counts
