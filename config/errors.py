"""The errors a user can meet, each one line that says what, where and what to do.

VigieError                 any expected failure; the command prints it and exits 1
├── ConfigError            a configuration file is wrong (file, line, what to write instead)
├── InputError             a file given by the user cannot be read or is not what was promised
├── SourceError            a platform refused or could not be reached
├── StoreError             the store cannot be opened or is of another version
└── UsageError             the command was used wrongly; exits 2
"""

from pathlib import Path


class VigieError(Exception):
    """An expected failure with a message written for the user."""

    exit_code = 1


class ConfigError(VigieError):
    """A configuration file is wrong: says file, line, problem and what to write instead."""

    def __init__(self, path: Path | str, line: int | None, problem: str, advice: str) -> None:
        place = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{place}: {problem}; {advice}")
        self.path = Path(path)
        self.line = line


class InputError(VigieError):
    """A file given by the user cannot be read or is not what was promised."""


class SourceError(VigieError):
    """A platform refused the request or could not be reached."""


class StoreError(VigieError):
    """The store cannot be opened, or is of a version this program does not know."""


class UsageError(VigieError):
    """The command was used wrongly."""

    exit_code = 2
