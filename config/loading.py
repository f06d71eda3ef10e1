"""Reading YAML configuration so that every mistake is told with its file and line."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import yaml

from config.errors import ConfigError

T = TypeVar("T")

LIST_SEPARATOR = "|"
EMPTY_ADVICE = "start from the file shipped in config/"
NULL_TAG = "tag:yaml.org,2002:null"


def content_version(path: Path) -> str:
    """First 12 hex digits of the SHA-256 of a file; ConfigError when it cannot be read."""
    return hashlib.sha256(_read_bytes(path)).hexdigest()[:12]


def nearest(word: str, known: Collection[str]) -> str:
    """Advice that names the nearest known word, or all of them when none is near."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "write one of " + ", ".join(sorted(known))


@dataclass(frozen=True)
class Value:
    """One text of a configuration file, with the place it stands at and the key it stands under."""

    text: str
    path: Path
    line: int
    name: str

    def error(self, problem: str, advice: str) -> ConfigError:
        """A ConfigError at this value's line."""
        return ConfigError(self.path, self.line, problem, advice)

    def choice(self, allowed: Collection[str]) -> str:
        """The text, if it is one of the allowed words."""
        if self.text not in allowed:
            raise self.error(f"{self.name} is {self.text!r}", nearest(self.text, allowed))
        return self.text

    def whole(self, *, at_least: int) -> int:
        """The text as a whole number not below `at_least`."""
        number = self._parsed(int, "a whole number")
        if number < at_least:
            raise self.error(f"{self.name} is {number}", f"write a number of at least {at_least}")
        return number

    def number(self, *, low: float, high: float) -> float:
        """The text as a number in [low, high]."""
        number = self._parsed(float, "a number")
        if not low <= number <= high:
            raise self.error(f"{self.name} is {self.text}", f"write a number from {low} to {high}")
        return number

    def day(self) -> str:
        """The text, if it is a calendar day as 2026-11-23."""
        self._parsed(date.fromisoformat, "a day as 2026-11-23")
        return self.text

    def flag(self) -> bool:
        """True for `yes`, False for `no`."""
        return self.choice(("yes", "no")) == "yes"

    def parts(self) -> tuple[str, ...]:
        """The texts between `|`; none for an empty text."""
        if not self.text:
            return ()
        parts = tuple(part.strip() for part in self.text.split(LIST_SEPARATOR))
        if "" in parts:
            raise self.error(f"{self.name} has an empty part", "remove the spare `|`")
        return parts

    def _parsed(self, parse: Callable[[str], T], wanted: str) -> T:
        try:
            return parse(self.text)
        except ValueError as error:
            raise self.error(f"{self.name} is {self.text!r}", f"write {wanted}") from error


@dataclass(frozen=True)
class Section:
    """One mapping of a YAML file, its keys checked against those that are known."""

    path: Path
    line: int
    nodes: Mapping[str, yaml.Node]

    def value(self, key: str) -> Value:
        """A single text that must be there."""
        value = self.optional(key)
        if value is None:
            raise self.missing(key)
        return value

    def optional(self, key: str) -> Value | None:
        """A single text, or None when the key is absent or left empty."""
        node = self.nodes.get(key)
        if node is None or node.tag == NULL_TAG:
            return None
        return _scalar(node, self.path, key)

    def whole_or_none(self, key: str, *, at_least: int) -> int | None:
        """A whole number that may be left out."""
        value = self.optional(key)
        return None if value is None else value.whole(at_least=at_least)

    def text(self, key: str) -> str:
        """A single text that must be there, its line breaks and double spaces made one space."""
        return " ".join(self.value(key).text.split())

    def values(self, key: str) -> tuple[Value, ...]:
        """A list of texts; empty when the key is absent or left empty."""
        return tuple(_scalar(node, self.path, key) for node in self._items(key))

    def one_or_more(self, key: str) -> tuple[Value, ...]:
        """A single text or a list of texts; empty when the key is absent or left empty."""
        if isinstance(self.nodes.get(key), yaml.SequenceNode):
            return self.values(key)
        value = self.optional(key)
        return () if value is None else (value,)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, without their places."""
        return tuple(" ".join(value.text.split()) for value in self.values(key))

    def section(self, key: str, known: Collection[str] | None) -> "Section":
        """A mapping that must be there; `known` None means its keys are free."""
        if key not in self.nodes:
            raise self.missing(key)
        return _section(self.nodes[key], self.path, known)

    def sections(self, key: str, known: Collection[str]) -> tuple["Section", ...]:
        """A list of mappings; empty when the key is absent or left empty."""
        return tuple(_section(node, self.path, known) for node in self._items(key))

    def missing(self, key: str) -> ConfigError:
        """The error for a key that must be there."""
        return ConfigError(self.path, self.line, f"{key} is missing", f"add `{key}:` here")

    def _items(self, key: str) -> list[yaml.Node]:
        node = self.nodes.get(key)
        if node is None or node.tag == NULL_TAG:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise ConfigError(
                self.path, _line(node), f"{key} is not a list", "begin each entry with `- `"
            )
        return list(node.value)


def read_yaml(path: Path, known: Collection[str]) -> Section:
    """The top mapping of a YAML file whose keys must be among `known`."""
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        problem = f"not valid YAML ({error.problem or error.context})"
        advice = "check indentation, quotes and colons at this line"
        raise ConfigError(path, line, problem, advice) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(path, line, "holds a control character", "remove it") from error
    if node is None:
        raise ConfigError(path, 1, "the file is empty", EMPTY_ADVICE)
    return _section(node, path, known)


def refuse_repeats(values: Iterable[Value]) -> None:
    """ConfigError at the second of two values that have the same text."""
    first: dict[str, int] = {}
    for value in values:
        if value.text in first:
            raise value.error(
                f"{value.name} {value.text!r} is already used at line {first[value.text]}",
                "give each entry its own",
            )
        first[value.text] = value.line


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise ConfigError(path, None, problem, "check the path and its permissions") from error


def read_text(path: Path) -> str:
    """The text of a UTF-8 file; ConfigError names the line where it is another encoding."""
    body = _read_bytes(path)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, line, "the file is not UTF-8", "save it as UTF-8") from error


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _scalar(node: yaml.Node, path: Path, name: str) -> Value:
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(path, _line(node), f"{name} is not a single text", "write one text")
    value = Value(node.value.strip(), path, _line(node), name)
    if not value.text:
        raise value.error(f"{name} is empty", "fill it in")
    return value


def _section(node: yaml.Node, path: Path, known: Collection[str] | None) -> Section:
    if not isinstance(node, yaml.MappingNode):
        advice = "write `key: value` lines here"
        if known is not None:
            advice += " with " + ", ".join(sorted(known))
        raise ConfigError(path, _line(node), "keys are expected here", advice)
    nodes: dict[str, yaml.Node] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node, path, "key")
        if known is not None and key.text not in known:
            raise key.error(f"unknown key {key.text!r}", nearest(key.text, known))
        if key.text in nodes:
            raise key.error(f"{key.text} is written twice", "keep one of the two")
        nodes[key.text] = value_node
    return Section(path, _line(node), nodes)
