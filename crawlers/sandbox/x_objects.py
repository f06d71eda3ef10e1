"""X posts and users as the API writes them, in either vocabulary."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.counts import grown
from crawlers.sandbox.elements import Author, Person, Post
from crawlers.sandbox.matching import language_tag
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_media import media_key
from crawlers.sandbox.x_vocabulary import Vocabulary

SHORT_FORM: Final = 280
EDIT_WINDOW: Final = timedelta(hours=1)
ORGANISATIONS_SINCE: Final = datetime(2014, 3, 1, tzinfo=UTC)
_HASHTAG: Final = re.compile(r"#(\w+)")

Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What a request asks to see."""

    vocabulary: Vocabulary
    fields: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    user_fields: frozenset[str] = frozenset()
    media_fields: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether a post field is asked for, as a field or as an expansion."""
        return name in self.fields or name in self.expansions

    @property
    def references(self) -> bool:
        """Whether references to other posts are asked for."""
        words = self.vocabulary
        return words.referenced in self.fields or words.referenced_expansion in self.expansions


def x_time(moment: datetime) -> str:
    """A moment as X writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def version_time(post: Post, now: datetime) -> datetime:
    """When the version in force at `now` was made."""
    return post.edit.at if post.edit and now >= post.edit.at else post.created_at


def post_object(stage: Stage, post: Post, wanted: Wanted) -> Json:
    """A post with the fields that were asked for."""
    now = stage.now
    full = post.text_at(now)
    made: Json = {
        "id": post.id_at(now),
        "text": short_form(full),
        wanted.vocabulary.history: list(dict.fromkeys((post.platform_id, post.id_at(now)))),
    }
    made |= _plain_fields(stage, post, wanted)
    made |= _people_fields(stage, post, wanted)
    if "attachments" in wanted.fields and (key := media_key(stage, post)):
        made["attachments"] = {"media_keys": [key]}
    if "entities" in wanted.fields and (entities := _entities(post, short_form(full))):
        made["entities"] = entities
    if wanted.vocabulary.note in wanted.fields and len(full) > SHORT_FORM:
        made[wanted.vocabulary.note] = _note(post, full)
    return made


def user_object(author: Author, wanted: Wanted) -> Json:
    """A user with the fields that were asked for."""
    posts = 40 + int(share_of(0, "posts", author.platform_id) * 9000)
    details: Json = {
        "created_at": x_time(_joined(author)),
        "description": "",
        "location": "Bamako" if share_of(0, "place", author.platform_id) < 0.4 else None,  # noqa: PLR2004
        "profile_image_url": author.avatar
        if isinstance(author, Person)
        else f"https://pics.example/organisations/{author.handle}.png",
        "protected": False,
        "public_metrics": {
            "followers_count": posts // 3,
            "following_count": posts // 11,
            wanted.vocabulary.user_posts: posts,
            "listed_count": 0,
            "like_count": posts // 2,
        },
        "verified": False,
        "verified_type": "none",
    }
    basic: Json = {"id": author.platform_id, "name": author.name, "username": author.handle}
    return basic | {k: v for k, v in details.items() if k in wanted.user_fields and v is not None}


def short_form(text: str) -> str:
    """A text as it stands in `text`: long posts are cut there and whole in the note."""
    if len(text) <= SHORT_FORM:
        return text
    return text[: SHORT_FORM - 2].rsplit(" ", 1)[0] + "…"


def unique_users(authors: Iterable[Author], wanted: Wanted) -> list[Json]:
    """Each user once, in the order met."""
    users = {author.platform_id: author for author in authors}
    return [user_object(author, wanted) for author in users.values()]


def _plain_fields(stage: Stage, post: Post, wanted: Wanted) -> Json:
    now = stage.now
    made: Json = {
        "created_at": x_time(version_time(post, now)),
        "conversation_id": post.root_id,
        "lang": language_tag(post),
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": _metrics(stage, post, wanted.vocabulary),
        # The real service writes this number as a text, whatever its specification says.
        "edit_controls": {
            "edits_remaining": "4" if post.id_at(now) != post.platform_id else "5",
            "is_edit_eligible": post.kind == "post",
            "editable_until": x_time(post.created_at + EDIT_WINDOW),
        },
    }
    if post.withheld_in:
        made["withheld"] = {"copyright": False, "country_codes": list(post.withheld_in)}
    return {name: value for name, value in made.items() if name in wanted.fields}


def _people_fields(stage: Stage, post: Post, wanted: Wanted) -> Json:
    made: Json = {}
    if wanted.has("author_id"):
        made["author_id"] = post.author.platform_id
    if wanted.has("in_reply_to_user_id") and post.kind == "reply":
        made["in_reply_to_user_id"] = post.mentioned[0].platform_id
    if wanted.references:
        links = (
            ("retweeted", post.reposted_id),
            ("replied_to", post.parent_id),
            ("quoted", post.quoted_id),
        )
        found = [{"type": kind, "id": current_id(stage, one)} for kind, one in links if one]
        if found:
            made[wanted.vocabulary.referenced] = found
    return made


def current_id(stage: Stage, platform_id: str) -> str:
    """The id that a post bears now; edited posts have a new one."""
    post = stage.x_post(platform_id)
    return platform_id if post is None else post.id_at(stage.now)


def _metrics(stage: Stage, post: Post, vocabulary: Vocabulary) -> Json:
    now = stage.now
    if post.kind == "repost":
        # X gives a repost the reposts of its original, and nothing of its own.
        original = stage.x_post(post.reposted_id or "") or post
        counts = (grown(original, now, 0.3, "reposts"), 0, 0, 0, 0, 0)
    else:
        below = stage.below(post.platform_id)
        counts = (
            grown(post, now, 0.3, "reposts"),
            sum(one.parent_id == post.platform_id for one in below),
            grown(post, now, 1.0, "likes"),
            grown(post, now, 0.05, "quotes"),
            grown(post, now, 0.08, "bookmarks"),
            grown(post, now, 70.0, "views"),
        )
    names = (
        *(vocabulary.reposts, "reply_count", "like_count", "quote_count"),
        *("bookmark_count", "impression_count"),
    )
    return dict(zip(names, counts, strict=True))


def _entities(post: Post, text: str) -> Json:
    found: Json = {
        "urls": _urls(post, text),
        "mentions": [
            {"start": at, "end": at + len(one.handle) + 1, "username": one.handle}
            | {"id": one.platform_id}
            for one in post.mentioned
            if (at := text.find(f"@{one.handle}")) >= 0
        ],
        "hashtags": [
            {"start": match.start(), "end": match.end(), "tag": match.group(1)}
            for match in _HASHTAG.finditer(text)
        ],
    }
    return {name: values for name, values in found.items() if values}


def _urls(post: Post, text: str) -> list[Json]:
    link = post.link
    if link is None or (at := text.find(link.shown)) < 0:
        return []
    return [
        {
            "start": at,
            "end": at + len(link.shown),
            "url": link.shown,
            "expanded_url": link.target,
            "display_url": link.target.removeprefix("https://")[:28] + "…",
            "status": 200,
            "title": link.title,
            "unwound_url": link.target,
        }
    ]


def _note(post: Post, full: str) -> Json:
    entities = _entities(post, full)
    return {"text": full} | ({"entities": entities} if entities else {})


def _joined(author: Author) -> datetime:
    return author.created_at if isinstance(author, Person) else ORGANISATIONS_SINCE
