"""How often somebody may ask: a steady rate, and a little more after a silence."""

from hypothesis import given
from hypothesis import strategies as st

from sojourn.server.rate import BURST, Rates

gaps = st.lists(st.floats(0, 3), min_size=1, max_size=60)


@given(st.sampled_from([0.5, 1, 5, 50]), gaps)
def test_in_no_span_of_time_are_there_more_than_its_share_and_one_burst(rate, waits):
    rates, at, taken = Rates(rate), 0.0, []
    for gap in waits:
        at += gap
        if rates.wait("a", at) == 0:
            taken.append(at)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            allowed = max(1.0, rate * BURST) + rate * (taken[last] - taken[first])
            assert last - first + 1 <= allowed + 1e-6


@given(st.sampled_from([0.5, 1, 5]), st.integers(1, 40))
def test_who_waits_as_told_is_let_in(rate, calls):
    rates, at = Rates(rate), 0.0
    for _ in range(calls):
        wait = rates.wait("a", at)
        if wait:
            at += wait
            assert rates.wait("a", at) == 0


def test_one_holds_up_nobody_else_and_a_clock_going_back_nobody():
    rates = Rates(1)
    assert [rates.wait("a", 10.0) for _ in range(3)] == [0, 0, 1]
    assert rates.wait("b", 10.0) == 0
    assert rates.wait("a", 5.0) == 1
