import pytest

from config.errors import UsageError
from crawlers.by_hand.fields import told_place
from crawlers.by_hand.forms import post_questions, sighting_questions
from crawlers.by_hand.questions import complete


class Terminal:
    """Answers typed one after the other, and what was shown."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.shown: list[str] = []

    def ask(self, prompt: str) -> str | None:
        self.shown.append(prompt)
        return self.answers.pop(0) + "\n" if self.answers else None

    def say(self, line: str) -> None:
        self.shown.append(line)


def asked_for_a_post(desk, *answers, **given):
    terminal = Terminal(*answers)
    return complete(given, post_questions(desk), terminal.ask, terminal.say), terminal


POST_ANSWERS = (
    "fb", "", "2024-09-11 14:30", "Konna", "4", "2", "Une photo dit que les vivres sont vendus",
    "", "", "", "1", "analyst-1", "",
)  # fmt: skip


def test_short_answers_and_numbers_make_a_whole_post(desk):
    answers, _ = asked_for_a_post(desk, *POST_ANSWERS)

    assert answers == {
        "platform": "fb",
        "kind": "post",
        "time": "2024-09-11 14:30",
        "place": "Konna",
        "language": "ff",
        "form": "image",
        "text": "Une photo dit que les vivres sont vendus",
        "agency": "",
        "page": "unregistered",
        "url": "",
        "basis": "public_page",
        "role": "analyst-1",
    }


def test_what_options_gave_is_not_asked(desk):
    given = {"platform": "x", "language": "fr", "form": "text", "time": "2024-09-11"}
    answers, terminal = asked_for_a_post(
        desk, "", "none", "Le post dit que les ONG partent", "", "", "", "1", "a-1", "", **given
    )

    assert answers["platform"] == "x"
    assert not any("Plateforme" in line for line in terminal.shown)


def test_a_wrong_answer_is_explained_and_asked_again(desk):
    _, terminal = asked_for_a_post(desk, "myspace", *POST_ANSWERS)

    assert any("! posts are of facebook or x" in line for line in terminal.shown)


def test_an_ambiguous_place_is_chosen_by_number(desk):
    with_gao = (*POST_ANSWERS[:3], "Gao", "2", *POST_ANSWERS[4:])
    answers, terminal = asked_for_a_post(desk, *with_gao)

    assert told_place(answers["place"], desk.places).level == "adm2"
    assert any("région / region" in line for line in terminal.shown)


def test_the_page_is_checked_on_the_platform_given_before(desk):
    with_page = (*POST_ANSWERS[:8], "radio-inconnue", "radio-test", *POST_ANSWERS[9:])
    answers, terminal = asked_for_a_post(desk, *with_page)

    assert answers["page"] == "radio-test"
    assert any("no facebook page 'radio-inconnue'" in line for line in terminal.shown)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((*POST_ANSWERS[:-1], "n"), "not confirmed; nothing was added"),
        (POST_ANSWERS[:-1], "not confirmed; nothing was added"),
        (POST_ANSWERS[:5], "stopped before the end; nothing was added"),
    ],
)
def test_nothing_is_kept_of_an_unfinished_form(desk, answers, said):
    with pytest.raises(UsageError, match=said):
        asked_for_a_post(desk, *answers)


def test_where_nobody_can_answer_the_missing_options_are_named(desk):
    with pytest.raises(UsageError, match="missing: --time, --place, --language, --form, --text"):
        complete({"platform": "x"}, post_questions(desk), None, print)


def test_whole_options_need_no_question_and_no_confirmation(desk, codebook):
    given = {
        "channel": "radio", "form": "broadcast", "date": "2024-09-11", "place": "none",
        "language": "bm", "text": "Une émission dit que le vaccin rend malade",
        "reporter": "resident", "basis": "broadcast", "role": "a-1",
    }  # fmt: skip
    answers = complete(given, sighting_questions(desk, codebook), None, print)

    assert answers == given | {"village": "", "agency": "", "narrative": ""}
