"""The two vocabularies of the X API: `post` (spec 2.167) and `tweet` (before)."""

from dataclasses import dataclass
from typing import Final

_COMMON: Final = frozenset(
    {"article", "attachments", "card_uri", "community_id", "context_annotations"}
    | {"conversation_id", "created_at", "display_text_range", "edit_controls", "entities", "geo"}
    | {"id", "lang", "media_metadata", "possibly_sensitive", "public_metrics", "reply_settings"}
    | {"scopes", "source", "text", "withheld"}
)
_COMMON_EXPANSIONS: Final = frozenset(
    {"attachments.media_keys", "attachments.media_source_tweet", "attachments.poll_ids"}
    | {"author_id", "entities.mentions.username", "geo.place_id", "in_reply_to_user_id"}
)
USER_FIELDS: Final = frozenset(
    {"created_at", "description", "entities", "id", "location", "name", "parody", "protected"}
    | {"profile_banner_url", "profile_image_url", "public_metrics", "url", "username"}
    | {"verified", "verified_type", "withheld"}
)
OTHER_FIELDS: Final = ("media.fields", "place.fields", "poll.fields")


@dataclass(frozen=True)
class Vocabulary:
    """How one version of the API names its parameters and fields."""

    parameter: str
    fields: frozenset[str]
    expansions: frozenset[str]
    referenced_expansion: str
    history: str
    note: str
    referenced: str
    included: str
    reposts: str
    user_posts: str
    count: str
    total: str
    resource: str
    problems: str


POST: Final = Vocabulary(
    parameter="post.fields",
    fields=_COMMON | {"note_post"},
    expansions=_COMMON_EXPANSIONS | {"edit_history_post_ids", "referenced_posts"},
    referenced_expansion="referenced_posts",
    history="edit_history_post_ids",
    note="note_post",
    referenced="referenced_posts",
    included="posts",
    reposts="repost_count",
    user_posts="post_count",
    count="post_count",
    total="total_post_count",
    resource="post",
    problems="https://api.x.com/2/problems/",
)
TWEET: Final = Vocabulary(
    parameter="tweet.fields",
    fields=_COMMON
    | {
        "author_id",
        "edit_history_tweet_ids",
        "in_reply_to_user_id",
        "note_tweet",
        "referenced_tweets",
    },
    expansions=_COMMON_EXPANSIONS
    | {
        "edit_history_tweet_ids",
        "entities.note.mentions.username",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    },
    referenced_expansion="referenced_tweets.id",
    history="edit_history_tweet_ids",
    note="note_tweet",
    referenced="referenced_tweets",
    included="tweets",
    reposts="retweet_count",
    user_posts="tweet_count",
    count="tweet_count",
    total="total_tweet_count",
    resource="tweet",
    problems="https://api.twitter.com/2/problems/",
)
