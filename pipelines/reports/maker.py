"""Makes figures from labelled posts: plain counts, and parts of a whole with their interval."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipelines.labels import LabelledPost
from pipelines.reports.model import Figure, Scope, short_week
from pipelines.statistics import Share, cluster_interval, displayable, interval
from pipelines.trends import BOOTSTRAP_SEED

Posts = Sequence[LabelledPost]


@dataclass(frozen=True)
class FigureMaker:
    """Makes the figures of one week."""

    week: str
    complete: bool
    min_n: int

    def count(
        self,
        key: str,
        posts: Iterable[LabelledPost],
        definition: str,
        *,
        value: int | None = None,
        unit: str = "items",
        indicator: str | None = None,
        judged: Iterable[LabelledPost] = (),
    ) -> Figure:
        """A plain count of posts, or `value` of another unit that these posts gave.

        `judged`: the posts whose labels decided which ones count.
        """
        counted = list(posts)
        return Figure(
            id=f"{short_week(self.week)}.{key}",
            week=self.week,
            value=len(counted) if value is None else value,
            complete=self.complete,
            provisional=any(post.provisional for post in judged),
            unit=unit,
            definition=definition,
            indicator=indicator,
            items=ids(counted),
        )

    def part(
        self,
        key: str,
        of: Posts,
        test: Callable[[LabelledPost], bool],
        definition: str,
        denominator: str,
        *,
        indicator: str | None = None,
        labels: bool = True,
    ) -> Figure:
        """The posts of `of` that pass, with the interval of their share.

        `labels` False: no label is counted, nothing is inferred, so there is no interval.
        """
        counted = [post for post in of if test(post)]
        share = share_of(counted, of) if labels else Share(len(counted), len(of), None, None, "")
        return Figure(
            id=f"{short_week(self.week)}.{key}",
            week=self.week,
            value=share.count,
            n=share.total,
            low=share.low,
            high=share.high,
            method=share.method or None,
            displayable=displayable(share.total, self.min_n) and share.low is not None,
            complete=self.complete,
            provisional=labels and any(post.provisional for post in of),
            definition=definition,
            denominator=denominator,
            indicator=indicator,
            items=ids(counted),
        )


def ids(posts: Iterable[LabelledPost]) -> tuple[str, ...]:
    """Post ids, sorted."""
    return tuple(sorted(post.post_id for post in posts))


def share_of(counted: Posts, of: Posts) -> Share:
    """Share with its interval; comments are taken by thread."""
    if not any(post.is_comment for post in of):
        return interval(len(counted), len(of))
    hits = Counter(post.thread_id for post in counted)
    threads = Counter(post.thread_id for post in of)
    by_thread = [(hits[thread], threads[thread]) for thread in sorted(threads)]
    return cluster_interval(by_thread, seed=BOOTSTRAP_SEED)


def by_scope(posts: Posts, scope: Scope) -> list[LabelledPost]:
    """The posts in scope, or the comments in scope; never both."""
    return [post for post in posts if post.in_scope and post.is_comment == (scope == "comments")]


def has(field: str, value: str) -> Callable[[LabelledPost], bool]:
    """A test for one label of a post."""
    return lambda post: getattr(post, field) == value


def by_person(post: LabelledPost) -> bool:
    """Whether a person has read the post."""
    return not post.provisional
