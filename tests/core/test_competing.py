"""The whole curve of leaving, its interval, and the test between curves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, survdiff

from sojourn.core.competing import curve, grouped, interval, log_rank
from sojourn.core.durations import DAY
from sojourn.core.incidence import LAPSED, MOVED, incidence

stays = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=60)


def arrays(found):
    return np.array([t for t, _ in found], np.int64), np.array([c for _, c in found], np.int64)


@given(stays)
def test_shares_are_those_of_the_incidence_to_the_last_bit_and_equal_stays_are_one(found):
    duration, cause = arrays(found)
    drawn = curve(grouped(duration, cause))
    for path, of in ((drawn.moved, MOVED), (drawn.lapsed, LAPSED)):
        plain = incidence(duration, cause, of)
        assert drawn.times.tolist() == plain.times.tolist()
        assert np.abs(path.share - plain.share).max() <= 1e-12
    assert len(grouped(duration, cause).count) == len(set(found))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # theirs divides by zero at the end
@settings(max_examples=200)
@given(stays)
def test_shares_and_standard_errors_agree_with_statsmodels_also_with_ties(found):
    duration, cause = arrays(found)
    if not (cause == MOVED).any() or not (cause == LAPSED).any():
        return
    theirs = CumIncidenceRight(duration.astype(float) + 1, cause.astype(int))
    drawn = curve(grouped(duration, cause))
    at = np.searchsorted(drawn.times, np.asarray(theirs.times) - 1)
    for path, kind in ((drawn.moved, 0), (drawn.lapsed, 1)):
        assert path.share[at] == pytest.approx(theirs.cinc[kind], abs=1e-9)
        known = np.isfinite(theirs.cinc_se[kind])
        error = np.sqrt(path.variance[at])
        assert error[known] == pytest.approx(theirs.cinc_se[kind][known], abs=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_on_many_stays_without_ties_it_agrees_with_statsmodels_too():
    random = np.random.default_rng(7)
    duration = random.permutation(20_000)[:3000] + 1
    cause = random.integers(0, 3, 3000)
    theirs = CumIncidenceRight(duration.astype(float), cause)
    drawn = curve(grouped(duration, cause))
    at = np.searchsorted(drawn.times, theirs.times)
    for path, kind in ((drawn.moved, 0), (drawn.lapsed, 1)):
        assert np.abs(path.share[at] - theirs.cinc[kind]).max() < 1e-9
        error = np.sqrt(path.variance[at])[:-1]
        assert np.abs(error - theirs.cinc_se[kind][:-1]).max() < 1e-9


def test_without_competition_or_censoring_the_variance_is_that_of_a_share():
    drawn = curve(grouped(np.arange(1, 11) * DAY, np.full(10, MOVED)))
    assert drawn.moved.variance[3] == pytest.approx(0.4 * 0.6 / 10)
    share, low, high = drawn.at(4, drawn.moved)
    spread = math.exp(1.959963985 * math.sqrt(0.024) / (0.4 * math.log(0.4)))
    assert (share, low, high) == pytest.approx((0.4, 0.4 ** (1 / spread), 0.4**spread))


def test_an_interval_stays_within_0_and_1_and_is_unknown_at_either_end():
    low, high = interval(np.array([0.001, 0.999, 0.0, 1.0]), np.array([0.1, 0.1, 0.0, 0.0]))
    assert ((low[:2] >= 0) & (low[:2] < high[:2]) & (high[:2] <= 1)).all()
    assert np.isnan([*low[2:], *high[2:]]).all()


def test_a_share_that_sums_leave_a_hair_under_1_is_everybody():
    low, high = interval(np.array([1 - 1e-16, 1 - 1e-16, 0.5]), np.array([1e-17, 0.0, 0.0]))
    assert np.isnan([*low, *high]).all()


def test_nobody_at_all_and_nobody_yet():
    nobody = curve(grouped(np.zeros(0, np.int64), np.zeros(0, np.int64)))
    assert nobody.at(90, nobody.moved) == (0.0, None, None)
    late = curve(grouped(np.array([9 * DAY]), np.array([MOVED])))
    assert late.at(8, late.moved) == (0.0, None, None)
    assert late.at(9, late.moved) == (1.0, None, None)


def plain_log_rank(groups, of=MOVED):
    """The log-rank statistic by its definition: observed minus expected at each time."""
    times = sorted({t for g in groups for t, c in g if c == of})
    size = len(groups)
    gap, spread = [0.0] * size, [[0.0] * size for _ in range(size)]
    for time in times:
        risk = [sum(t >= time for t, _ in g) for g in groups]
        gone = [sum(t == time and c == of for t, c in g) for g in groups]
        n, d = sum(risk), sum(gone)
        for i in range(size):
            gap[i] += gone[i] - d * risk[i] / n
            for j in range(size):
                if n > 1:
                    part = (i == j) - risk[j] / n
                    spread[i][j] += d * (n - d) / (n - 1) * risk[i] / n * part
    inner = np.array(spread)[:-1, :-1]
    return float(np.array(gap)[:-1] @ np.linalg.solve(inner, np.array(gap)[:-1]))


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2), st.integers(0, 2)), min_size=20))
def test_the_log_rank_test_agrees_with_its_definition_and_with_statsmodels(found):
    groups = [[(t, c) for t, c, g in found if g == k] for k in range(3)]
    test = log_rank([grouped(*arrays(g)) for g in groups])
    if not all(any(c == MOVED for _, c in g) for g in groups) or test is None or test.df < 2:
        return
    assert test.statistic == pytest.approx(plain_log_rank(groups), rel=1e-8)
    duration, cause, group = (np.array(part) for part in zip(*found, strict=True))
    theirs = survdiff(duration, (cause == MOVED).astype(int), group)
    assert (test.statistic, test.p) == pytest.approx(theirs, rel=1e-6)


def test_groups_that_nobody_was_in_or_left_are_no_groups():
    fast = grouped(np.array([1, 2, 3]), np.full(3, MOVED))
    slow = grouped(np.array([4, 5, 6]), np.full(3, MOVED))
    nobody = grouped(np.zeros(0, np.int64), np.zeros(0, np.int64))
    early = grouped(np.array([0]), np.array([0]))
    assert log_rank([fast, slow, nobody, early]) == pytest.approx(log_rank([fast, slow]))
    assert log_rank([fast, slow]).df == 1
    assert log_rank([fast]) is None
    assert log_rank([]) is None
    assert log_rank([early, early]) is None
