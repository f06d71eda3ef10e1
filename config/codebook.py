"""The codebook: narrative codes of content analysis and the families they are published in."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import ConfigError
from config.loading import Section, content_version, nearest, read_yaml, refuse_repeats
from config.settings import CONFIG_DIR

GROUPS: Final = ("suspicious", "positive", "neutral")
# `never`: must not reach an alert, whatever its severity (sexual exploitation and abuse).
ALERT_WEIGHTS: Final = ("never", "none", "low", "medium", "high")
MIN_EXAMPLES: Final = 2

_TOP_KEYS: Final = ("families", "ladder", "codes")
_FAMILY_KEYS: Final = ("family_id", "name_fr", "name_en", "definition_fr", "definition_en")
_CODE_KEYS: Final = (
    "code",
    "group",
    "family",
    "name_fr",
    "name_en",
    "definition_fr",
    "definition_en",
    "counts",
    "does_not_count",
    "examples",
    "alert_weight",
)


@dataclass(frozen=True)
class NarrativeCode:
    """One code: what it says, what counts under it and what does not, with examples."""

    code: str
    group: str
    family: str | None
    name_fr: str
    name_en: str
    definition_fr: str
    definition_en: str
    counts: tuple[str, ...]
    does_not_count: tuple[str, ...]
    examples: tuple[str, ...]
    alert_weight: str


@dataclass(frozen=True)
class Family:
    """One publication family; `codes` are its suspicious codes in ladder order."""

    family_id: str
    name_fr: str
    name_en: str
    definition_fr: str
    definition_en: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Codebook:
    """A codebook in force.

    `codes` holds the suspicious codes in ladder order (of several that fit, the first wins), then
    the others in the order of the file.
    """

    version: str
    codes: tuple[NarrativeCode, ...]
    families: tuple[Family, ...]

    def code(self, code: str) -> NarrativeCode:
        """The entry of a code; KeyError when it is not in the codebook."""
        for entry in self.codes:
            if entry.code == code:
                return entry
        raise KeyError(code)

    def family_of(self, code: str) -> Family | None:
        """The publication family of a code, or None for a code that is not suspicious."""
        family = self.code(code).family
        return next((entry for entry in self.families if entry.family_id == family), None)


def load_codebook(path: Path = CONFIG_DIR / "codebook.yaml") -> Codebook:
    """The codebook of a file; every suspicious code stands in one family and once in the ladder."""
    top = read_yaml(path, _TOP_KEYS)
    families = top.sections("families", _FAMILY_KEYS)
    refuse_repeats(family.value("family_id") for family in families)
    sections = top.sections("codes", _CODE_KEYS)
    refuse_repeats(section.value("code") for section in sections)
    family_ids = frozenset(family.text("family_id") for family in families)
    codes = [_code(section, family_ids) for section in sections]
    ladder = _ladder(top, [code.code for code in codes if code.group == "suspicious"])
    ordered = tuple(sorted(codes, key=lambda code: _rank(code, ladder)))
    return Codebook(
        version=content_version(path),
        codes=ordered,
        families=tuple(_family(family, ordered) for family in families),
    )


def _rank(code: NarrativeCode, ladder: tuple[str, ...]) -> int:
    return ladder.index(code.code) if code.code in ladder else len(ladder)


def _ladder(top: Section, suspicious: list[str]) -> tuple[str, ...]:
    values = top.values("ladder")
    refuse_repeats(values)
    for value in values:
        value.choice(suspicious)
    ladder = tuple(value.text for value in values)
    for code in suspicious:
        if code not in ladder:
            problem = f"suspicious code {code} is not in the ladder"
            raise _ladder_error(top, problem)
    return ladder


def _ladder_error(top: Section, problem: str) -> ConfigError:
    values = top.values("ladder")
    if not values:
        return top.missing("ladder")
    return values[0].error(problem, "add it where it belongs, the most specific first")


def _family(section: Section, codes: Iterable[NarrativeCode]) -> Family:
    family_id = section.text("family_id")
    members = tuple(code.code for code in codes if code.family == family_id)
    if not members:
        raise section.value("family_id").error(
            f"family {family_id!r} has no code", "give a code this family, or remove it"
        )
    return Family(
        family_id=family_id,
        name_fr=section.text("name_fr"),
        name_en=section.text("name_en"),
        definition_fr=section.text("definition_fr"),
        definition_en=section.text("definition_en"),
        codes=members,
    )


def _code(section: Section, families: frozenset[str]) -> NarrativeCode:
    group = section.value("group").choice(GROUPS)
    examples = section.texts("examples")
    if len(examples) < MIN_EXAMPLES:
        raise section.value("code").error(
            f"{section.text('code')} has {len(examples)} examples", f"write {MIN_EXAMPLES} or more"
        )
    return NarrativeCode(
        code=section.text("code"),
        group=group,
        family=_family_of(section, group, families),
        name_fr=section.text("name_fr"),
        name_en=section.text("name_en"),
        definition_fr=section.text("definition_fr"),
        definition_en=section.text("definition_en"),
        counts=section.texts("counts"),
        does_not_count=section.texts("does_not_count"),
        examples=examples,
        alert_weight=section.value("alert_weight").choice(ALERT_WEIGHTS),
    )


def _family_of(section: Section, group: str, families: frozenset[str]) -> str | None:
    value = section.optional("family")
    if value is None and group == "suspicious":
        advice = nearest("", families) if families else "list the families first"
        raise section.value("code").error(f"{section.text('code')} has no family", advice)
    if value is not None and group != "suspicious":
        raise value.error("only suspicious codes have a family", "remove this line")
    return None if value is None else value.choice(families)
