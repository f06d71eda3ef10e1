import gzip
import io
import json
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from classifiers.corpus import load_splits
from classifiers.inference import Classifier
from classify_posts import add_post, change_text
from config.agencies import load_agencies
from config.errors import InputError
from config.places import load_places
from config.vocabulary import SEVERITIES
from models import Mention, PlaceMention, Post, Prediction, Transcript
from pipelines.classify import ClassifyCounts, classify_pending
from pipelines.classify_files import FLAGS, classify_file, read_lines
from tiny_checkpoint import WORDS, train_tiny, write_encoder

AGENCIES = load_agencies()
PLACES = load_places()


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder = tmp_path_factory.mktemp("classify")
    encoder = write_encoder(folder / "encoder", WORDS)
    train_tiny(encoder, folder / "tiny@1", load_splits().all[:120], seed=3)
    return Classifier.load("tiny@1", folder)


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session


@pytest.fixture
def classify(session, classifier, now):
    def run(batch_size=2):
        return classify_pending(
            session,
            classifier,
            agencies=AGENCIES,
            places=PLACES,
            now=now,
            review_confidence=0.6,
            batch_size=batch_size,
        )

    return run


def test_every_post_without_a_prediction_gets_one(session, classify, now):
    for number in range(5):
        add_post(session, f"p{number}", f"Le PAM distribue des vivres à Mopti {number}")

    counts = classify()

    found = session.exec(select(Prediction).order_by(col(Prediction.post_id))).all()
    assert counts.read == len(found) == 5
    assert {row.classifier for row in found} == {"tiny@1"}
    assert {row.predicted_at for row in found} == {now}
    assert {row.language for row in found} == {"fr"}
    assert {row.severity for row in found} <= {*SEVERITIES}
    for row in found:
        assert row.stance == max(row.probabilities["stance"], key=row.probabilities["stance"].get)
        for chances in row.probabilities.values():
            assert sum(round(chance * 10_000) for chance in chances.values()) == 10_000


def test_a_second_run_reads_nothing_and_changes_nothing(session, classify):
    add_post(session, "p1", "Merci à MSF pour la clinique de Gao")
    classify()
    before = session.exec(select(Prediction)).one().model_dump()

    assert classify() == ClassifyCounts(0, 0, 0)
    assert session.exec(select(Prediction)).one().model_dump() == before


def test_a_changed_text_is_read_again_with_its_mentions(session, classify):
    add_post(session, "p1", "Merci à MSF pour la clinique de Gao")
    classify()
    change_text(session, "p1", "L'UNICEF est à Kayes depuis hier")

    assert classify().read == 1

    row = session.exec(select(Prediction)).one()
    assert [mention["agency"] for mention in row.mentions] == ["unicef"]
    assert session.exec(select(Mention.agency_id)).all() == ["unicef"]
    assert len(session.exec(select(PlaceMention)).all()) == 1


def test_a_prediction_of_another_classifier_does_not_count(session, classify, classifier, now):
    add_post(session, "p1", "Un texte")
    classify()
    row = session.exec(select(Prediction)).one()
    session.delete(row)
    session.add(Prediction(**(row.model_dump() | {"classifier": "other@1"})))
    session.flush()

    assert classify().read == 1


def test_a_comment_is_read_beside_its_parent(session, classify):
    add_post(session, "p1", "The agency gives food")
    add_post(session, "p2", "The ngo brings rice")
    for parent in ("p1", "p2"):
        add_post(session, f"c-{parent}", "thanks", kind="comment", parent_id=parent)
    add_post(session, "c-lost", "thanks", kind="comment", parent_id="gone")

    classify()

    chances = {row.post_id: row.probabilities["stance"] for row in session.exec(select(Prediction))}
    assert chances["c-p1"] != chances["c-p2"]
    assert chances["c-lost"] not in (chances["c-p1"], chances["c-p2"])


def test_each_agency_named_gets_its_own_stance_once(session, classify):
    add_post(session, "p1", "Merci à MSF, merci MSF. UNICEF dehors !")

    classify()

    mentions = session.exec(select(Prediction)).one().mentions
    assert [(entry["agency"], entry["start"], entry["end"]) for entry in mentions] == [
        ("msf", 8, 11),
        ("unicef", 24, 30),
    ]
    assert mentions[0]["probability"] != mentions[1]["probability"]
    assert session.exec(select(Mention.agency_id)).all().count("msf") == 2


def test_a_post_that_nobody_has_read_gets_no_label(session, classify):
    add_post(session, "p1", "", not_read="image")
    add_post(session, "p2", "https://example.org/a")

    counts = classify()

    assert (counts.read, counts.no_text, counts.for_review) == (2, 2, 2)
    for row in session.exec(select(Prediction)):
        assert (row.stance, row.relevance, row.probabilities) == (None, None, {})
        assert row.review_reasons == ["no_text"]


def test_a_picture_is_read_by_its_transcript(session, classify, now):
    add_post(session, "p1", "", not_read="photo", media=["photo"])
    classify()
    session.get(Post, "p1").not_read = None
    session.delete(session.exec(select(Prediction)).one())
    session.add(Transcript(post_id="p1", text="Merci à MSF à Gao", role="a-1", written_at=now))
    session.flush()

    assert classify() == ClassifyCounts(1, 0, session.exec(select(Prediction)).one().needs_review)
    row = session.exec(select(Prediction)).one()
    assert [mention["agency"] for mention in row.mentions] == ["msf"]
    assert session.exec(select(Mention.agency_id)).all() == ["msf"]
    assert "codab1_ML07" in session.exec(select(PlaceMention.place_id)).all()


def test_a_repost_is_left_to_the_post_it_repeats(session, classify):
    add_post(session, "p1", "RT un texte", kind="repost")

    assert classify().read == 0


def test_the_counts_speak():
    counts = ClassifyCounts(5, 1, 3, not_read=1)

    assert str(counts) == (
        "5 posts looked at, 1 without text, 1 in a language without a reader, 3 for review"
    )
    assert counts.as_dict() == {"read": 5, "no_text": 1, "for_review": 3, "not_read": 1}


ARABIC = "وصلت المساعدات إلى القرية مع UNICEF"


def test_a_text_in_a_language_without_reader_gets_no_label_and_no_stance(session, classify):
    add_post(session, "p1", ARABIC)

    assert classify() == ClassifyCounts(1, 0, 1, not_read=1)

    row = session.exec(select(Prediction)).one()
    assert (row.language, row.stance, row.relevance, row.probabilities) == ("ar", None, None, {})
    assert row.review_reasons == ["language_without_reader"]
    assert [(one["agency"], one["stance"]) for one in row.mentions] == [("unicef", None)]


def test_a_line_that_was_not_read_says_nothing_of_an_agency_either(classifier, tmp_path):
    lines = [{"id": "a", "text": ARABIC, "about": "msf"}, {"id": "b", "text": "", "about": "msf"}]
    run_file(classifier, write_lines(tmp_path / "in.jsonl", *lines), tmp_path / "out.jsonl")

    other, empty = read_records(tmp_path / "out.jsonl")

    assert (other["lang"], other["stance"], other["narrative"]) == ("ar", None, None)
    assert [(one["agency"], one["stance"], one["probability"]) for one in other["mentions"]] == [
        ("unicef", None, None),
        ("msf", None, None),
    ]
    assert [(one["agency"], one["stance"]) for one in empty["mentions"]] == [("msf", None)]


LINES = [
    {"id": "a", "text": "Le PAM distribue des vivres à Mopti", "about": "msf"},
    {"id": "b", "text": "", "extra": 1},
    {"id": "c", "text": "thanks", "kind": "comment", "parent_text": "The agency", "lang": "en"},
]


def write_lines(path: Path, *lines: object) -> Path:
    text = "".join(
        (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n"
        for line in lines
    )
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read_records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run_file(classifier, source, target):
    return classify_file(
        str(source),
        str(target),
        classifier,
        agencies=AGENCIES,
        places=PLACES,
        review_confidence=0.6,
    )


def test_a_file_gives_one_line_for_each_line_in_its_order(classifier, tmp_path):
    source = write_lines(tmp_path / "in.jsonl", *LINES)

    assert run_file(classifier, source, tmp_path / "out.jsonl") == 3

    found = read_records(tmp_path / "out.jsonl")
    assert [record["id"] for record in found] == ["a", "b", "c"]
    for record in found:
        assert list(record) == [
            "id",
            "lang",
            "relevance",
            "stance",
            "tone",
            "target",
            "severity",
            "narrative",
            "flags",
            "mentions",
            "places",
            "needs_review",
            "review_reasons",
            "classifier",
        ]
        assert record["classifier"] == "tiny@1"
    assert found[0]["severity"]["label"] in SEVERITIES
    assert list(found[0]["flags"]) == [*FLAGS]
    assert (found[1]["severity"], found[1]["flags"]) == (None, {})


def test_a_record_holds_the_fields_of_the_contract(classifier, tmp_path):
    source = write_lines(tmp_path / "in.jsonl", *LINES)
    run_file(classifier, source, tmp_path / "out.jsonl")

    first, empty, third = read_records(tmp_path / "out.jsonl")

    assert set(first["relevance"]["probability"]) == {"yes", "no", "cannot_tell"}
    assert set(first["narrative"]) == {"code", "probability"}
    assert [(m["agency"], m["start"], m["end"]) for m in first["mentions"]] == [
        ("wfp", 0, 6),
        ("msf", None, None),
    ]
    assert first["places"] == [{"place_id": "codab1_ML05", "text": "Mopti", "start": 30, "end": 35}]
    assert (empty["lang"], empty["stance"], empty["review_reasons"]) == ("und", None, ["no_text"])
    assert third["lang"] == "en"


def test_compressed_files_are_read_and_written_with_the_same_bytes(classifier, tmp_path):
    source = write_lines(tmp_path / "in.jsonl.gz", *LINES)

    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        run_file(classifier, source, tmp_path / name)

    assert (tmp_path / "one.jsonl.gz").read_bytes() == (tmp_path / "two.jsonl.gz").read_bytes()
    with gzip.open(tmp_path / "one.jsonl.gz", "rt", encoding="utf-8") as lines:
        assert len(lines.readlines()) == 3


def test_a_dash_is_standard_input_and_output(classifier, monkeypatch, capsys):
    content = (json.dumps(LINES[0]) + "\n\n").encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    assert run_file(classifier, "-", "-") == 1

    assert json.loads(capsys.readouterr().out)["id"] == "a"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"text": "sans id"}, ":2: id is missing or no string"),
        ({"id": 7, "text": "x"}, ":2: id is missing or no string"),
        ({"id": "x"}, ":2: text is missing or no string"),
        ({"id": "a", "text": "x"}, ":2: id 'a' is used twice"),
        ("[1]", ":2: not an object"),
        ("{oops", ":2: not JSON"),
        ({"id": "x", "text": "x", "parent_text": 3}, ":2: parent_text is no string"),
        ('{"id": "\\ud83d", "text": "x"}', ":2: id holds half a character"),
        ('{"id": "x", "text": "x", "n": ' + "1" * 6000 + "}", ":2: a number has too many digits"),
        ({"id": "x", "text": "x", "about": "nobody"}, ":2: unknown agency 'nobody'"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(classifier, tmp_path, line, said):
    source = write_lines(tmp_path / "in.jsonl", LINES[0], line, LINES[2])
    (tmp_path / "out.jsonl").write_text("before")

    with pytest.raises(InputError) as error:
        run_file(classifier, source, tmp_path / "out.jsonl")

    assert said in str(error.value)
    assert (tmp_path / "out.jsonl").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.jsonl", None, "cannot be read"),
        ("latin.jsonl", b'{"id":"a","text":"\xe9"}\n', "not UTF-8"),
        ("cut.jsonl.gz", gzip.compress(b'{"id":"a","text":"x"}\n')[:-9], "cannot be read"),
        ("damaged.jsonl.gz", gzip.compress(b"x")[:10] + b"\xff" * 20, "cannot be read"),
        ("plain.jsonl.gz", b'{"id":"a","text":"x"}\n', "cannot be read"),
    ],
)
def test_an_unreadable_file_is_named(classifier, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match=said):
        run_file(classifier, tmp_path / name, tmp_path / "out.jsonl")


def test_a_folder_that_cannot_be_written_to_is_named(classifier, tmp_path):
    source = write_lines(tmp_path / "in.jsonl", LINES[0])

    with pytest.raises(InputError, match="cannot be written"):
        run_file(classifier, source, tmp_path / "nowhere" / "out.jsonl")


def test_half_a_character_in_a_text_is_replaced(classifier, tmp_path):
    line = '{"id": "a", "text": "MINUSMA \\ud83d", "parent_text": "\\ude00", "lang": "\\ud83d"}'
    whole = '{"id": "b", "text": "\\ud83d\\ude00"}'
    source = write_lines(tmp_path / "in.jsonl", line, whole)

    assert run_file(classifier, source, tmp_path / "out.jsonl") == 2

    assert [record["id"] for record in read_records(tmp_path / "out.jsonl")] == ["a", "b"]
    first, second = read_lines(str(source), frozenset())
    assert (first.text, first.parent_text) == ("MINUSMA \ufffd", "\ufffd")
    assert second.text == "\U0001f600"


def test_an_empty_file_gives_an_empty_file(classifier, tmp_path):
    source = write_lines(tmp_path / "in.jsonl")

    assert run_file(classifier, source, tmp_path / "out.jsonl") == 0
    assert (tmp_path / "out.jsonl").read_text() == ""
