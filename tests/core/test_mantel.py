"""The rate ratio within strata, against the printed formulas, Stata's example and statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.rates import confint_poisson_2indep

from sojourn.core.mantel import rate_ratio

cell = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 9), st.integers(0, 9))


def told(strata):
    one, none, moves, without = (np.array(column) for column in zip(*strata, strict=True))
    return rate_ratio(one.astype(float), moves, none.astype(float), without)


@given(st.lists(cell, min_size=1, max_size=12))
def test_it_is_greenland_and_robins_formula_stratum_by_stratum(strata):
    up = down = spread = 0.0
    for time, without, moves, moves_without in strata:
        if time and without:
            whole = time + without
            up += moves * without / whole
            down += moves_without * time / whole
            spread += (moves + moves_without) * time * without / whole**2
    found = told(strata)
    if not up or not down:
        assert found is None
        return
    error = math.sqrt(spread / (up * down))
    assert found.ratio == pytest.approx(up / down)
    assert found.low == pytest.approx(up / down * math.exp(-1.959963985 * error))
    assert found.high == pytest.approx(up / down * math.exp(1.959963985 * error))
    assert found.p == pytest.approx(math.erfc(abs(math.log(up / down)) / error / math.sqrt(2)))
    assert found.strata == sum(bool(time and without) for time, without, _, _ in strata)


def test_the_british_doctors_come_out_as_in_the_manual_of_stata():
    """Coronary deaths and person-years of smokers and others by age (Doll and Hill, 1966).

    Stata's manual (epitab, `ir deaths smokes pyears, by(age)`) prints the combined ratio.
    """
    strata = [
        (52_407, 18_790, 32, 2),
        (43_248, 10_673, 104, 12),
        (28_612, 5_710, 206, 28),
        (12_663, 2_585, 186, 28),
        (5_317, 1_462, 102, 31),
    ]
    found = told(strata)
    told_there = (1.424682, 1.154703, 1.757784)
    assert (found.ratio, found.low, found.high) == pytest.approx(told_there, abs=1e-6)


def test_one_stratum_is_the_log_interval_of_statsmodels():
    found = told([(120, 80, 18, 6)])
    assert found.ratio == pytest.approx((18 / 120) / (6 / 80))
    theirs = confint_poisson_2indep(18, 120, 6, 80, method="waldcc", compare="ratio")
    plain = math.exp(1.959963985 * math.sqrt(1 / 18 + 1 / 6))
    assert (found.low, found.high) == pytest.approx((found.ratio / plain, found.ratio * plain))
    assert (found.low, found.high) == pytest.approx(theirs, rel=0.2)


def test_where_moves_are_rare_it_is_the_mantel_haenszel_odds_ratio_of_statsmodels():
    strata = [(90_000, 60_000, 9, 4), (50_000, 70_000, 7, 8), (20_000, 20_000, 5, 1)]
    tables = [[[m, t - m], [w, n - w]] for t, n, m, w in strata]
    theirs = StratifiedTable([np.array(table, float) for table in tables])
    assert told(strata).ratio == pytest.approx(theirs.oddsratio_pooled, rel=1e-3)
    assert (told(strata).low, told(strata).high) == pytest.approx(
        theirs.oddsratio_pooled_confint(), rel=4e-3
    )


def test_without_a_comparison_there_is_no_ratio():
    assert told([(10, 0, 5, 0), (0, 10, 0, 5)]) is None
    assert told([(10, 10, 0, 5)]) is None
    assert told([(10, 10, 5, 0)]) is None
    empty = np.zeros(0)
    assert rate_ratio(empty, empty.astype(int), empty, empty.astype(int)) is None
