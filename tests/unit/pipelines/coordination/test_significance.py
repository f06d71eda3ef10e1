import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from pipelines.coordination.detect import detect
from pipelines.coordination.edges import Joined, between_accounts, join, weights
from pipelines.coordination.pairs import Pairs, pairs_of, sweep
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import Shares, read_shares
from pipelines.coordination.significance import Authors, benjamini_hochberg, chance_of

WEEKS_4 = 28 * 86_400
TESTED = DetectParameters(fdr=0.05)


class World:
    """Shares of four weeks, put together from ordinary posts, look-alikes and a ring."""

    def __init__(self, seed, people):
        self.chance = np.random.default_rng(seed)
        self.people = people
        self.rows = []

    def put(self, object_id, account, moment, content=None):
        self.rows.append((object_id, account, content or f"c{len(self.rows)}", int(moment * 1e6)))

    def moment(self):
        return self.chance.uniform(0, WEEKS_4)

    def ordinary(self, posts):
        activity = self.chance.pareto(1.2, self.people) + 0.3
        who = self.chance.choice(self.people, size=posts, p=activity / activity.sum())
        for number, person in enumerate(who):
            moment = self.moment()
            self.put(f"text{number}", f"p{person}", moment, f"post{number}")
            if self.chance.random() < 0.4:
                link = self.chance.zipf(1.5) % 40
                self.put(f"link{link}", f"p{person}", moment, f"post{number}")

    def taken_up(self, object_id, within):
        """Thirty people share one thing once."""
        start = self.moment()
        for person in self.chance.permutation(self.people)[:30]:
            self.put(object_id, f"p{person}", start + self.chance.uniform(0, within))

    def step(self, object_id, accounts, within):
        """All of some accounts share one thing."""
        start = self.moment()
        for account in accounts:
            self.put(object_id, account, start + self.chance.uniform(0, within))

    def shares(self):
        columns = ["object_id", "account_id", "content_id", "timestamp_share"]
        return Shares.of(pl.DataFrame(self.rows, schema=columns, orient="row"))


def world(seed, *, people=100, posts=300, objects=8, join_probability=1.0):
    """Ordinary posts, a breaking link, a campaign, wire texts on four pages, and a ring of five."""
    made = World(seed, people)
    made.ordinary(posts)
    made.taken_up("breaking", 3600)
    for link in range(5):
        made.taken_up(f"campaign{link}", 86_400)
    for text in range(6):
        made.step(f"wire{text}", [f"media{page}" for page in range(4)], 5 * 3600)
    for number in range(objects):
        joining = [f"ring{i}" for i in range(5) if made.chance.random() < join_probability]
        made.step(f"ring{number}", joining, 60)
    return made.shares()


def flagged_pairs(detection):
    return set(detection.edges.filter("flagged").select("account_id", "account_id_y").rows())


RING = {(f"ring{i}", f"ring{j}") for i in range(5) for j in range(i + 1, 5)}


@pytest.mark.parametrize("seed", range(20))
def test_a_ring_is_found_and_no_look_alike_is(seed):
    detection = detect(world(seed), TESTED)
    assert flagged_pairs(detection) == RING
    assert sum(detection.summary["flagged_under_permutation"]) <= 1


@pytest.mark.parametrize("seed", range(20))
def test_a_ring_is_found_among_a_hundred_posts_of_sixty_people(seed):
    shares = world(seed, people=60, posts=60, join_probability=0.9)
    flagged = flagged_pairs(detect(shares, TESTED))
    assert {name for pair in flagged for name in pair} == {f"ring{i}" for i in range(5)}


def test_where_nobody_acts_together_few_worlds_have_anything_flagged():
    worlds = [world(seed, objects=0, posts=1000) for seed in range(40)]
    without_permutations = DetectParameters(fdr=0.05, permutations=0)
    flagged = [bool(flagged_pairs(detect(shares, without_permutations))) for shares in worlds]
    assert sum(flagged) <= 0.05 * len(worlds)


def test_no_permutation_of_real_shares_flags_anything(shared_dir):
    shares = read_shares(shared_dir / "coordination/data/russian.csv.gz")
    summary = detect(
        shares, DetectParameters(time_window=300, min_participation=1, fdr=0.05)
    ).summary
    assert summary["flagged"] == 21
    assert summary["flagged_under_permutation"] == [0] * 20


def test_permutation_keeps_activity_and_clock_as_the_study_measured_them(shared_dir):
    # Study: repeated pair rows under permutation on these shares, mean 399 of 20 seeds.
    shares = read_shares(shared_dir / "coordination/data/russian.csv.gz")
    parameters = DetectParameters(time_window=300, semantics="coortweet")
    candidates = pairs_of(shares, sweep(shares, 300_000_000), posts_once=False)
    authors = Authors.of(shares)
    repeated = []
    for number in range(6):
        account = authors.dealt_out(shares, 7, number)
        joined = join(shares, account, between_accounts(shares, account, candidates, parameters))
        repeated.append((weights(joined, parameters) >= 2).sum())
    assert np.mean(repeated) == pytest.approx(399, abs=30)


def test_permuted_posts_keep_their_rows_together_and_accounts_their_number_of_posts():
    shares = world(3)
    authors = Authors.of(shares)
    account = authors.dealt_out(shares, 7, 0)
    posts = {}
    for content, dealt in zip(shares.content.tolist(), account.tolist(), strict=True):
        assert posts.setdefault(content, dealt) == dealt
    dealt_activity = np.bincount(list(posts.values()), minlength=len(shares.accounts))
    assert (dealt_activity == authors.activity(len(shares.accounts))).all()
    assert (account != shares.account).any()


def meetings(low, high, n_objects):
    """Edges that were met in `n_objects` objects each, with no pairs of shares behind them."""
    none = np.zeros(0, dtype=np.int64)
    return Joined(Pairs(none, none), np.array(low), np.array(high), none, np.array(n_objects))


def test_the_expected_number_of_meetings_is_the_mean_over_permutations():
    owners = np.repeat(np.arange(8), [4, 8, 12, 16, 20, 40, 40, 60])
    rows = [(f"o{n // 2}", f"a{who}", f"c{n}", n // 2) for n, who in enumerate(owners)]
    columns = ["object_id", "account_id", "content_id", "timestamp_share"]
    shares = Shares.of(pl.DataFrame(rows, schema=columns, orient="row"))
    candidates = pairs_of(shares, sweep(shares, 0), posts_once=False)
    authors = Authors.of(shares)
    met, seen = 0, np.zeros((8, 8))
    for number in range(200):
        account = authors.dealt_out(shares, 1, number)
        joined = join(shares, account, between_accounts(shares, account, candidates, TESTED))
        met += joined.n_objects.sum()
        seen[joined.low, joined.high] += joined.n_objects
    activity, posts = authors.activity(8), len(rows)
    expected = np.triu(np.outer(activity, activity), 1) * 2 / (posts * (posts - 1)) * 100
    assert met / 200 == pytest.approx(expected.sum(), rel=0.03)
    assert seen[5:, 5:] / 200 == pytest.approx(expected[5:, 5:], rel=0.1)


def test_the_chance_is_the_poisson_tail_without_the_edge_s_own_meetings():
    activity = np.array([4, 6, 10])
    chance = chance_of(meetings([0, 1], [1, 2], [3, 1]), activity=activity, met=12)
    expected = (12 - 3 + 1) * 2 * 4 * 6 / (20 * 19)
    assert chance[0] == pytest.approx(poisson.sf(2, expected))
    assert chance[1] == 1.0


def test_a_pair_that_alone_met_twice_is_measured_by_one_meeting():
    activity = np.array([2, 2, 96])
    chance = chance_of(meetings([0], [1], [2]), activity=activity, met=2)
    assert chance[0] == pytest.approx(poisson.sf(1, 8 / (100 * 99)))


def test_q_values_count_the_pairs_that_never_met():
    p_value = np.array([0.04, 0.0001, 0.002])
    assert benjamini_hochberg(p_value, 100) == pytest.approx([1.0, 0.01, 0.1])


def test_q_values_never_fall_below_those_of_smaller_p():
    assert benjamini_hochberg(np.array([0.01, 0.011]), 2) == pytest.approx([0.011, 0.011])
