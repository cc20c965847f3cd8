"""Leaving by moving on or by lapsing, while some have not left: Aalen-Johansen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from sojourn.core.durations import DAY
from sojourn.core.incidence import LAPSED, MOVED, incidence, moved_within

stays = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=60)


def arrays(found):
    return np.array([t for t, _ in found], np.int64), np.array([c for _, c in found], np.int8)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # its standard errors divide by zero
@given(stays)
def test_it_agrees_with_statsmodels_for_both_ways_of_leaving(found):
    duration, cause = arrays(found)
    if not (cause == MOVED).any() or not (cause == LAPSED).any():
        return
    # statsmodels has no event at 0, so the same stays are told a day later.
    theirs = CumIncidenceRight(duration.astype(float) + 1, cause.astype(int))
    for kind in (MOVED, LAPSED):
        ours = incidence(duration, cause, of=kind)
        for time, share in zip(theirs.times, theirs.cinc[kind - 1], strict=True):
            assert ours.at(int(time) - 1) == pytest.approx(share, abs=1e-9)


@given(stays)
def test_shares_of_all_ways_never_exceed_the_whole(found):
    duration, cause = arrays(found)
    both = incidence(duration, cause, MOVED).at(30) + incidence(duration, cause, LAPSED).at(30)
    assert 0 <= both <= 1 + 1e-12


def test_without_anybody_still_there_it_is_a_plain_share():
    duration = np.array([1, 2, 3, 4]) * DAY
    assert moved_within(duration, np.array([MOVED, MOVED, LAPSED, MOVED]), 3)[0] == pytest.approx(
        0.5
    )


def test_nobody_entered_is_unknown_and_nobody_moved_is_none():
    empty = np.zeros(0, np.int64)
    assert moved_within(empty, empty) == (None, None)
    still = np.array([5 * DAY, 6 * DAY]), np.array([0, LAPSED])
    assert moved_within(*still) == (0, None)


def test_days_to_move_is_when_half_of_those_who_move_within_90_days_have():
    duration = np.array([2, 10, 30, 100]) * DAY
    cause = np.full(4, MOVED)
    assert moved_within(duration, cause) == (pytest.approx(0.75), 10)


def test_a_move_at_the_horizon_counts_and_one_just_after_does_not():
    at = np.array([90 * DAY])
    assert moved_within(at, np.array([MOVED]))[0] == 1
    assert moved_within(at + 1, np.array([MOVED]))[0] == 0


def test_a_move_at_the_very_moment_of_entering_counts():
    assert moved_within(np.array([0, 5 * DAY]), np.array([MOVED, 0])) == (pytest.approx(0.5), 0)
