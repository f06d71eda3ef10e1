"""Synthetic rows and objects of export formats; people, pages and posts are invented."""

X_ID = "1838123456789012480"
TWARC = {
    "id": X_ID,
    "conversation_id": X_ID,
    "referenced_tweets.replied_to.id": "",
    "referenced_tweets.quoted.id": "1838000000000000001",
    "author_id": "501",
    "created_at": "2024-09-16T08:00:00.000Z",
    "text": "Bonjour &amp; merci @radio_invente",
    "lang": "fr",
    "public_metrics.like_count": "12",
    "public_metrics.retweet_count": "3",
    "public_metrics.impression_count": "",
    "edit_history_tweet_ids": f'["1838123456789012000", "{X_ID}"]',
    "entities.urls": '[{"expanded_url": "https://journal.example/a"}]',
    "entities.mentions": '[{"username": "radio_invente", "id": "9"}]',
    "attachments.media": '[{"media_key": "3_1", "type": "photo", "alt_text": "Des sacs de riz"}]',
    "attachments.media_keys": '["3_1"]',
    "author.username": "compte_invente",
    "author.name": "Compte Inventé",
}
PAGE_LAYOUT = {
    "Page Name": "Radio Inventée",
    "User Name": "radioinventee",
    "Facebook Id": "100001",
    "Likes at Posting": "20 000",
    "Post Created": "2023-10-27 15:00:03 EDT",
    "Type": "Link",
    "Total Interactions": "1,234",
    "Likes": "1,000",
    "Comments": "34",
    "Shares": "200",
    "Love": "5",
    "Care": "0",
    "Post Views": "0",
    "Video Length": "N/A",
    "URL": "https://www.facebook.com/radioinventee/posts/777",
    "Message": "Distribution à Sévaré",
    "Link": "https://bit.example/x",
    "Final Link": "https://journal.example/riz",
    "Link Text": "Riz pour Sévaré",
    "Overperforming Score (weighted  —  Likes 1x )": "1.2",
}
GROUP_LAYOUT = {("Group Name" if k == "Page Name" else k): v for k, v in PAGE_LAYOUT.items()} | {
    "URL": "https://www.facebook.com/groups/200002/permalink/777"
}
OLD_LAYOUT = {
    "User Name": "radioinventee",
    "Facebook Id": "100001",
    "Likes at Posting": "20000",
    "Created": "2023-10-27 19:00:03 UTC",
    "Type": "Link",
    "Likes": "1000",
    "Comments": "34",
    "Shares": "200",
    "Love": "5",
    "Care": "0",
    "URL": "https://www.facebook.com/radioinventee/posts/777",
    "Message": "Distribution à Sévaré",
    "Final Link": "https://journal.example/riz",
    "Link Text": "Riz pour Sévaré",
}
LIBRARY = {
    "id": "1234567890123456789",
    "creation_time": "2024-09-16T08:00:00+0000",
    "content_type": "photos",
    "lang": "fr",
    "link_attachment.name": "Riz",
    "link_attachment.link": "",
    "multimedia": '[{"type": "photo", "id": "1"}]',
    "post_owner.id": "55",
    "post_owner.name": "Compte Inventé",
    "post_owner.type": "Facebook Profile",
    "shared_post_id": "",
    "statistics.like_count": "0",
    "statistics.share_count": "2",
    "statistics.views": "",
    "surface.id": "66",
    "text": "Merci",
}
FACEPAGER_POST = {
    "path": "/page/feed",
    "id": "12",
    "parent_id": "1",
    "object_id": "100001_777",
    "object_type": "data",
    "query_status": "fetched (200)",
    "query_type": "Facebook:/<page>/feed",
    "created_time": "2024-09-16T08:00:00+0000",
    "message": "Distribution",
    "type": "photo",
    "comments.summary.total_count": "4",
    "shares.count": "2",
    "love.summary.total_count": "1",
}
X_ADDRESS = f"https://twitter.com/compte_invente/status/{X_ID}"
VENDORS = {
    "meltwater": {
        "Date": "16-Sep-2024 08:00AM", "URL": X_ADDRESS, "Hit Sentence": "Bonjour", "Source": "X",
        "Tweet Id": X_ID, "Headline": "", "Opening Text": "", "Language": "fr",
    },
    "brandwatch": {
        "Query Id": "1", "Date": "2024-09-16 08:00:00.0", "Url": X_ADDRESS, "Page Type": "twitter",
        "Full Text": "Bonjour", "Snippet": "Bonj", "Author": "compte_invente", "Language": "fr",
        "X Author ID": "501",
    },
    "talkwalker": {
        "url": X_ADDRESS, "published": "1726473600000", "content": "Bonjour", "title": "",
        "source_type": "SOCIALMEDIA,SOCIALMEDIA_TWITTER", "lang": "fr",
    },
}  # fmt: skip
LEGACY = {
    "full_text": "Bonjour @radio_invente https://t.co/a",
    "created_at": "Mon Sep 16 08:00:00 +0000 2024",
    "conversation_id_str": X_ID,
    "favorite_count": 4,
    "retweet_count": 2,
    "lang": "fr",
    "entities": {
        "urls": [{"expanded_url": "https://journal.example/a"}],
        "user_mentions": [{"id_str": "9", "screen_name": "radio_invente", "name": "Radio"}],
        "media": [{"id_str": "31", "type": "photo", "ext_alt_text": "Des sacs"}],
    },
}
USER = {"rest_id": "501", "core": {"screen_name": "compte_invente", "name": "Compte Inventé"}}
GRAPHQL = {
    "__typename": "Tweet",
    "rest_id": X_ID,
    "core": {"user_results": {"result": USER}},
    "views": {"count": "90"},
    "edit_control": {"edit_tweet_ids": [X_ID]},
    "legacy": LEGACY,
}
CAPTURE = {
    "nav_index": "1:1", "item_id": X_ID, "timestamp_collected": 1726480000000,
    "source_platform": "twitter.com", "data": GRAPHQL,
}  # fmt: skip
STATUS = LEGACY | {"id_str": X_ID, "user": {"id_str": "501", "screen_name": "compte_invente"}}
