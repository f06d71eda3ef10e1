from datetime import UTC, datetime

import pytest
from sqlmodel import select

from config.errors import UsageError
from crawlers.by_hand.transcripts import transcribe, unread_counts, unread_posts
from models import Annotation, HandLog, Post, Prediction, Transcript, readable_texts

POSTED = datetime(2024, 9, 17, 9, tzinfo=UTC)
WRITTEN = "Une affiche annonce une distribution de vivres demain à Konna"


@pytest.fixture
def picture(session):
    """Adds a post whose only content is a picture; gives its id."""

    def add(name="a", **columns) -> str:
        given = {
            "platform": "facebook",
            "kind": "post",
            "created_at": POSTED,
            "text": "",
            "text_hash": "empty",
            "message_hash": "empty",
            "urls": [],
            "media": ["photo"],
            "not_read": "photo",
            "acquisition": "graph_api",
        }
        session.add(Post(id=name * 32, **(given | columns)))
        session.flush()
        return name * 32

    return add


def predicted(session, post_id, now, **labels):
    given = {"language": "und", "probabilities": {}, "needs_review": True, "review_reasons": []}
    session.add(
        Prediction(
            post_id=post_id,
            classifier="c@1",
            text_hash="empty",
            predicted_at=now,
            **(given | labels),
        )
    )
    session.flush()


def test_a_transcript_makes_a_picture_read(session, desk, picture, now):
    post_id = picture()
    predicted(session, post_id, now)

    transcribe(desk, post_id[:8], WRITTEN, role="analyst-1")

    assert session.get(Post, post_id).not_read is None
    assert readable_texts(session, [post_id]) == {post_id: WRITTEN}
    row = session.get(Transcript, post_id)
    assert (row.role, row.written_at) == ("analyst-1", now)
    assert session.exec(select(Prediction)).all() == []
    assert [line.action for line in session.exec(select(HandLog))] == ["transcribed"]


def test_a_transcript_is_masked_like_every_text(session, desk, picture):
    post_id = picture()

    transcribe(desk, post_id, "Affiche: appelez Moussa Traoré au 76 45 12 33", role="a-1")

    assert session.get(Transcript, post_id).text == "Affiche: appelez [nom] au [tél.]"


def test_a_caption_and_its_pictures_transcript_are_read_together(session, desk, picture):
    post_id = picture(text="Regardez 😂", not_read=None)

    transcribe(desk, post_id, WRITTEN, role="a-1")

    assert readable_texts(session, [post_id]) == {post_id: f"Regardez 😂\n{WRITTEN}"}
    assert session.get(Post, post_id).message_hash == "empty"


def test_pictures_written_down_in_the_same_long_words_are_one_message_others_are_not(
    session, desk, picture
):
    ids = [picture(name) for name in "abcd"]
    for post_id, text in zip(ids, (WRITTEN, WRITTEN, "Un logo", "Un logo"), strict=True):
        transcribe(desk, post_id, text, role="a-1")

    messages = [session.get(Post, post_id).message_hash for post_id in ids]
    assert messages[0] == messages[1]
    assert len(set(messages)) == 3


def test_a_better_transcript_replaces_the_first_and_is_logged(session, desk, picture, now):
    post_id = picture()
    transcribe(desk, post_id, "Une affiche", role="a-1")
    predicted(session, post_id, now)
    transcribe(desk, post_id, "Une affiche", role="a-2")
    assert len(session.exec(select(Prediction)).all()) == 1

    transcribe(desk, post_id, WRITTEN, role="a-2")

    assert session.get(Transcript, post_id).text == WRITTEN
    assert session.exec(select(Prediction)).all() == []
    assert [(line.action, line.role) for line in session.exec(select(HandLog))] == [
        ("transcribed", "a-1"),
        ("replaced", "a-2"),
    ]


@pytest.mark.parametrize(
    ("columns", "text", "said"),
    [
        ({"media": [], "not_read": None, "text": "Un mot"}, WRITTEN, "no picture, video or sound"),
        ({}, " \n", "the transcript is empty"),
    ],
)
def test_there_must_be_something_to_write_down_and_something_written(
    desk, picture, columns, text, said
):
    with pytest.raises(UsageError, match=said):
        transcribe(desk, picture(**columns), text, role="a-1")


def test_what_nobody_read_is_listed_with_its_captions_and_counted(session, picture, now):
    picture("a", captions=["Une femme devant un camion"], platform_language="fr")
    picture("b", not_read="video", media=["video"])
    picture("c", not_read="video", media=["video"])
    picture("d", text="ɔwɔ an ka taa", not_read=None, media=[])
    predicted(session, "d" * 32, now, language="bm", relevance="yes")

    found = unread_posts(session)

    assert [one.captions for one in found if one.form == "photo"] == [
        ("Une femme devant un camion",)
    ]
    assert unread_counts(found) == [
        {"form": "photo", "language": "fr", "posts": 1},
        {"form": "text", "language": "bm", "posts": 1},
        {"form": "video", "language": "unknown", "posts": 2},
    ]
    assert {one.form for one in unread_posts(session, form="video")} == {"video"}
    assert {one.form for one in unread_posts(session, language="bm")} == {"text"}


def test_an_unknown_form_is_refused_and_never_said_to_be_read(session, picture):
    picture("b", not_read="video", media=["video"])

    with pytest.raises(UsageError, match="form 'videos' is not known"):
        unread_posts(session, form="videos")


def test_captions_alone_do_not_make_a_picture_read(session, picture):
    post_id = picture(captions=["Image de camion"])

    assert [one.post_id for one in unread_posts(session)] == [post_id]
    assert readable_texts(session, [post_id]) == {post_id: ""}


def test_what_somebody_read_or_nobody_can_see_any_more_is_not_listed(session, desk, picture, now):
    transcribe(desk, picture("a"), WRITTEN, role="a-1")
    picture("b", state="deleted")
    picture("c")
    session.add(Annotation(post_id="c" * 32, coder="A1", annotated_at=now, stance="neutral"))
    for name, labels in {
        "d": {"language": "fr", "relevance": "yes"},
        "e": {"language": "bm", "relevance": "no"},
    }.items():
        picture(name, text="Un mot", not_read=None, media=[])
        predicted(session, name * 32, now, **labels)

    assert unread_posts(session) == []


def test_a_role_is_a_code(desk, picture):
    with pytest.raises(UsageError, match="is no role code"):
        transcribe(desk, picture(), WRITTEN, role="Awa Inconnue")
