import pytest

from classifiers.probes import PROBES, leak_probes, marks, typing_noise
from corpus_items import item

STANCES = ("neutral", "positive", "suspicious")


def items(name, n, **leak):
    """Items of three stances; a `leak` names the value of a field for each stance."""
    made = []
    for index in range(n):
        stance = STANCES[index % 3]
        fields = {field: values[index % 3] for field, values in leak.items()}
        text = fields.pop("text", "le riz est là")
        made.append(item(f"{name}{index}", stance=stance, text=f"{text} {index % 7}", **fields))
    return made


@pytest.mark.parametrize(
    ("probe", "leak"),
    [
        ("venue, platform and kind", {"venue": ("radio", "un", "agency")}),
        ("length and punctuation", {"text": ("le riz ?", "le riz !", "le riz …")}),
        ("typing noise", {"text": ("LE RIZ", "le rz dns", "lé riiiz")}),
        ("words of the idea", {"idea": ("puits", "merci", "espion")}),
        (
            "parent text alone (comments)",
            {"parent_text": ("avis", "don", "radio"), "kind": ("comment",) * 3},
        ),
    ],
)
def test_a_probe_finds_the_leak_it_looks_for(probe, leak):
    found = {
        score.name: score for score in leak_probes(items("a", 120, **leak), items("b", 60, **leak))
    }

    assert found[probe].score.macro_f1 > 0.95
    assert found[probe].excess > 0.3


def test_without_a_leak_a_probe_does_no_better_than_shuffled_labels():
    for score in leak_probes(items("a", 120), items("b", 60)):
        if score.name not in ("parent text alone (comments)", "words of the idea"):
            assert score.score.macro_f1 < 0.45


def test_a_probe_without_items_has_no_score():
    for score in leak_probes(items("a", 3), []):
        assert score.excess is None
        assert score.score.macro_f1 is None


def test_signs_know_no_word():
    assert marks("le riz, ici.") == marks("un sac, là .".replace(" .", "a."))
    assert typing_noise("le riz ici") == typing_noise("la mil ira")


def test_every_probe_has_a_name_of_its_own():
    assert len(PROBES) == 5
