"""The `fields` parameter of the Graph API: names with modifiers, sub-fields and aliases."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_NAME: Final = re.compile(r"\w+")


class FieldsError(ValueError):
    """A `fields` text that the Graph API would refuse."""


@dataclass(frozen=True)
class Field:
    """One asked field: `comments.filter(stream).limit(0).as(c){id}` has modifiers and parts."""

    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple["Field", ...] = ()

    @property
    def alias(self) -> str:
        """The name under which it is answered."""
        return self.modifiers.get("as", self.name)


def parse_fields(text: str) -> tuple[Field, ...]:
    """The asked fields; FieldsError when brackets or commas do not fit."""
    reader = _Reader(text.replace(" ", ""))
    fields = reader.fields()
    if reader.rest:
        raise FieldsError(f"Syntax error at character {len(text) - len(reader.rest)}")
    return fields


class _Reader:
    def __init__(self, text: str) -> None:
        self.rest = text

    def fields(self) -> tuple[Field, ...]:
        found = [self._field()]
        while self._skip(","):
            found.append(self._field())
        return tuple(found)

    def _field(self) -> Field:
        name = self._word()
        modifiers: dict[str, str] = {}
        while self._skip("."):
            modifier = self._word()
            self._need("(")
            value, _, self.rest = self.rest.partition(")")
            modifiers[modifier] = value
        parts: tuple[Field, ...] = ()
        if self._skip("{"):
            parts = self.fields()
            self._need("}")
        return Field(name, modifiers, parts)

    def _word(self) -> str:
        match = _NAME.match(self.rest)
        if match is None:
            raise FieldsError("Syntax error: a field name is missing")
        self.rest = self.rest[match.end() :]
        return match.group()

    def _skip(self, mark: str) -> bool:
        if not self.rest.startswith(mark):
            return False
        self.rest = self.rest[len(mark) :]
        return True

    def _need(self, mark: str) -> None:
        if not self._skip(mark):
            raise FieldsError(f"Syntax error: {mark!r} is missing")
