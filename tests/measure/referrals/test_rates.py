"""Intervals of two groups agree with statsmodels, SciPy and published figures."""

import numpy as np
import pytest
from scipy import stats

from sojourn.measure.referrals.rates import difference, k_interval, ratio, share

RANDOM = np.random.default_rng(5)


def test_the_mean_of_people_is_that_of_students_t():
    y = RANDOM.exponential(size=40)
    found = ratio(y, np.ones(40))
    bounds = stats.t.interval(0.95, 39, y.mean(), stats.sem(y))
    assert (found.low, found.high) == pytest.approx(bounds)


def test_a_difference_of_means_is_welchs():
    one, other = RANDOM.normal(3, 1, 30), RANDOM.normal(2, 4, 50)
    found = difference(ratio(one, np.ones(30)), ratio(other, np.ones(50)))
    bounds = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found == pytest.approx((one.mean() - other.mean(), *bounds))


def test_a_difference_of_shares_is_newcombes():
    """Newcombe 1998, table II, method 10, of 56/70 and 48/80, and of 0/10 and 0/20."""
    assert difference(share(56, 70), share(48, 80))[1:] == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference(share(0, 10), share(0, 20))[1:] == pytest.approx((-0.1611, 0.2775), abs=5e-5)


def test_repeated_orders_of_one_person_do_not_make_a_mean_surer():
    y, x = np.array([10.0, 30.0]), np.ones(2)
    assert ratio(100 * y, 100 * x).high == pytest.approx(ratio(y, x).high)


def test_the_interval_of_a_ratio_covers_it():
    hits = 0
    for _ in range(400):
        orders = RANDOM.integers(1, 6, 60)
        spent = np.array([RANDOM.normal(20 + 5 * RANDOM.normal(), 1, n).sum() for n in orders])
        found = ratio(spent, orders.astype(float))
        hits += found.low <= 20 <= found.high
    assert 0.92 <= hits / 400 <= 0.98


def test_k_is_garwoods_where_advocates_differ_no_more_than_by_chance():
    """The exact interval of 10 events is 4.795 to 18.390."""
    assert np.array(k_interval(np.ones(10, int))) * 10 == pytest.approx([10, 4.795, 18.390], 1e-4)
    assert k_interval(np.zeros(5, int)) == pytest.approx((0, 0, 3.689 / 5), abs=1e-3)


def test_k_is_less_sure_where_one_advocate_brought_nearly_all():
    even, uneven = np.full(20, 5), np.array([100, *[0] * 19])
    assert k_interval(even)[0] == k_interval(uneven)[0] == 5
    assert k_interval(uneven)[2] > 2 * k_interval(even)[2]


def test_the_interval_of_k_covers_it():
    hits = 0
    for _ in range(400):
        brought = RANDOM.poisson(RANDOM.gamma(1, 1.5, 80))
        _, low, high = k_interval(brought)
        hits += low <= 1.5 <= high
    assert 0.91 <= hits / 400 <= 0.99


def test_too_few_people_have_no_interval():
    assert k_interval(np.zeros(0, int)) == (None, None, None)
    assert share(0, 0).value is ratio(np.zeros(0), np.zeros(0)).value is None
    alone = ratio(np.array([4.0]), np.ones(1))
    assert (alone.value, alone.low) == (4.0, None)
    assert difference(alone, ratio(np.array([1.0, 2.0]), np.ones(2))) == (2.5, None, None)
    assert difference(alone, share(0, 0)) == (None, None, None)
