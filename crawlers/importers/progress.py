"""How far an import is: a bar on a terminal, a line at every tenth elsewhere."""

from typing import TextIO

WIDTH = 30
TENTH = 10
ALL = 100


class ProgressLine:
    """Writes the share of a file that is stored, whenever its percentage has moved on."""

    def __init__(self, stream: TextIO, *, is_terminal: bool) -> None:
        self._stream = stream
        self._is_terminal = is_terminal
        self._file = ""
        self._told = 0

    def __call__(self, name: str, share: float) -> None:
        """Tell that a share (0 to 1) of a file is stored."""
        if name != self._file:
            self._file, self._told = name, 0
        percent = int(share * 100)
        step = 1 if self._is_terminal else TENTH
        if percent < self._told + step:
            return
        self._told = percent
        if self._is_terminal:
            filled = "#" * (percent * WIDTH // 100)
            end = "\n" if percent >= ALL else ""
            self._stream.write(f"\r{name}  [{filled:<{WIDTH}}] {percent:>3} %{end}")
        elif percent < ALL:
            self._stream.write(f"{name}: {percent} % stored\n")
        self._stream.flush()
