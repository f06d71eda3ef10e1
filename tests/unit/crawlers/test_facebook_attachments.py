import json

import pytest

from crawlers.parsers.facebook import parse_graph_comments, parse_graph_feed
from crawlers.parsers.items import PostItem

TIME = "2024-09-16T08:00:00+0000"
TARGET = "https%3A%2F%2Fagence.example%2Fvivres"
SHIM = f"https://l.facebook.com/l.php?u={TARGET}%3Ffbclid%3D1&h=AT0"
PHOTO_PLACE = "https://www.facebook.com/501/photos/7/"


def post(*attachments: dict, **node: object) -> PostItem:
    told = {"attachments": {"data": list(attachments)}} if attachments else {}
    whole = {"id": "501_9", "created_time": TIME, "message": "Bonjour"} | told | node
    return parse_graph_feed({"data": [whole]}, page_id="501").posts[0]


def link(**more: object) -> dict:
    return {"media_type": "link", "type": "share", "url": SHIM, "target": {"url": SHIM}} | more


def photo(**more: object) -> dict:
    return {"media_type": "photo", "type": "photo", "target": {"url": PHOTO_PLACE}} | more


@pytest.mark.parametrize(
    "card",
    [
        link(unshimmed_url="https://agence.example/vivres?utm_source=fb"),
        link(),
        link(url=f"https://www.facebook.com/l.php?u={TARGET}", target={}),
        link(url=f"https://www.facebook.com/flx/warn/?u={TARGET}", target={}),
        link(unshimmed_url=SHIM),
    ],
)
def test_a_link_is_kept_as_the_address_behind_its_shim(card):
    assert post(card).urls == ("https://agence.example/vivres",)


def test_a_shim_that_hides_its_target_is_no_link():
    blind = "https://l.facebook.com/l.php?h=AT0"
    assert post(link(url=blind, target={"url": blind})).urls == ()


def test_links_and_media_inside_an_album_are_read():
    album = {"media_type": "album", "type": "album", "target": {"url": PHOTO_PLACE}}
    inside = [photo(description="Sacs de mil"), {"media_type": "video", "type": "video"}]
    item = post(album | {"subattachments": {"data": inside}})
    assert item.media == ("photo", "video")
    assert item.captions == ("Sacs de mil",)
    assert item.urls == ()


def test_titles_and_descriptions_of_links_and_videos_are_captions():
    card = link(title="Vivres à Gao", description="Un reportage")
    video = {"media_type": "video", "type": "video_inline", "title": "Le convoi"}
    assert post(card, video).captions == ("Vivres à Gao", "Un reportage", "Le convoi")


def test_alt_texts_are_captions_wherever_they_stand():
    medium = {"alt_text": "une file de gens", "image": {"alt_text": "un camion", "src": "s"}}
    item = post(photo(alt_text="des sacs", media=medium))
    assert item.captions == ("des sacs", "une file de gens", "un camion")


def test_a_caption_that_repeats_the_message_is_not_kept():
    assert post(photo(description="Bonjour"), message="Bonjour à tous").captions == ()


def test_the_title_of_a_picture_or_of_a_shared_post_is_no_caption():
    shared = {"media_type": "link", "type": "share", "url": "https://www.facebook.com/12/posts/3"}
    item = post(photo(title="Photos de Awa Sidibé"), shared | {"title": "Fanta Kéita"})
    assert item.captions == ()


def test_people_tagged_in_a_description_are_private():
    tag = {"id": "77", "name": "Awa Sidibé", "type": "user", "offset": 5, "length": 4}
    item = post(photo(description="Avec Awa", description_tags=[tag]))
    assert item.private_names == ("Awa Sidibé", "Awa")


@pytest.mark.parametrize(
    ("message", "kind", "reposted"), [("Lisez ceci", "quote", None), (None, "repost", "777_3")]
)
def test_a_shared_post_leads_to_its_original(message, kind, reposted):
    item = post(message=message, parent_id="777_3", status_type="shared_story")
    assert (item.kind, item.parent_platform_id, item.reposted_platform_id) == (
        kind,
        "777_3",
        reposted,
    )
    assert (item.root_platform_id, item.venue_platform_id) == ("501_9", "501")


@pytest.mark.parametrize(
    "node",
    [
        {"parent_id": "777_3", "status_type": "wall_post"},
        {"parent_id": "501_9", "status_type": "shared_story"},
        {"status_type": "shared_story"},
    ],
)
def test_a_parent_of_another_story_makes_no_share(node):
    item = post(**node)
    assert (item.kind, item.parent_platform_id) == ("post", None)


@pytest.mark.parametrize(
    ("published", "state"), [(False, "unavailable"), (True, "visible"), (None, "visible")]
)
def test_an_unpublished_post_is_unavailable(published, state):
    assert post(is_published=published).state == state


def test_a_later_update_is_no_edit():
    item = post(updated_time="2024-09-19T08:00:00+0000")
    assert (item.edited, item.edit_number) == (False, None)


@pytest.mark.parametrize(("told", "hidden"), [(True, True), (False, False), ("no", None)])
def test_a_comment_says_whether_its_page_has_hidden_it(told, hidden):
    node = {"id": "9_1", "created_time": TIME, "message": "Merci", "is_hidden": told}
    (comment,) = parse_graph_comments({"data": [node]}, post_id="501_9", page_id="501").posts
    assert comment.hidden is hidden


def test_hidden_is_unknown_where_the_platform_does_not_say():
    node = {"id": "9_1", "created_time": TIME, "message": "Merci"}
    (comment,) = parse_graph_comments({"data": [node]}, post_id="501_9", page_id="501").posts
    assert comment.hidden is None


def test_a_picture_in_a_comment_keeps_its_caption():
    node = {"id": "9_1", "created_time": TIME, "attachment": photo(description="Regardez")}
    (comment,) = parse_graph_comments({"data": [node]}, post_id="501_9", page_id="501").posts
    assert (comment.text, comment.media, comment.captions) == ("", ("photo",), ("Regardez",))


def test_the_recorded_feed_gives_unshimmed_links_captions_and_reactions(shared_dir):
    recorded = shared_dir / "payloads" / "real" / "facebook" / "pyfb_feeds_default_p1.json"
    parsed = parse_graph_feed(json.loads(recorded.read_text()), page_id=None)
    assert len(parsed.posts) == 5
    assert not any("l.facebook.com" in url for item in parsed.posts for url in item.urls)
    assert any("engineering.fb.com" in url for item in parsed.posts for url in item.urls)
    assert sum(bool(item.captions) for item in parsed.posts) >= 1
    for item in parsed.posts:
        assert item.engagement is not None
        assert {"like", "love", "haha", "total"} <= {*(item.engagement.reactions or {})}
