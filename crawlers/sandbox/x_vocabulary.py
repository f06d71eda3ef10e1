"""The two vocabularies of the X API: `post` (spec 2.167) and `tweet` (before)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# Fields that only the owner of a post may read (non-public metrics) are refused here.
_COMMON: Final = (
    *("article", "attachments", "card_uri", "community_id"),
    *("context_annotations", "conversation_id", "created_at", "display_text_range"),
    *("edit_controls", "entities", "geo", "id", "lang", "matched_media_notes", "media_metadata"),
    *("note_request_suggestions", "paid_partnership", "possibly_sensitive", "public_metrics"),
    *("reply_settings", "scopes", "source", "suggested_source_links"),
    *("suggested_source_links_with_counts", "text", "withheld"),
)
_COMMON_EXPANSIONS: Final = (
    *("article.cover_media", "article.media_entities", "attachments.media_keys"),
    *("attachments.media_source_tweet", "attachments.poll_ids", "author_id"),
    *("entities.mentions.username", "geo.place_id", "in_reply_to_user_id"),
)
_COMMON_USER_FIELDS: Final = (
    *("confirmed_email", "connection_status", "created_at", "description", "entities", "id"),
    *("is_identity_verified", "location", "name", "parody", "profile_banner_url"),
    *("profile_image_url", "protected", "public_metrics", "receives_your_dm", "subscription"),
    *("subscription_type", "url", "username", "verified", "verified_followers_count"),
    *("verified_type", "withheld"),
)
PLACE_FIELDS: Final = (
    *("contained_within", "country", "country_code", "full_name", "geo", "id", "name"),
    "place_type",
)
POLL_FIELDS: Final = ("duration_minutes", "end_datetime", "id", "options", "voting_status")
OTHER_FIELDS: Final = ("media.fields", "poll.fields", "place.fields")


@dataclass(frozen=True)
class Vocabulary:
    """How one version of the API names its parameters and fields."""

    parameter: str
    fields: tuple[str, ...]
    expansions: tuple[str, ...]
    user_fields: tuple[str, ...]
    user_expansions: tuple[str, ...]
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
    fields=(*_COMMON, "article_title", "note_post"),
    expansions=(*_COMMON_EXPANSIONS, "edit_history_post_ids", "referenced_posts", "username"),
    user_fields=(*_COMMON_USER_FIELDS, "subscribes_to_you"),
    user_expansions=("affiliation", "most_recent_post_id", "pinned_post_id"),
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
    fields=(
        *(*_COMMON, "author_id", "edit_history_tweet_ids", "in_reply_to_user_id"),
        *("note_tweet", "referenced_tweets"),
    ),
    expansions=(
        *(*_COMMON_EXPANSIONS, "edit_history_tweet_ids", "entities.note.mentions.username"),
        *("referenced_tweets.id", "referenced_tweets.id.attachments.media_keys"),
        "referenced_tweets.id.author_id",
    ),
    user_fields=(*_COMMON_USER_FIELDS, "affiliation", "most_recent_tweet_id", "pinned_tweet_id"),
    user_expansions=("affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"),
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

# How a request in the newer words reads in the older ones.
_OLDER: Final = {
    "note_post": "note_tweet",
    "referenced_posts": "referenced_tweets.id",
    "edit_history_post_ids": "edit_history_tweet_ids",
    "most_recent_post_id": "most_recent_tweet_id",
    "pinned_post_id": "pinned_tweet_id",
    "affiliation": "affiliation.user_id",
}


def in_older_words(names: Iterable[str]) -> frozenset[str]:
    """Fields or expansions of the newer vocabulary by their older names."""
    return frozenset(_OLDER.get(name, name) for name in names)
