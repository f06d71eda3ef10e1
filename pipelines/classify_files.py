"""`vigie classify --input --output`: predictions for a file of texts, without a store."""

import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from config.agencies import Agency
from config.errors import InputError
from config.places import Place
from pipelines.classify import BATCH_SIZE, Asked, mention_stances
from pipelines.mentions import find_mentions, find_places
from pipelines.outputs import place_for, standard_output

if TYPE_CHECKING:
    from classifiers.inference import Classifier, FieldReading, Reading

STANDARD: Final = "-"
OPTIONAL: Final = ("lang", "platform", "kind", "parent_text", "about")
# Fields whose probabilities are all written; narrative gives its best code only.
FIELDS: Final = ("relevance", "stance", "tone", "target", "severity")
# What a text does beside its stance: the chance of each.
FLAGS: Final = ("threat", "call_to_act", "doxxing", "quoted_rumour", "irony")
# JSON can write half a character, which no UTF-8 text can hold.
LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class InputLine:
    """One line of the input; optional fields it does not have are None."""

    id: str
    text: str
    lang: str | None
    platform: str | None
    kind: str | None
    parent_text: str | None
    about: str | None


def classify_file(
    source: str,
    target: str,
    classifier: "Classifier",
    *,
    agencies: Sequence[Agency],
    places: Sequence[Place],
    review_confidence: float | None,
) -> int:
    """Write one prediction for each line of a JSONL file, in its order; gives their number.

    `-` is standard input or output, a name in `.gz` is compressed. InputError names the first
    line that has no string id and text, repeats an id or asks about an unknown agency; the output
    appears whole or not at all. Half a character in a text is read as U+FFFD.
    """
    lines = read_lines(source, frozenset(agency.agency_id for agency in agencies))
    with _writing(target) as out:
        for start in range(0, len(lines), BATCH_SIZE):
            batch = lines[start : start + BATCH_SIZE]
            for record in _records(batch, classifier, agencies, places, review_confidence):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return len(lines)


def read_lines(source: str, agency_ids: frozenset[str]) -> list[InputLine]:
    """The checked lines of a file or of standard input; blank lines are passed over."""
    lines: list[InputLine] = []
    seen: set[str] = set()
    for number, raw in _numbered(source):
        if not raw.strip():
            continue
        line = _line(raw, f"{source}:{number}", agency_ids)
        if line.id in seen:
            raise InputError(f"{source}:{number}: id {line.id!r} is used twice; give each its own")
        seen.add(line.id)
        lines.append(line)
    return lines


def _numbered(source: str) -> list[tuple[int, str]]:
    try:
        content = sys.stdin.buffer.read() if source == STANDARD else Path(source).read_bytes()
        if source.endswith(".gz"):
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: not UTF-8 at byte {error.start}; convert the file") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "not a whole gzip file"
        raise InputError(f"{source}: cannot be read ({reason}); check the name") from error
    return list(enumerate(text.split("\n"), 1))


def _line(raw: str, place: str, agency_ids: frozenset[str]) -> InputLine:
    record = _object(raw, place)
    for key in ("id", "text"):
        if not isinstance(record.get(key), str):
            raise InputError(f"{place}: {key} is missing or no string; each line needs one")
    if LONE_SURROGATE.search(record["id"]):
        raise InputError(f"{place}: id holds half a character (a lone surrogate); write a whole id")
    for key in OPTIONAL:
        if not isinstance(record.get(key), str | None):
            raise InputError(f"{place}: {key} is no string; write a string or leave it out")
    about = record.get("about")
    if about is not None and about not in agency_ids:
        raise InputError(f"{place}: unknown agency {about!r}; write an id of config/agencies.csv")
    return InputLine(
        record["id"], _whole(record["text"]), *(_whole_or_none(record.get(k)) for k in OPTIONAL)
    )


def _object(raw: str, place: str) -> dict[str, Any]:
    try:
        record = json.loads(raw)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{place}: not JSON; write one object a line") from error
    except ValueError as error:
        raise InputError(f"{place}: a number has too many digits; write it as a string") from error
    if not isinstance(record, dict):
        raise InputError(f"{place}: not an object; write {{'id': .., 'text': ..}}")
    return record


def _whole(text: str) -> str:
    return LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _whole_or_none(text: str | None) -> str | None:
    return None if text is None else _whole(text)


def _records(
    lines: Sequence[InputLine],
    classifier: "Classifier",
    agencies: Sequence[Agency],
    places: Sequence[Place],
    review_confidence: float | None,
) -> Iterator[dict[str, Any]]:
    from classifiers.inference import TextItem

    items = [TextItem(x.id, x.text, x.lang, x.platform, x.kind, x.parent_text) for x in lines]
    readings = classifier.classify(items, review_confidence=review_confidence)
    names = {agency.agency_id: agency.acronym or agency.name for agency in agencies}
    asked = [_asked(line, agencies, names) for line in lines]
    for line, reading, mentions in zip(
        lines, readings, mention_stances(classifier, asked), strict=True
    ):
        yield {
            **_reading_fields(reading),
            "mentions": mentions,
            "places": [
                {"place_id": x.place_id, "text": x.text, "start": x.start, "end": x.end}
                for x in find_places(line.text, places)
            ],
            "needs_review": reading.needs_review,
            "review_reasons": list(reading.review_reasons),
            "classifier": reading.classifier,
        }


def _asked(line: InputLine, agencies: Sequence[Agency], names: Mapping[str, str]) -> Asked:
    """The agencies a line names, and the one it asks about."""
    found = find_mentions(line.text, agencies)
    if line.about is None or any(entry.agency_id == line.about for entry in found):
        return Asked(line.text, line.parent_text, found)
    return Asked(line.text, line.parent_text, found, (line.about, names[line.about]))


def _reading_fields(reading: "Reading") -> dict[str, Any]:
    values: dict[str, Any] = {"id": reading.id, "lang": reading.language}
    for field in FIELDS:
        entry = reading.fields.get(field)
        values[field] = None if entry is None else _probabilities(entry)
    narrative = reading.fields.get("narrative")
    values["narrative"] = (
        None
        if narrative is None
        else {"code": narrative.label, "probability": narrative.probability}
    )
    values["flags"] = {
        flag: reading.fields[flag].probabilities["yes"] for flag in FLAGS if flag in reading.fields
    }
    return values


def _probabilities(entry: "FieldReading") -> dict[str, Any]:
    return {"label": entry.label, "probability": dict(entry.probabilities)}


@contextmanager
def _writing(target: str) -> Iterator[TextIO]:
    """A text file that takes its name only when the block ends well."""
    if target == STANDARD:
        with standard_output() as stream:
            yield stream
        return
    path = Path(target)
    try:
        with place_for(path) as place, _opened(place, compress=path.suffix == ".gz") as file:
            yield file
    except OSError as error:
        raise InputError(f"{target}: cannot be written ({error.strerror})") from error


@contextmanager
def _opened(path: Path, *, compress: bool) -> Iterator[TextIO]:
    if not compress:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    # No name and no time inside: the same predictions give the same bytes.
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
    ):
        yield file
