"""Speed of classification: `python -m benchmarks.classification`.

One run measures both ways on the same texts, since machines differ: batches by length, as the
product does, against one text at a time. Memory is the peak of the process.
"""

import resource
import time

from classifiers.corpus import load_splits
from classifiers.inference import Classifier, TextItem
from config.settings import Settings

TEXTS = 200
ONE_BY_ONE = 60


def main() -> None:
    """Print texts per CPU second both ways, their ratio, and peak memory at two sizes."""
    classifier = Classifier.load(Settings().classifier)
    items = [
        TextItem(item.id, item.text, parent_text=item.parent_text)
        for item in load_splits().train[:TEXTS]
    ]
    classifier.classify(items[:32])
    batched = len(items) / _cpu_seconds(lambda: classifier.classify(items))
    small = _peak_megabytes()
    single = ONE_BY_ONE / _cpu_seconds(
        lambda: [classifier.classify([item]) for item in items[:ONE_BY_ONE]]
    )
    many = [
        TextItem(f"{n}-{item.id}", item.text, parent_text=item.parent_text)
        for n in range(10)
        for item in items
    ]
    ten_times = _cpu_seconds(lambda: classifier.classify(many))
    print(f"texts per CPU second, batched     {batched:8.1f}")
    print(f"texts per CPU second, one by one  {single:8.1f}")
    print(f"ratio                             {batched / single:8.2f}")
    print(f"ten times the texts, CPU seconds  {ten_times * batched / len(items):8.2f} times")
    print(f"peak memory, MB                   {small:8.0f} at {len(items)} texts")
    print(f"peak memory, MB                   {_peak_megabytes():8.0f} at {len(many)} texts")


def _cpu_seconds(work: object) -> float:
    assert callable(work)
    before = time.process_time()
    work()
    return time.process_time() - before


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
