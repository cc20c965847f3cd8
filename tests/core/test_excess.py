"""Excesses and beginnings against other libraries, against every window, and against chance."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from sojourn.core.excess import FEW, compare, higher_since
from sojourn.core.intervals import wilson


def spread(counts):
    """Strata and losses from `(cases, lost)` a stratum."""
    stratum = np.repeat(np.arange(len(counts)), [n for n, _ in counts])
    lost = np.concatenate([np.arange(n) < k for n, k in counts])
    return stratum, lost


def excess(cases, others):
    return compare(*spread(cases), *spread(others))


@pytest.mark.parametrize(("part", "whole"), [(0, 5), (3, 9), (148, 148), (15, 148)])
def test_wilson_is_the_one_of_statsmodels(part, whole):
    assert wilson(part, whole) == pytest.approx(proportion_confint(part, whole, method="wilson"))


@pytest.mark.parametrize(("n", "k", "m", "j"), [(20, 15, 100, 30), (10, 10, 12, 0), (9, 2, 7, 6)])
def test_one_stratum_is_fisher_and_newcombe(n, k, m, j):
    found = excess([(n, k)], [(m, j)])
    assert found.p == pytest.approx(fisher_exact([[k, n - k], [j, m - j]], "greater").pvalue)
    low, high = confint_proportions_2indep(k, n, j, m, method="newcomb")
    assert (found.low, found.high) == pytest.approx((low * n, high * n))
    assert (found.rate, found.usual) == pytest.approx((k / n, j / m))


def test_several_strata_are_mantel_haenszel():
    cases, others = [(20, 15), (30, 9), (8, 5)], [(60, 30), (90, 18), (40, 15)]
    found = excess(cases, others)
    tables = [[[k, n - k], [j, m - j]] for (n, k), (m, j) in zip(cases, others, strict=True)]
    theirs = StratifiedTable([np.array(t, float) for t in tables]).test_null_odds(correction=True)
    assert found.p == pytest.approx(theirs.pvalue / 2)
    assert found.expected == pytest.approx(20 * 0.5 + 30 * 0.2 + 8 * 15 / 40)


def test_who_has_nobody_alike_is_left_out():
    found = excess([(10, 9), (50, 50)], [(20, 10)])
    assert (found.cases, found.lost) == (10, 9)
    assert compare(np.array([1]), np.array([True]), np.array([0]), np.array([False])) is None


def test_the_interval_covers_the_true_excess_as_often_as_it_says():
    chance, covered = np.random.default_rng(7), 0
    for _ in range(400):
        cases, others = [(40, 0), (25, 0)], [(150, 0), (30, 0)]
        lost = [chance.binomial(n, p) for (n, _), p in zip(cases, (0.6, 0.7), strict=True)]
        usual = [chance.binomial(n, p) for (n, _), p in zip(others, (0.3, 0.5), strict=True)]
        found = excess(
            [(n, k) for (n, _), k in zip(cases, lost, strict=True)],
            [(n, k) for (n, _), k in zip(others, usual, strict=True)],
        )
        covered += found.low <= 40 * 0.3 + 25 * 0.2 <= found.high
    assert covered >= 0.92 * 400


def gain(n, k, cases, bad):
    """The log likelihood ratio of one window, written out."""
    m, j = cases - n, bad - k

    def fit(part, whole):
        share = part / whole if whole else 0.0
        parts = ((part, share), (whole - part, 1 - share))
        return sum(count * math.log(p) for count, p in parts if count)

    if not n or not m or k * m <= j * n or k < FEW or m < FEW:
        return 0.0
    return fit(k, n) + fit(j, m) - fit(bad, cases)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 29), st.booleans()), max_size=80))
def test_a_window_is_as_good_as_the_best_of_all_windows_around_it(cases):
    day = np.array([d for d, _ in cases], np.int64)
    bad = np.array([b for _, b in cases], bool)
    found = higher_since(day, bad, 30)
    size, whole = len(cases), int(bad.sum())

    def value(start, end):
        inside = (day >= start) & (day < end)
        return gain(int(inside.sum()), int(bad[inside].sum()), size, whole)

    every = {(s, e): value(s, e) for s in range(30) for e in range(s + 1, 31)}
    if found is None:
        assert max((v for (s, e), v in every.items() if e - s == 3), default=0) == 0
        return
    assert found.gain == pytest.approx(value(found.start, found.end))
    # neither end can be moved to explain much more; it may go on to the end a little less well
    best = max(v for (s, e), v in every.items() if s == found.start or e == found.end)
    assert found.gain >= best - 2.0
    assert found.earliest <= found.start <= found.latest < found.end
    assert found.open == (found.end == 30)
    assert 0 <= found.p <= 1


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_chance_seldom_begins_anything(share):
    chance = np.random.default_rng(11)
    p = []
    for _ in range(200):
        day = chance.integers(0, 400, 800)
        found = higher_since(day, chance.random(800) < share, 400)
        p.append(1.0 if found is None else found.p)
    assert np.mean(np.array(p) < 0.05) <= 0.05


def test_a_beginning_lies_within_its_interval_and_near_the_truth():
    chance, inside, off = np.random.default_rng(13), 0, []
    for _ in range(100):
        day = chance.integers(0, 300, 900)
        share = np.where((day >= 140) & (day < 170), 0.9, 0.1)
        found = higher_since(day, chance.random(900) < share, 300)
        inside += found.earliest <= 140 <= found.latest
        off.append(abs(found.start - 140))
    assert inside >= 90
    assert np.mean(np.array(off) <= 1) >= 0.9


def test_days_without_cases_leave_the_beginning_open_and_the_middle_is_told():
    day = np.array([*range(50), *range(70, 100)])
    found = higher_since(day, day >= 70, 100)
    assert (found.earliest, found.start, found.latest) == (50, 60, 70)
    assert found.open


@pytest.mark.parametrize(
    ("day", "bad"), [([], []), ([3], [True]), ([0] * 50, [True] * 50), ([0, 1, 2], [True] * 3)]
)
def test_where_there_is_nothing_to_compare_nothing_is_told(day, bad):
    assert higher_since(np.array(day, np.int64), np.array(bad, bool), 5) is None
