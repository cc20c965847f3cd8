"""BG/NBD and Gamma-Gamma against their definitions: sums over the hidden rates, and published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaincinv, gammaln
from scipy.stats import beta, gamma

from sojourn.core import bgnbd, gammagamma
from sojourn.core.bgnbd import Histories
from sojourn.core.likelihood import around, fitted, spread

CDNOW = np.array([0.243, 4.414, 0.793, 2.426])
SPENDING = np.array([6.25, 3.74, 15.44])
parameters = st.tuples(
    st.floats(0.1, 5), st.floats(0.5, 20), st.floats(0.1, 30), st.floats(0.2, 30)
).map(np.array)


def one(x, tx, span):
    return Histories(*(np.array([float(number)]) for number in (x, tx, span, 1)))


def moment(given, x, time):
    """The mean of `rate**x * exp(-rate * time)` over gamma distributed rates."""
    r, alpha = given[:2]
    logs = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + time)
    return np.exp(logs)


def over_stops(what, given):
    """The mean over beta distributed chances of stopping."""
    return quad(lambda stop: what(stop) * beta(*given[2:]).pdf(stop), 0, 1, epsabs=0)[0]


@pytest.mark.parametrize(("x", "tx", "span"), [(0, 0, 10), (2, 6, 10), (4, 9.5, 10)])
def test_the_likelihood_is_the_mean_over_the_hidden_rates(x, tx, span):
    given, ahead = np.array([1.5, 3.0, 1.4, 2.5]), 7.0

    def gone(stop):
        return stop * (1 - stop) ** (x - 1) * moment(given, x, tx) if x else 0.0

    def more(stop):
        bought = moment(given, x, span) - moment(given, x, span + stop * ahead)
        return (1 - stop) ** x * bought / stop

    alive = over_stops(lambda stop: (1 - stop) ** x * moment(given, x, span), given)
    whole = alive + over_stops(gone, given)
    seen = one(x, tx, span)
    assert bgnbd.log_likelihood(seen, given)[0] == pytest.approx(np.log(whole), abs=1e-6)
    assert bgnbd.p_alive(seen, given)[0] == pytest.approx(alive / whole, abs=1e-6)
    expected = over_stops(more, given) / whole
    assert bgnbd.expected(seen, given, ahead)[0] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(parameters, st.integers(0, 200), st.floats(0, 1), st.floats(0.1, 100), st.floats(0.1, 100))
def test_what_is_expected_is_the_integral_over_the_chances_of_stopping(
    given, x, share, span, ahead
):
    r, alpha, a, b = given
    seen = one(x, share * span if x else 0.0, span)

    def inner(point):
        p = max(float(betaincinv(a, b + x, point)), 1e-12)
        return -np.expm1(-(r + x) * np.log1p(p * ahead / (alpha + span))) / p

    expected = quad(inner, 0, 1, limit=80)[0] * bgnbd.p_alive(seen, given)[0]
    assert bgnbd.expected(seen, given, ahead)[0] == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_many_purchases_at_the_very_start_overflow_nothing():
    given = np.array([0.5, 0.5, 0.5, 2.0])
    found = bgnbd.expected(one(98, 0.0, 0.5), given, 10.0)[0]
    assert 0 <= found < 1e-20


@settings(max_examples=60, deadline=None)
@given(parameters, st.integers(0, 30), st.floats(0, 1), st.floats(0.5, 50))
def test_the_gradient_is_the_slope(given, x, share, span):
    seen = one(x, share * span if x else 0.0, span)
    _, gradient = bgnbd.log_likelihood(seen, given)
    for k in range(4):
        move = np.eye(4)[k] * given[k] * 1e-5
        rise = bgnbd.log_likelihood(seen, given + move)[0]
        rise -= bgnbd.log_likelihood(seen, given - move)[0]
        assert gradient[k] == pytest.approx(rise / (2 * move[k]), rel=1e-3, abs=1e-4)


def test_equal_histories_are_kept_once_and_count_each():
    x, tx, span = np.array([1.0, 0, 1, 1]), np.array([2.0, 0, 2, 3]), np.array([5.0, 5, 5, 5])
    seen, place = bgnbd.distinct(x, tx, span)
    assert len(seen.x) == 3
    assert seen.people[place].tolist() == [2, 1, 2, 1]
    assert np.array_equal(seen.tx[place], tx)
    each = bgnbd.log_likelihood(Histories(x, tx, span, np.ones(4)), CDNOW)[0]
    assert bgnbd.log_likelihood(seen, CDNOW)[0] == pytest.approx(each)


def test_published_expectations_come_out():
    """Fader, Hardie and Lee: customer 1 is expected to buy 1.226 times in 39 weeks."""
    assert bgnbd.expected(one(2, 30.43, 38.86), CDNOW, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    assert bgnbd.p_alive(one(0, 0, 38.86), CDNOW)[0] == 1
    found = gammagamma.average(np.array([0.0, 2, 1]), np.array([0.0, 22.35, 11.77]), SPENDING)
    assert found == pytest.approx([35.22, 24.66, 18.91], abs=0.03)


def test_parameters_are_found_again_in_simulated_people():
    rng = np.random.default_rng(5)
    n, given = 4_000, np.array([0.8, 6.0, 0.9, 2.5])
    rate, stop = rng.gamma(given[0], 1 / given[1], n), rng.beta(given[2], given[3], n)
    span, x, tx = rng.uniform(20, 40, n), np.zeros(n), np.zeros(n)
    now, alive = np.zeros(n), np.ones(n, bool)
    while alive.any():
        now = now + rng.exponential(1 / np.maximum(rate, 1e-12))
        alive &= now < span
        x[alive] += 1
        tx[alive] = now[alive]
        alive &= rng.uniform(size=n) > stop
    found = bgnbd.fit(bgnbd.distinct(x, tx, span)[0])
    assert found.settled
    error = np.sqrt(np.diag(found.covariance))
    assert (np.abs(np.log(found.parameters / given)) < 4 * error).all()
    assert (error < 0.4).all()


def test_spending_is_found_again_and_its_gradient_is_the_slope():
    rng = np.random.default_rng(6)
    n, given = 10_000, np.array([5.0, 4.0, 20.0])
    x = rng.integers(1, 8, n).astype(float)
    each = rng.gamma(given[1], 1 / given[2], n)
    m = rng.gamma(given[0] * x, 1 / (each * x))
    found = gammagamma.fit(x, m)
    error = np.sqrt(np.diag(found.covariance))
    assert (np.abs(np.log(found.parameters / given)) < 4 * error).all()
    _, gradient = gammagamma.log_likelihood(x, m, given)
    for k in range(3):
        move = np.eye(3)[k] * given[k] * 1e-5
        rise = gammagamma.log_likelihood(x, m, given + move)[0]
        rise -= gammagamma.log_likelihood(x, m, given - move)[0]
        assert gradient[k] == pytest.approx(rise / (2 * move[k]), rel=1e-3, abs=1e-2)


def test_the_likelihood_of_spending_is_the_mean_over_peoples_means():
    p, q, scale = SPENDING
    x, m = 3.0, 20.0

    def likely(rate):
        own = gamma(p * x, scale=1 / (rate * x)).pdf(m)
        return own * gamma(q, scale=1 / scale).pdf(rate)

    whole = quad(likely, 0, np.inf)[0]
    assert gammagamma.log_likelihood(np.array([x]), np.array([m]), SPENDING)[0] == pytest.approx(
        np.log(whole), abs=1e-6
    )


def test_a_mean_that_is_not_finite_is_no_number():
    found = gammagamma.average(np.zeros(1), np.zeros(1), np.array([1.0, 0.5, 2.0]))
    assert np.isnan(found).all()


def test_the_error_of_a_known_case_is_its_textbook_error():
    """A Poisson mean has a logarithm with the error 1 / sqrt(number of events)."""
    counts = np.array([3.0, 5.0, 4.0, 8.0])

    def slope(parameters):
        rate = parameters[0]
        height = counts.sum() * np.log(rate) - len(counts) * rate - gammaln(counts + 1).sum()
        return height, np.array([counts.sum() / rate - len(counts)])

    found = fitted(slope, [(1.0,)])
    assert found.parameters == pytest.approx([5.0])
    error = spread(found, np.log)
    assert error == pytest.approx([1 / np.sqrt(20)], rel=1e-4)
    low, high = around(found.parameters, error)
    assert (low * high)[0] == pytest.approx(25)


def test_parameters_that_run_away_have_no_error():
    found = fitted(lambda p: (-1 / p[0], np.array([1 / p[0] ** 2])), [(1.0,)])
    assert not found.settled
    assert np.isnan(spread(found, np.log)).all()


def test_what_does_not_depend_on_a_flat_direction_still_has_an_error():
    """Only the product of two parameters matters: it is as sure as a Poisson mean, they are not."""
    counts = np.array([3.0, 5.0, 4.0, 8.0])

    def slope(parameters):
        rate = parameters[0] * parameters[1]
        one = counts.sum() / rate - len(counts)
        return counts.sum() * np.log(rate) - len(counts) * rate, one * parameters[::-1]

    found = fitted(slope, [(1.0, 2.0)])
    assert not found.settled
    assert spread(found, lambda p: np.log(p[:1] * p[1:])) == pytest.approx(
        [1 / np.sqrt(20)], rel=1e-3
    )
    assert np.isnan(spread(found, np.log)).all()
