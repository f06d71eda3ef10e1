"""Groups of corpus items that stand or fall together: one idea, one pair or one thread."""

from collections.abc import Sequence

from classifiers.corpus import CorpusItem


def idea_groups(items: Sequence[CorpusItem]) -> list[str]:
    """A group name for each item; items linked by idea, pair or parent post share theirs.

    The name is the id of the first item of the group.
    """
    parents = list(range(len(items)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    first: dict[tuple[str, ...], int] = {}
    for index, item in enumerate(items):
        for link in _links(item):
            other = root(first.setdefault(link, index))
            mine = root(index)
            parents[max(other, mine)] = min(other, mine)
    return [items[root(index)].id for index in range(len(items))]


def _links(item: CorpusItem) -> list[tuple[str, ...]]:
    links: list[tuple[str, ...]] = [("idea", item.batch, item.idea.casefold())]
    if item.pair:
        links.append(("pair", item.batch, item.pair))
    # The post itself belongs to the thread of its comments.
    links.append(("thread", item.parent_text or item.text))
    return links
