"""The version of the parsers: raised when they read what they refused before."""

from typing import Final

# 0: before versions were kept. 1: import formats of 2026-11.
PARSER_VERSION: Final = 1
