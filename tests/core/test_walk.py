"""The walk by example: each rule of the meaning of a journey, one at a time."""

import pytest

from sojourn.core.walk import Rules, Sojourn, State, Step, outcome, step, walk

DAY = 86_400_000_000
KNOW, LIKE, BUY, REPEAT = (1 << k for k in range(4))
RULES = Rules(neck=2, lapse=30 * DAY)


def at(day, seen=0, own=True, restart=False):
    return Step(int(day * DAY), own, seen, restart, f"e{day}")


def brief(stays):
    return [(s.cycle, s.stage, s.entered_at / DAY) for s in stays]


def test_a_person_is_in_the_furthest_stage_seen_so_far_and_never_moves_back():
    stays = walk([at(0, KNOW), at(1, BUY), at(2, LIKE)], RULES)
    assert brief(stays) == [(1, 0, 0), (1, 2, 1)]
    assert stays[1].touches == 2


def test_the_furthest_stage_seen_at_a_touchpoint_is_its_level():
    assert brief(walk([at(0, KNOW | BUY)], RULES)) == [(1, 2, 0)]


def test_stages_jumped_over_are_counted_on_entry():
    stays = walk([at(0, KNOW), at(1, BUY)], RULES)
    assert [s.skipped for s in stays] == [0, 1]
    assert walk([at(0, BUY)], RULES)[0].skipped == 2


def test_touches_run_from_the_one_that_entered_up_to_the_one_that_ended_it():
    stays = walk([at(0, KNOW), at(1), at(2, own=False), at(3, LIKE), at(4)], RULES)
    assert [s.touches for s in stays] == [3, 2]


def test_touchpoints_before_the_first_evidence_belong_to_no_stay():
    stays = walk([at(0), at(1, KNOW)], RULES)
    assert brief(stays) == [(1, 0, 1)]
    assert stays[0].touches == 1


def test_silence_longer_than_the_lapse_opens_a_new_cycle():
    assert brief(walk([at(0, KNOW), at(30, LIKE)], RULES)) == [(1, 0, 0), (1, 1, 30)]
    later = Step(30 * DAY + 1, True, LIKE, False, "late")
    assert [s.cycle for s in walk([at(0, KNOW), later], RULES)] == [1, 2]


def test_the_business_cannot_bring_anybody_back():
    stays = walk([at(0, KNOW), at(40, LIKE, own=False), at(41, LIKE)], RULES)
    assert brief(stays) == [(1, 0, 0), (2, 1, 41)]
    assert stays[0].touches == 1


def test_a_business_touchpoint_is_no_sign_of_life_but_proves_a_stage_in_time():
    stays = walk([at(0, KNOW), at(20, LIKE, own=False), at(31, KNOW)], RULES)
    assert brief(stays) == [(1, 0, 0), (1, 1, 20), (2, 0, 31)]


def test_the_very_first_touchpoint_is_a_sign_of_life_whoever_made_it():
    stays = walk([at(0, KNOW, own=False), at(29, LIKE)], RULES)
    assert [s.cycle for s in stays] == [1, 1]


def test_a_restart_needs_somebody_who_has_bought_in_this_cycle():
    looking = at(2, KNOW, restart=True)
    assert [s.cycle for s in walk([at(0, LIKE), looking], RULES)] == [1]
    stays = walk([at(0, BUY), looking, at(3, KNOW, restart=True)], RULES)
    assert brief(stays) == [(1, 2, 0), (2, 0, 2)]
    assert stays[0].restarted_at == 2 * DAY


def test_the_business_cannot_restart_anybody():
    assert len(walk([at(0, BUY), at(1, KNOW, own=False, restart=True)], RULES)) == 1


def test_a_lapse_comes_before_a_restart():
    stays = walk([at(0, BUY), at(31, KNOW, restart=True)], RULES)
    assert stays[0].restarted_at is None
    assert stays[1].cycle == 2


def test_a_cycle_without_evidence_has_a_number_all_the_same():
    assert brief(walk([at(0), at(40, KNOW)], RULES)) == [(2, 0, 40)]


def test_ties_go_by_their_order():
    stays = walk([at(0, KNOW), at(0, LIKE), at(0, BUY)], RULES)
    assert [s.stage for s in stays] == [0, 1, 2]
    assert [s.moved_at for s in stays] == [0, 0, None]


def test_a_state_can_be_carried_from_one_touchpoint_to_the_next():
    touches = [at(0, KNOW), at(1, BUY), at(2, KNOW, restart=True), at(3, LIKE)]
    state, done = State(), ()
    for touch in touches:
        state, more = step(state, touch, RULES)
        done += more
    assert [(s.cycle, s.stage) for s in done] == [(1, 0), (1, 2)]
    assert [(s.cycle, s.stage) for s in state.sojourns] == [(2, 0), (2, 1)]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (10, (None, "open")),
        (10 + 1e-11, (None, "stalled")),
        (30, (None, "stalled")),
        (30 + 1e-11, (30 * DAY, "lapsed")),
    ],
)
def test_an_open_stay_stalls_after_its_patience_and_lapses_after_silence(as_of, expected):
    stay = Sojourn(1, 0, 0, "e", 0, last_sign=0)
    assert outcome(stay, round(as_of * DAY), 30 * DAY, 10 * DAY) == expected


def test_without_a_lapse_or_patience_nobody_lapses_or_stalls():
    stay = Sojourn(1, 0, 0, "e", 0, last_sign=0)
    assert outcome(stay, 10_000 * DAY, None, None) == (None, "open")
