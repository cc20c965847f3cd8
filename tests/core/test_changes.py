"""What changes on a journey: the arrays say what the plain definition says, on anything."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.test_stride import LAPSE, as_bucket, people
from sojourn.core.changes import (
    KINDS,
    Change,
    changes,
    changes_in,
    next_instants,
    stays_of,
)
from sojourn.core.stride import NEVER, stride
from sojourn.core.walk import Rules, Sojourn, walk


def told(stay, as_of, lapse=None, patience=(None, None)):
    return [(KINDS[c.kind], c.at, c.other) for c in changes([stay], as_of, lapse, patience)]


def stay(**more):
    return Sojourn(1, more.pop("stage", 0), 0, "a", more.pop("skipped", 0), **more)


def test_a_stay_is_entered_and_left():
    found = told(stay(stage=1, skipped=0, moved_at=4, next_stage=3), 9)
    assert found == [("entered", 0, 0), ("moved", 4, 3)]


def test_who_was_let_wait_longer_than_the_patience_has_stalled_also_when_they_move_on():
    moved = stay(moved_at=6, next_stage=1)
    assert told(moved, 9, patience=[5, None]) == [
        ("entered", 0, -1), ("stalled", 5, -1), ("moved", 6, 1),
    ]  # fmt: skip
    assert ("stalled", 5, -1) not in told(stay(moved_at=5, next_stage=1), 9, patience=[5, None])


def test_a_stall_and_a_lapse_come_strictly_after_their_instant():
    assert told(stay(last_sign=0), 5, 7, [5]) == [("entered", 0, -1)]
    assert told(stay(last_sign=0), 6, 7, [5])[1:] == [("stalled", 5, -1)]
    assert told(stay(last_sign=0), 7, 7, [5])[1:] == [("stalled", 5, -1)]
    assert told(stay(last_sign=0), 8, 7, [5])[1:] == [("stalled", 5, -1), ("lapsed", 7, -1)]


def test_who_lapsed_before_the_patience_ended_never_stalled():
    assert told(stay(last_sign=0), 99, 4, [5])[1:] == [("lapsed", 4, -1)]


patiences = st.lists(st.sampled_from([None, 1, 5, 12]), min_size=4, max_size=4)


@settings(max_examples=300, deadline=None)
@given(people(), st.sampled_from([None, LAPSE]), patiences, st.booleans(), st.integers(-10, 200))
def test_the_arrays_say_what_the_definition_says(someone, lapse, patience, restarts, as_of):
    steps = [[s for s in person if s.ts <= as_of] for person in someone]
    bucket, seen, restart, _ = as_bucket(steps)
    rules = Rules(2, lapse)
    walked = stride(bucket, seen, restart if restarts else None, rules, 4)
    stays = stays_of(bucket, walked, as_of, lapse, patience)
    found = changes_in(bucket, walked, stays, as_of)
    got = sorted(zip(*(getattr(found, n).tolist() for n in ("person", *Change._fields)),
                     strict=True))  # fmt: skip
    expected = sorted(
        (number, *change)
        for number, person in enumerate(steps)
        for change in changes(
            walk([s if restarts else s._replace(restart=False) for s in person], rules),
            as_of, lapse, patience,
        )
    )  # fmt: skip
    assert got == expected
    assert (bucket.person[found.row] == found.person).all()


@settings(max_examples=200, deadline=None)
@given(people(), st.sampled_from([None, LAPSE]), patiences, st.integers(0, 60), st.integers(1, 60))
def test_nothing_changes_by_waiting_before_the_next_instant(someone, lapse, patience, as_of, wait):
    steps = [[s for s in person if s.ts <= as_of] for person in someone]
    bucket, seen, restart, _ = as_bucket(steps)
    walked = stride(bucket, seen, restart, Rules(2, lapse), 4)
    stays = stays_of(bucket, walked, as_of, lapse, patience)
    person, instant = next_instants(bucket, stays, as_of)
    later = as_of + wait
    after = changes_in(bucket, walked, stays_of(bucket, walked, later, lapse, patience), later)
    before = changes_in(bucket, walked, stays, as_of)
    moved = [
        p for p in range(len(someone)) if (after.person == p).sum() != (before.person == p).sum()
    ]
    due = np.unique(person[(instant < later) & (instant != NEVER)]).tolist()
    assert moved == due
