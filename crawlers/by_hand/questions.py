"""Asking on a terminal for what the options of a command left out, in French and English."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.errors import UsageError
from crawlers.by_hand.fields import AmbiguousPlaceError, place_label

Ask = Callable[[str], str | None]
Say = Callable[[str], None]
# The answer, and the answers before it.
Check = Callable[[str, Mapping[str, str]], object]


@dataclass(frozen=True)
class Question:
    """One answer wanted: its option, the words asked in, and what checks the answer.

    `default` is taken for an empty answer; None means that an answer is needed.
    """

    option: str
    words: str
    check: Check
    choices: Mapping[str, str] | None = None
    default: str | None = None
    required: bool = True

    def prompt(self) -> str:
        """The line to ask with."""
        default = f" [{self.default or '–'}]" if self.default is not None else ""
        return f"{self.words}{default}: "

    def listing(self) -> str:
        """The words to choose from, numbered, one a line; empty for a free answer."""
        return "\n".join(
            f"  {number} {word:<12} {meaning}"
            for number, (word, meaning) in enumerate((self.choices or {}).items(), start=1)
        )

    def word(self, answer: str) -> str:
        """The answer, with a number made into the word it stands for."""
        words = list(self.choices or {})
        if words and answer.isdecimal() and 1 <= int(answer) <= len(words):
            return words[int(answer) - 1]
        return answer


def complete(
    given: Mapping[str, str | None], questions: Sequence[Question], ask: Ask | None, say: Say
) -> dict[str, str]:
    """Every answer, those given first; what was asked for is shown again before it is kept.

    `ask` is None where nobody can answer: then what is missing is one error naming the options.
    What may be left out is asked only beside something that may not.
    """
    missing = [q for q in questions if q.required and given.get(q.option) is None]
    if missing and ask is None:
        options = ", ".join(f"--{question.option}" for question in missing)
        raise UsageError(f"missing: {options}; give them, or run the command on a terminal")
    answers: dict[str, str] = {}
    for question in questions:
        value = given.get(question.option)
        if value is None and missing and ask is not None:
            value = _answer(question, answers, ask, say)
        if value is None:
            value = question.default or ""
        answers[question.option] = value
    if missing and ask is not None:
        _confirm(answers, ask, say)
    return answers


def _confirm(answers: Mapping[str, str], ask: Ask, say: Say) -> None:
    say("\n".join(f"  {option:<10} {value or '–'}" for option, value in answers.items()))
    said = ask("Enregistrer / save? [O/n]: ")
    if said is None or said.strip().lower() in {"n", "no", "non"}:
        raise UsageError("not confirmed; nothing was added")


def _answer(question: Question, before: Mapping[str, str], ask: Ask, say: Say) -> str:
    """Ask until the answer can be used."""
    if listing := question.listing():
        say(listing)
    while True:
        said = ask(question.prompt())
        if said is None:
            raise UsageError("stopped before the end; nothing was added")
        answer = question.word(said.strip()) or question.default
        usable = None if answer is None else _usable(question, answer, before, ask, say)
        if usable is not None:
            return usable


def _usable(
    question: Question, answer: str, before: Mapping[str, str], ask: Ask, say: Say
) -> str | None:
    """The answer when it can be used, None to ask again."""
    if answer == "":
        return answer
    try:
        question.check(answer, before)
    except AmbiguousPlaceError as error:
        return _one_of(error, ask, say)
    except UsageError as error:
        say(f"  ! {error}")
        return None
    return answer


def _one_of(ambiguous: AmbiguousPlaceError, ask: Ask, say: Say) -> str | None:
    """The id of the place meant, by its number; None to ask for the name again."""
    for number, place in enumerate(ambiguous.places, start=1):
        say(f"  {number} {place_label(place)}")
    said = (ask("Lequel / which one? [1]: ") or "").strip() or "1"
    if said.isdecimal() and 1 <= int(said) <= len(ambiguous.places):
        return ambiguous.places[int(said) - 1].place_id
    return None
