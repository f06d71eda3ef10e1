"""What the X API asks of a request before it answers; what it refuses is a 400 with the reason."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from crawlers.sandbox.elements import Post
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_media import MEDIA_FIELDS
from crawlers.sandbox.x_objects import Wanted
from crawlers.sandbox.x_vocabulary import (
    OTHER_FIELDS,
    PLACE_FIELDS,
    POLL_FIELDS,
    POST,
    TWEET,
    Vocabulary,
    in_older_words,
)
from crawlers.sandbox.x_window import BadRequestError, Params

ID: Final = re.compile(r"[0-9]{1,19}")
HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,15}")
MOST_LISTED: Final = 100
WINDOW: Final = ("start_time", "end_time", "since_id", "until_id")
POST_SHAPE: Final = ("expansions", "post.fields", "tweet.fields", "user.fields", *OTHER_FIELDS)
USER_SHAPE: Final = ("expansions", "post.fields", "tweet.fields", "user.fields")


@dataclass(frozen=True)
class Call:
    """One request: parameters, authorisation, the id in its path, body, the server's address."""

    params: Params
    authorization: str = ""
    object_id: str = ""
    body: bytes = b""
    address: str = ""


def check_names(stage: Stage, params: Params, *known: str) -> None:
    """Refuse parameters that the endpoint does not have, or not in the words it understands."""
    hidden = {
        POST.parameter if stage.legacy_only else "",
        TWEET.parameter if stage.post_only else "",
    }
    names = [name for name in known if name not in hidden]
    for name in params:
        if name not in names:
            listed = ",".join(names)
            raise BadRequestError(name, f"The query parameter [{name}] is not one of [{listed}]")


def vocabulary_of(stage: Stage, params: Params) -> Vocabulary:
    """The words a request is made in; the newer ones when it does not tell."""
    if POST.parameter in params and TWEET.parameter in params:
        raise BadRequestError(TWEET.parameter, "Use post.fields or tweet.fields, not both.")
    usual = TWEET if stage.legacy_only else POST
    return next((words for words in (POST, TWEET) if words.parameter in params), usual)


def wanted_posts(stage: Stage, params: Params) -> Wanted:
    """What a request for posts wants to see of them."""
    words = vocabulary_of(stage, params)
    listed(params, "place.fields", PLACE_FIELDS)
    listed(params, "poll.fields", POLL_FIELDS)
    return _answered_in(stage, _wanted(params, words, words.expansions))


def wanted_users(stage: Stage, params: Params) -> Wanted:
    """What a request for users wants to see of them."""
    words = vocabulary_of(stage, params)
    return _answered_in(stage, _wanted(params, words, words.user_expansions))


def listed(params: Params, name: str, allowed: Sequence[str]) -> frozenset[str]:
    """The values of a parameter with commas, all of which must be allowed."""
    values = frozenset(value for value in params.get(name, "").split(",") if value)
    if unknown := sorted(values - set(allowed)):
        among = ",".join(allowed)
        raise BadRequestError(
            name, f"The `{name}` query parameter value [{unknown[0]}] is not one of [{among}]"
        )
    return values


def one_of(params: Params, name: str, allowed: Sequence[str]) -> str:
    """The value of a parameter, the first of the allowed ones when it is not given."""
    value = params.get(name, allowed[0])
    if value not in allowed:
        among = ",".join(allowed)
        raise BadRequestError(
            name, f"The `{name}` query parameter value [{value}] is not one of [{among}]"
        )
    return value


def number(params: Params, name: str, least: int, most: int, usual: int) -> int:
    """A whole number within bounds."""
    text = params.get(name, str(usual))
    if not text.isdigit() or not least <= int(text) <= most:
        raise BadRequestError(
            name, f"The `{name}` query parameter value [{text}] is not between {least} and {most}"
        )
    return int(text)


def several(params: Params, name: str, pattern: re.Pattern[str]) -> list[str]:
    """One to a hundred values of a required parameter, in their order, each once."""
    values = params.get(name, "").split(",")
    if values == [""]:
        raise BadRequestError(name, f"The `{name}` query parameter can not be empty")
    if len(values) > MOST_LISTED:
        raise BadRequestError(
            name, f"size must be between 1 and {MOST_LISTED}: {len(values)} {name} were given"
        )
    for value in values:
        if not pattern.fullmatch(value):
            raise BadRequestError(
                name,
                f"The `{name}` query parameter value [{value}] does not match ^{pattern.pattern}$",
            )
    return list(dict.fromkeys(values))


def check_id(object_id: str) -> str:
    """The id in a path."""
    if not ID.fullmatch(object_id):
        raise BadRequestError(
            "id", f"The `id` query parameter value [{object_id}] does not match ^{ID.pattern}$"
        )
    return object_id


@dataclass(frozen=True)
class Token:
    """Where a list goes on: whose list it is, and behind which id or moment."""

    of: str
    before: str | None = None
    detours: int = 0  # empty pages met on the way, so that no two tokens are the same

    def __str__(self) -> str:
        content = {"q": self.of[:40], "before": self.before}
        more = {"detours": self.detours} if self.detours else {}
        return base64.urlsafe_b64encode(json.dumps(content | more).encode()).decode().rstrip("=")


def token_of(params: Params, of: str, names: Sequence[str] = ("pagination_token",)) -> Token | None:
    """The token a request goes on from."""
    given = [name for name in names if name in params]
    if len(given) > 1:
        raise BadRequestError(given[1], f"Only one of [{','.join(given)}] may be provided.")
    if not given:
        return None
    content = token_content(params[given[0]])
    if content is None or content.get("q") not in {"", of[:40]}:
        raise BadRequestError(
            given[0], f"The `{given[0]}` query parameter value [{params[given[0]]}] is not valid"
        )
    return Token(of, content.get("before"), content.get("detours", 0))


def token_content(text: str) -> dict[str, Any] | None:
    """What a token of ours holds; None when it is none."""
    try:
        content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
    return content if isinstance(content, dict) else None


@dataclass(frozen=True)
class Slice:
    """One page of a list, and the token of the page after it."""

    posts: Sequence[Post]
    following: Token | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


def sliced(stage: Stage, found: Sequence[Post], size: int, token: Token | None, of: str) -> Slice:
    """The next page of a list of posts, newest first."""
    rest = list(found)
    if token is not None and token.before is not None:
        ids = [one.id_at(stage.now) for one in rest]
        if token.before in ids:
            rest = rest[ids.index(token.before) + 1 :]
        else:
            rest = [one for one in rest if int(one.id_at(stage.now)) < int(token.before)]
    page = rest[: stage.capped(size)]
    more = len(rest) > len(page) and page
    return Slice(page, Token(of, page[-1].id_at(stage.now)) if more else None)


def _wanted(params: Params, words: Vocabulary, expansions: Sequence[str]) -> Wanted:
    return Wanted(
        vocabulary=words,
        fields=listed(params, words.parameter, words.fields),
        expansions=listed(params, "expansions", expansions),
        user_fields=listed(params, "user.fields", words.user_fields),
        media_fields=listed(params, "media.fields", MEDIA_FIELDS),
    )


def _answered_in(stage: Stage, wanted: Wanted) -> Wanted:
    if not stage.answers_in_legacy or wanted.vocabulary is TWEET:
        return wanted
    return replace(
        wanted,
        vocabulary=TWEET,
        fields=in_older_words(wanted.fields),
        expansions=in_older_words(wanted.expansions),
    )
