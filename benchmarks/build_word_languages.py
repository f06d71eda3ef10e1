"""Rebuild `classifiers/word_languages.safetensors`: the letters of French, English and Bambara.

    python -m benchmarks.build_word_languages FOLDER [OUT]

FOLDER holds `tatoeba_enfr/pairs.jsonl.gz` with {"fr", "en"} lines (CC BY 2.0 FR). Bambara comes
from the training part of our own corpus and from `benchmarks/bambara_words.txt`, both written for
this project, also in the spellings of people who never learnt the alphabet. What is none of the
three is drawn letter by letter from langdetect's counts for other languages (Apache-2.0). The
same input gives the same file.
"""

import gzip
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import numpy as np
from langdetect.detector_factory import PROFILES_DIRECTORY
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from benchmarks.bambara_spellings import inflected, respelt
from classifiers.corpus import CorpusItem, load_splits
from classifiers.function_words import FUNCTION_WORDS
from classifiers.language import spoken
from classifiers.noise import typed
from classifiers.word_languages import BUCKETS, CLASSES, MODEL_FILE, pieces, words_of


def _words(name: str) -> list[str]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


BAMBARA = _words("bambara_words.txt")
NEIGHBOURS = _words("foreign_words.txt")
SEED = 4
SENTENCES = 40_000
RESPELT = 8
DRAWN_WORDS = 3_000  # of each other language
# Languages in Latin letters that langdetect counted, without French and English.
OTHERS = (
    "af",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "es",
    "et",
    "fi",
    "hr",
    "hu",
    "id",
    "it",
    "lt",
    "lv",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "so",
    "sq",
    "sv",
    "sw",
    "tl",
    "tr",
    "vi",
)
# Shares of the classes: a word of unknown make is French or English rather than exotic.
MASS = {"fr": 1.0, "en": 1.0, "bm": 1.0, "other": 0.5}
# A frequent word counts less than its share, so that rare ones teach their letters.
DAMPING = 0.6

Shares = dict[str, float]


def shares(counts: Counter[str]) -> Shares:
    total = sum(counts.values())
    return {word: count / total for word, count in counts.items()}


def mixed(*parts: tuple[float, Shares]) -> Shares:
    found: Shares = {}
    for weight, part in parts:
        for word, share in part.items():
            found[word] = found.get(word, 0.0) + weight * share
    return found


def counted(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in words_of(spoken(text)))


def plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def tatoeba(folder: Path, language: str) -> list[str]:
    with gzip.open(folder / "tatoeba_enfr" / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = sorted({json.loads(line)[language] for line in lines})
    return Random(SEED).sample(texts, SENTENCES)


def european(own: Iterable[CorpusItem], open_texts: list[str], language: str) -> Shares:
    """Our own posts and open sentences by halves, as written and as typed on a phone."""
    chance, english = Random(SEED), language == "en"
    ours = [item.text for item in own if item.language == language]

    def noisy(texts: list[str]) -> list[str]:
        return [typed(plain(text), chance, english=english) for text in texts]

    parts = [ours, noisy(ours), open_texts, noisy(open_texts)]
    return mixed(*zip((0.35, 0.15, 0.35, 0.15), map(shares, map(counted, parts)), strict=True))


def bambara(own: Iterable[CorpusItem], others: list[Shares]) -> Shares:
    chance = Random(SEED)
    ours = [spoken(item.text) for item in own if item.language == "bm"]
    known = shares(counted(ours))
    kept = [" ".join(_without_loans(words_of(text), known, others)) for text in ours]
    varied = [respelt(text, chance) for text in kept for _ in range(RESPELT)]
    listed = [respelt(word, chance) for word in BAMBARA for _ in range(3 * RESPELT)]
    longer = [
        inflected(word, chance) for word in sorted(set(BAMBARA)) if len(word) > 2 for _ in "12"
    ]
    longer += [respelt(word, chance) for word in longer for _ in "123"]
    parts = [kept, varied, BAMBARA, listed, longer]
    return mixed(*zip((0.3, 0.3, 0.1, 0.25, 0.05), map(shares, map(counted, parts)), strict=True))


def _without_loans(words: list[str], known: Shares, others: list[Shares]) -> Iterator[str]:
    """The words of a Bambara text but those that are more at home in French or English."""
    for word in words:
        elsewhere = max(other.get(word, 0.0) for other in others)
        if len(word) < 3 or known[word] > 8 * elsewhere or word in BAMBARA:
            yield word


def drawn() -> Shares:
    """Words that look like the other languages, three letters after three letters."""
    chance = Random(SEED)
    return shares(Counter(word for name in OTHERS for word in _drawn_words(name, chance)))


def neighbours() -> Shares:
    """Frequent words of languages around Mali, and of those told by their words alone."""
    told = [word for code in ("ff", "ses", "taq") for word in sorted(FUNCTION_WORDS[code])]
    return shares(Counter([*NEIGHBOURS, *told]))


def _drawn_words(name: str, chance: Random) -> Iterator[str]:
    profile = json.loads((Path(PROFILES_DIRECTORY) / name).read_text(encoding="utf-8"))
    following: dict[str, Counter[str]] = {}
    for piece, count in profile["freq"].items():
        if len(piece) == 3:
            following.setdefault(piece[:2].lower(), Counter())[piece[2].lower()] += count
        elif len(piece) == 2 and piece[0] == " ":
            following.setdefault(" ", Counter())[piece[1].lower()] += count
    for _ in range(DRAWN_WORDS):
        word = " "
        while len(word) < 14 and (nexts := following.get(word[-2:])):
            word += chance.choices(list(nexts), list(nexts.values()))[0]
            if word[-1] == " ":
                break
        yield from words_of(word)


def features(words: list[str]) -> csr_matrix:
    rows, columns, values = [], [], []
    for row, word in enumerate(words):
        places = Counter(pieces(word))
        total = sum(places.values())
        rows += [row] * len(places)
        columns += places.keys()
        values += [count / np.sqrt(total) for count in places.values()]
    return csr_matrix((values, (rows, columns)), shape=(len(words), BUCKETS))


def fitted(by_class: dict[str, Shares]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    words = [word for name in CLASSES for word in by_class[name]]
    labels = [index for index, name in enumerate(CLASSES) for _ in by_class[name]]
    weights: list[float] = []
    for name in CLASSES:
        damped = np.array(list(by_class[name].values())) ** DAMPING
        weights += list(damped / damped.sum() * MASS[name] * 20_000)
    model = LogisticRegression(C=4.0, max_iter=400)
    model.fit(features(words), labels, sample_weight=weights)
    return model.coef_.T, model.intercept_


def main(folder: Path, out: Path) -> None:
    own = load_splits().train
    by_class = {name: european(own, tatoeba(folder, name), name) for name in ("fr", "en")}
    by_class["bm"] = bambara(own, list(by_class.values()))
    by_class["other"] = mixed((0.6, drawn()), (0.4, neighbours()))
    weights, bias = fitted(by_class)
    scale = np.abs(weights).max(axis=0) / 127
    tensors = {
        "weights": np.round(weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": bias.astype(np.float32),
    }
    save_file(tensors, out)
    print({name: len(part) for name, part in by_class.items()}, out, out.stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else MODEL_FILE)
