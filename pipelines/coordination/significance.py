"""Is an edge more than chance? Account activity x object virality x cascade clock.

Deal the authors out anew over the posts, each account keeping its number of posts: every object
keeps its shares and every share its time, only who is who is left to chance. Of W coincidences (an
object, two accounts within the window) accounts i and j with K_i and K_j of U posts then meet in

    lambda_ij = W * 2 K_i K_j / (U (U - 1)),     W = sum over objects d (d - 1) / 2 * pi

on average: K is the activity, d (d - 1) / 2 the pairs of sharers of an object (its virality), pi
the part of them inside the window (its clock). This is the configuration model of Chung and Lu
(2002, Annals of Combinatorics 6:125) on the graph of accounts and objects, with time. The number of
joint objects is held against a Poisson law, whose upper tail bounds that of the sum of rare
independent events from above at counts beyond the mean (Hoeffding 1956, Ann. Math. Stat. 27:713).
An edge's own coincidences, all but one, are left out of its W, so that a strong edge does not
raise the bar it is measured by.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.special import gammainc

from pipelines.coordination.edges import Floats, Joined
from pipelines.coordination.pairs import group_of
from pipelines.coordination.shares import Codes, Flags, Shares

# One object in common says nothing about two accounts: every link that makes the round joins many.
MIN_JOINT_OBJECTS: Final = 2


@dataclass(frozen=True)
class Authors:
    """The posts of the usable rows and their authors, to be dealt out anew.

    row_post: the post of each usable row; post_account: the account of each post. A post is a
    content of one account; its rows stay together.
    """

    row_post: Codes
    post_account: Codes

    @classmethod
    def of(cls, shares: Shares) -> "Authors":
        """The authors of the usable rows."""
        account, content = shares.account[shares.usable], shares.content[shares.usable]
        width = len(shares.contents) + 1
        posts, row_post = group_of(account * width + content)
        return cls(row_post, posts // width)

    def activity(self, accounts: int) -> Codes:
        """Posts of each account."""
        return np.bincount(self.post_account, minlength=accounts)

    def dealt_out(self, shares: Shares, seed: int, number: int) -> Codes:
        """Each row's account after the `number`-th permutation of authors over posts."""
        chance = np.random.default_rng([seed, number])
        account = shares.account.copy()
        account[shares.usable] = chance.permutation(self.post_account)[self.row_post]
        return account


@dataclass(frozen=True)
class Tested:
    """p, q and verdict of each edge; edges with fewer than two joint objects have p = 1."""

    p_value: Floats
    q_value: Floats
    flagged: Flags

    def where(self, keep: Flags) -> "Tested":
        """The edges for which the mask holds."""
        return Tested(self.p_value[keep], self.q_value[keep], self.flagged[keep])

    def columns(self) -> list[pl.Series]:
        """The three columns of an edge table."""
        return [
            pl.Series("p_value", self.p_value),
            pl.Series("q_value", self.q_value),
            pl.Series("flagged", self.flagged),
        ]


def assess(joined: Joined, *, activity: Codes, met: int, accounts: int, fdr: float) -> Tested:
    """Test every edge against the null of this module, with false-discovery control.

    activity: posts of each account. met: W, coincidences before any account was left out.
    accounts: n; the family is all n (n - 1) / 2 pairs, those never seen together have p = 1.
    """
    p_value = chance_of(joined, activity=activity, met=met)
    family = max(accounts * (accounts - 1) // 2, len(joined))
    q_value = benjamini_hochberg(p_value, family)
    return Tested(p_value, q_value, q_value <= fdr)


def chance_of(joined: Joined, *, activity: Codes, met: int) -> Floats:
    """Probability of at least so many joint objects under the null, for each edge."""
    posts = int(activity.sum())
    others = met - joined.n_objects + 1
    share = activity[joined.low] * activity[joined.high] * 2.0 / max(posts * (posts - 1), 1)
    # P(X >= x) of a Poisson variable is the regularised lower incomplete gamma function at x.
    tail = gammainc(joined.n_objects.astype(np.float64), others * share)
    chance: Floats = np.where(joined.n_objects >= MIN_JOINT_OBJECTS, tail, 1.0)
    return chance


def benjamini_hochberg(p_value: Floats, family: int) -> Floats:
    """q-values over a family of tests whose unlisted members all have p = 1.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289.
    """
    order = np.argsort(p_value, kind="stable")
    raw = p_value[order] * family / np.arange(1, len(order) + 1)
    rising = np.minimum.accumulate(raw[::-1])[::-1]
    q_value = np.empty(len(order))
    q_value[order] = np.minimum(rising, 1.0)
    return q_value
