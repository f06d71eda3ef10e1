import pytest

from classifiers.segments import fit, has_something_to_read, normalise, segments


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Voir https://example.org/a?b=1 merci", "Voir link merci"),
        ("@… et @quelquun disent", "@user et @user disent"),
        ("#ONGdehors #StopVaccin", "# ONG dehors # Stop Vaccin"),
        ("Merci 🙏🏾", "Merci person with folded hands"),
        ("deux\n\nlignes", "deux lignes"),
        ("nom@example.org", "nom@example.org"),
    ],
)
def test_links_handles_hashtags_and_emojis_get_one_form(text, wanted):
    assert normalise(text) == wanted


def test_a_comment_has_its_parent_as_context_and_a_question_names_the_agency_first():
    found = segments("d'accord", parent_text="Le PAM arrive", about="PAM")

    assert found.text == "d'accord"
    assert found.context == "about PAM : Le PAM arrive"
    assert segments("seul").context == ""


@pytest.mark.parametrize("text", ["", "  ", "https://t.co/x", "@… @moi", "…!?"])
def test_links_handles_and_marks_alone_are_nothing_to_read(text):
    assert not has_something_to_read(text)


@pytest.mark.parametrize("text", ["ok", "🙏", "6400", "https://t.co/x non"])
def test_letters_digits_and_emojis_are_something_to_read(text):
    assert has_something_to_read(text)


def test_a_text_alone_may_fill_the_room():
    text, context = fit(range(300), [])

    assert len(text) + 2 == 128
    assert context == []


def test_a_long_context_is_cut_before_the_text():
    text, context = fit(range(60), range(300))

    assert len(text) == 60
    assert len(text) + len(context) + 3 == 128


def test_a_long_text_leaves_some_room_for_the_context():
    text, context = fit(range(300), range(300))

    assert (len(text), len(context)) == (88, 37)


def test_a_short_context_leaves_its_room_to_the_text():
    text, context = fit(range(300), range(5))

    assert (len(text), len(context)) == (120, 5)
