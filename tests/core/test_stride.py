"""The fast walk of a bucket equals the plain fold, person by person, on anything."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.bucket import Bucket
from sojourn.core.stride import NEVER, stride
from sojourn.core.walk import Rules, Sojourn, Step, walk

LAPSE = 10


@st.composite
def people(draw, stages=4):
    """Some people's steps; small times, so that ties and lapses to the microsecond are common."""
    step = st.tuples(
        st.sampled_from([0, 0, 1, 2, 5, LAPSE - 1, LAPSE, LAPSE + 1, 30]),
        st.sampled_from([True, True, True, False]),
        st.one_of(st.just(0), st.integers(0, 2**stages - 1)),
        st.booleans(),
    )
    found = []
    for person in range(draw(st.integers(0, 5))):
        ts, steps = draw(st.integers(-5, 5)), []
        for i, (gap, own, seen, restart) in enumerate(
            draw(st.lists(step, min_size=1, max_size=25))
        ):
            ts += gap
            steps.append(Step(ts, own, seen, restart, f"{person}-{i}"))
        found.append(steps)
    return found


def as_bucket(people):
    rows = [(person, step) for person, steps in enumerate(people) for step in steps]
    bucket = Bucket(
        person=np.array([p for p, _ in rows], np.int64),
        ts=np.array([s.ts for _, s in rows], np.int64),
        own=np.array([s.own for _, s in rows], bool),
        order=np.zeros(len(rows), np.int8),
        columns={},
    )
    seen = np.array([s.seen for _, s in rows], np.int64)
    restart = np.array([s.restart for _, s in rows], bool)
    return bucket, seen, restart, [s.event_id for _, s in rows]


def as_sojourns(bucket, walked, ids):
    """What the arrays say, in the words of the fold."""
    cycles, found = walked.cycles, {}
    sojourns = walked.sojourns
    for i in range(len(sojourns)):
        cycle = sojourns.cycle[i]
        moved = sojourns.moved_at[i] != NEVER
        restarted = not moved and cycles.restarted_at[cycle] != NEVER
        found.setdefault(int(bucket.person[sojourns.row[i]]), []).append(
            Sojourn(
                cycle=int(cycles.number[cycle]),
                stage=int(sojourns.stage[i]),
                entered_at=int(bucket.ts[sojourns.row[i]]),
                entered_by=ids[sojourns.row[i]],
                skipped=int(sojourns.skipped[i]),
                touches=int(sojourns.touches[i]),
                moved_at=int(sojourns.moved_at[i]) if moved else None,
                next_stage=int(sojourns.next_stage[i]) if moved else None,
                restarted_at=int(cycles.restarted_at[cycle]) if restarted else None,
                last_sign=int(cycles.last_sign[cycle]),
            )
        )
    return found


@settings(max_examples=500, deadline=None)
@given(people(), st.sampled_from([None, LAPSE]), st.integers(0, 3), st.booleans())
def test_a_bucket_walks_like_each_of_its_people(someone, lapse, neck, restarts):
    rules = Rules(neck, lapse)
    bucket, seen, restart, ids = as_bucket(someone)
    walked = stride(bucket, seen, restart if restarts else None, rules, 4)
    expected = {}
    for person, steps in enumerate(someone):
        plain = steps if restarts else [s._replace(restart=False) for s in steps]
        if sojourns := walk(plain, rules):
            expected[person] = sojourns
    assert as_sojourns(bucket, walked, ids) == expected


@settings(max_examples=150, deadline=None)
@given(people(), st.sampled_from([None, LAPSE]), st.integers(0, 3))
def test_every_row_of_the_person_is_in_a_cycle_and_only_late_business_rows_in_none(
    someone, lapse, neck
):
    bucket, seen, restart, _ = as_bucket(someone)
    walked = stride(bucket, seen, restart, Rules(neck, lapse), 4)
    assert (walked.cycle_of[bucket.own] >= 0).all()
    if lapse is None:
        assert (walked.cycle_of >= 0).all()
    assert walked.cycles.number[np.searchsorted(walked.cycles.row, bucket.starts)].tolist() == [
        1 for _ in bucket.starts
    ]


def test_an_empty_bucket_has_no_cycles():
    bucket, seen, restart, _ = as_bucket([])
    walked = stride(bucket, seen, restart, Rules(0, LAPSE), 4)
    assert len(walked.cycles) == 0
    assert len(walked.sojourns) == 0
