"""Rebuild `classifiers/corpus/lexicon_fr.csv` from open French-English sentence pairs.

Run: python benchmarks/build_lexicon.py FOLDER [OUT]. FOLDER holds NAME/pairs.jsonl.gz with
{"fr","en"} lines; only sets whose licence lets the result be shipped are read.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from classifiers.lexicon import LEXICON_FILE, build_lexicon, save_lexicon

# CC BY 2.0 FR, CC0, MIT and BSD, CC BY. The last three are small and nearer to the subject.
SETS = {
    "tatoeba_enfr": 1,
    "tico19_enfr": 3,
    "humanitarian_ui_enfr": 3,
    "african_storybook_enfr": 3,
}


def read_pairs(folder: Path) -> Iterator[tuple[str, str]]:
    """(French, English) pairs of every set, repeated by its weight."""
    for name, weight in SETS.items():
        with gzip.open(folder / name / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                pair = json.loads(line)
                for _ in range(weight):
                    yield pair["fr"], pair["en"]


if __name__ == "__main__":
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else LEXICON_FILE
    entries = build_lexicon(read_pairs(Path(sys.argv[1])))
    save_lexicon(entries, out)
    print(f"{len(entries)} words -> {out}")
