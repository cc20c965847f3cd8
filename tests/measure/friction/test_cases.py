"""What the kernel finds on random logs is what loops over each person's touchpoints find."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.durations import DAY, HOUR, MINUTE
from sojourn.core.model import model_from_mapping
from sojourn.core.stride import NEVER
from sojourn.measure.friction.kernel import FrictionKernel
from support import plain_friction
from support.logs import START
from support.memory import view_of

MODEL = model_from_mapping(
    {
        "id": "small",
        "lapse": "60 days",
        "restart": "name = 'Page Viewed' and order_gap_days > 20",
        "stages": [
            {"id": "know", "evidence": "name <> 'Odd'", "patience": "10 days"},
            {"id": "trust", "evidence": "name in ('Guide Requested', 'Application Started')"},
            {"id": "try", "evidence": "name = 'Checkout Started'", "patience": "3 days"},
            {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'"},
            {"id": "repeat", "evidence": "name = 'Order Completed' and orders_before >= 1"},
        ],
    }
)
NAMES = [
    "Page Viewed", "Checkout Started", "Checkout Started", "Form Failed", "Order Completed",
    "Order Completed", "Order Delivered", "Guide Requested", "Guide Delivered", "Guide Opened",
    "Support Opened", "Support Solved", "Survey Answered", "Application Started",
    "Application Submitted", "Payment Declined", "Odd",
]  # fmt: skip
BUSINESS = {"Order Delivered", "Guide Delivered", "Support Solved"}
GAPS = [0, 0, 1, MINUTE, 29 * MINUTE, 30 * MINUTE, HOUR, DAY - 1, DAY, 3 * DAY, 7 * DAY, 61 * DAY]
AS_OF = START + 200 * DAY
WITH_ORDER = ("Order Completed", "Order Delivered", "Support Opened")
PROMISES = {"a": {"promised_at": "2023-11-20T12:00:00"}, "b": {"promised_at": "soon"}}
SCORES = st.sampled_from([None, {"rating": 1}, {"rating": 3}, {"nps": 6}, {"nps": 9}])


def said_by(name, order, score):
    if name == "Order Completed":
        return PROMISES.get(order)
    return score if name == "Survey Answered" else None


@st.composite
def logs(draw):
    log, seq = {}, 0
    touch = st.tuples(
        st.sampled_from(NAMES), st.sampled_from(GAPS), st.sampled_from([None, "a", "b"]), SCORES
    )
    for number in range(draw(st.integers(1, 4))):
        ts, touches = START, []
        for name, gap, order, said in draw(st.lists(touch, min_size=1, max_size=25)):
            ts += gap
            touches.append(
                {
                    "event_id": f"e{seq}",
                    "seq": seq,
                    "ts": ts,
                    "name": name,
                    "actor": "business" if name in BUSINESS else "person",
                    "order_id": order if name in WITH_ORDER else None,
                    "properties": said_by(name, order, said),
                }
            )
            seq += 1
        log[f"p{number}"] = touches
    return log


def found(view, people):
    cases = defaultdict(list)
    for part in view.run(FrictionKernel(view, 2 * DAY)):
        for each in part.cases:
            columns = (each.person, each.ts, each.stage, each.met, each.on)
            for who, ts, stage, met, on in zip(*(c.tolist() for c in columns), strict=True):
                row = (people[who], ts, stage, *(None if t == NEVER else t for t in (met, on)))
                cases[each.detector, each.subject].append(row)
    return {key: sorted(rows, key=str) for key, rows in cases.items()}


@settings(max_examples=80, deadline=None)
@given(logs(), st.sampled_from([START, START + 7 * DAY, AS_OF]))
def test_cases_are_those_of_the_plain_definition(log, as_of):
    wanted = plain_friction.cases(log, MODEL, as_of)
    got = found(view_of(log, MODEL, as_of), sorted(log))
    for key in {key for key in got.keys() | wanted.keys() if key[0] != "stuck"}:
        assert got.get(key, []) == wanted.get(key, []), key


@settings(max_examples=25, deadline=None)
@given(logs())
def test_stays_before_the_neck_are_those_of_the_walk(log):
    got = found(view_of(log, MODEL, AS_OF), sorted(log))
    entered = defaultdict(list)
    for person, touches in log.items():
        life = plain_friction.Life(touches, MODEL, AS_OF)
        for n in life.entered:
            row = (person, life.ts(n), life.stage[n], None, life.on(n))
            entered[MODEL.stages[life.stage[n]].name].append(row)
    for stage in MODEL.stages[: MODEL.neck]:
        assert got.get(("stuck", stage.name), []) == sorted(entered[stage.name], key=str)


@pytest.mark.parametrize("buckets", [1, 2, 5])
def test_how_people_are_divided_into_buckets_changes_nothing(buckets):
    log = {}
    for number in range(20):
        touches = []
        for n, name in enumerate(["Page Viewed", "Checkout Started", "Form Failed"] * 3):
            touches.append(
                {"event_id": f"{number}-{n}", "seq": number * 100 + n, "name": name,
                 "ts": START + n * HOUR * (number + 1), "actor": "person"}
            )  # fmt: skip
        log[f"p{number:02}"] = touches
    one = found(view_of(log, MODEL, AS_OF, buckets=1), sorted(log))
    assert found(view_of(log, MODEL, AS_OF, buckets=buckets), sorted(log)) == one
