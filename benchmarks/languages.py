"""How often the language of a text is told right: `python -m benchmarks.languages FOLDER`.

FOLDER holds the sets of real texts as NAME/PART.jsonl.gz; they are scored, never learnt from. A
set that is not there is passed over. The rows of the social Bambara set are real comments, many
of them half French or French altogether: its figure is how they are routed, no accuracy.
"""

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from classifiers.corpus import load_splits
from classifiers.language import detect_language, spoken

SHORT = 60
PARTS = ("train", "val")

Group = tuple[str, list[str]]


def real_sets(folder: Path) -> Iterator[Group]:
    """Each set by language; of tweets also the short ones, without handles and links."""
    for name in ("umsab", "bambara_sentiment", "lid_bam_fra", "afrisenti_pcm"):
        for part in PARTS if name in ("umsab", "bambara_sentiment") else ("val",):
            rows = _rows(folder / name / f"{part}.jsonl.gz")
            for language in sorted({row["lang"] for row in rows}):
                texts = [row["text"] for row in rows if row["lang"] == language]
                yield f"{name} {part} {language}", texts
                if name == "umsab":
                    yield f"{name} {part} {language}, short", [t for t in texts if _is_short(t)]


def own_corpus() -> Iterator[Group]:
    """Our own texts that the model has not learnt from."""
    splits = load_splits()
    for part, items in (("dev", splits.dev), ("test", splits.test)):
        for language in ("fr", "en", "bm"):
            yield (
                f"own {part} {language}",
                [item.text for item in items if item.language == language],
            )


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _is_short(text: str) -> bool:
    return len(spoken(text).replace("http", "").strip()) < SHORT


def report(name: str, texts: Sequence[str]) -> None:
    if not texts:
        return
    before = time.process_time()
    codes = Counter(detect_language(text) for text in texts)
    speed = len(texts) / (time.process_time() - before)
    told = "  ".join(f"{code} {100 * n / len(texts):.1f}" for code, n in codes.most_common())
    print(f"{name:32}{len(texts):6}  {told}   ({speed:.0f} texts per CPU second)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name, texts in (*own_corpus(), *real_sets(parser.parse_args().folder)):
        report(name, texts)


if __name__ == "__main__":
    main()
