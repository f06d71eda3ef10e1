"""What is asked of the Graph API: edges, fields, parameters, addresses. Pure.

The version stands in each address. The token never does: it is a header (crawlers.middlewares).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from crawlers.checkpoints import Window
from crawlers.parsers.facebook_attachments import ALT_TEXT_NAMES
from crawlers.parsers.graph_paging import position_params

# A page that refuses one of these edges is asked for the next one.
FEED_EDGES: Final = ("feed", "published_posts", "posts")
COMMENTS: Final = "comments"
NODE: Final = "node"  # one object by its id; the endpoint its payload is kept under
PHOTOS: Final = "photos"  # several photos by their ids
MOST_IDS: Final = 50  # of one request

REACTION_TYPES: Final = (
    "LIKE", "LOVE", "CARE", "HAHA", "WOW", "SAD", "ANGRY", "THANKFUL", "PRIDE",
)  # fmt: skip
_ATTACHMENT: Final = "media_type,type,url,unshimmed_url,title,description,target,media"
# Without filter(stream) the total claims top-level comments only, and replies look like a surplus.
_FEED_COMMON: Final = (
    "id,message,story,created_time,updated_time,permalink_url,from,status_type,parent_id,"
    "is_published,message_tags,full_picture,shares,"
    "reactions.limit(0).summary(total_count),"
    "comments.filter(stream).limit(0).summary(total_count)"
)
FEED_FIELDS: Final = ",".join(
    (
        _FEED_COMMON,
        f"attachments{{{_ATTACHMENT},description_tags,subattachments{{{_ATTACHMENT}}}}}",
        *(
            f"reactions.type({name}).limit(0).summary(total_count).as({name.lower()})"
            for name in REACTION_TYPES
        ),
    )
)
LEAN_FEED_FIELDS: Final = f"{_FEED_COMMON},attachments{{{_ATTACHMENT},subattachments}}"
# like_count stays in both: a comment met in a poll is known by its counts of that poll.
LEAN_COMMENT_FIELDS: Final = (
    "id,message,created_time,like_count,comment_count,from,message_tags,parent,attachment"
)
COMMENT_FIELDS: Final = f"{LEAN_COMMENT_FIELDS},permalink_url,is_hidden"


@dataclass(frozen=True)
class Manner:
    """How a page is asked: by which edge, with which fields, in pages of which size."""

    edge: int = 0  # of FEED_EDGES
    lean: bool = False  # only fields that every version and token has given
    size: int | None = None  # smaller than the deployment's page size

    @property
    def feed_edge(self) -> str:
        """The edge that posts are asked of."""
        return FEED_EDGES[self.edge]

    @property
    def feed_fields(self) -> str:
        """Fields of a post."""
        return LEAN_FEED_FIELDS if self.lean else FEED_FIELDS

    @property
    def comment_fields(self) -> str:
        """Fields of a comment."""
        return LEAN_COMMENT_FIELDS if self.lean else COMMENT_FIELDS

    def page_size(self, usual: int) -> str:
        """Records asked for per page."""
        return str(min(usual, self.size or usual))


USUAL: Final = Manner()


def feed_params(
    asked: Window, position: str | None, manner: Manner, *, page_size: int
) -> dict[str, str]:
    """Parameters of a page of posts; the position of time paging goes before the window's end."""
    return {
        "fields": manner.feed_fields,
        "since": str(int(asked.start.timestamp())),
        "until": str(int(asked.end.timestamp())),
        "limit": manner.page_size(page_size),
        **_at(position),
    }


def comment_params(
    position: str | None, manner: Manner, *, replies_of_post: bool, page_size: int
) -> dict[str, str]:
    """Parameters of a page of comments, oldest first: of a whole thread, or of one comment."""
    return {
        "fields": manner.comment_fields,
        "filter": "stream" if replies_of_post else "toplevel",
        "order": "chronological",
        "summary": "true",
        "limit": manner.page_size(page_size),
        **_at(position),
    }


def node_params(manner: Manner) -> dict[str, str]:
    """Parameters of one post asked by its id."""
    return {"fields": manner.feed_fields}


def photo_params(photos: Iterable[str]) -> dict[str, str]:
    """Parameters of photos asked by their ids, for the texts that say what they show."""
    return {"ids": ",".join(photos), "fields": ",".join(ALT_TEXT_NAMES)}


def address(base_url: str, version: str, path: str, params: Mapping[str, str]) -> str:
    """The address of a request: version, node and edge, parameters."""
    return f"{base_url}/{version}/{quote(path)}?{urlencode(params)}"


def _at(position: str | None) -> dict[str, str]:
    return {} if position is None else position_params(position)
