"""Where conditions hold, asked all at once, is where each holds when asked alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.bucket import Coded
from sojourn.core.condition import parse, parse_or_name
from sojourn.core.frame import TouchpointFrame
from sojourn.measure.matches import FEW, matches
from support.logs import random_logs
from support.memory import source_of

assert FEW < 10, "the texts below must be enough for the rows to be sorted"
TEXTS = [
    "name = 'Page Viewed'",
    "name = 'Nobody''s'",
    "name in ('Order Completed', 'Odd')",
    "name <> 'Odd'",
    "name in ('Nothing', 'Like It')",
    *(f"name = '{name}'" for name in ("Odd", "Review Read", "Ad Viewed", "Message Sent")),
    "name is null",
    "not (name = 'Odd')",
    "channel = 'Email' and name = 'Page Viewed'",
    "nth >= 2",
    "true",
]


@settings(max_examples=80, deadline=None)
@given(
    random_logs(),
    st.just(TEXTS) | st.lists(st.sampled_from(TEXTS), min_size=1),
    st.integers(0, 3),
)
def test_rows_are_those_of_each_condition_by_itself(log, texts, missing):
    bucket = source_of(log, 1)[0].buckets[0]
    bucket.columns["name"].codes[:missing] = -1
    closed = np.arange(len(bucket)) % 3 == 1
    conditions = [parse(text) for text in texts]
    for shut in (None, closed):
        found = matches(bucket, conditions, shut)
        assert set(found) == set(conditions)
        for condition, rows in found.items():
            mask = condition.mask(TouchpointFrame(bucket))
            wanted = np.flatnonzero(mask if shut is None else mask & ~shut)
            assert rows.tolist() == wanted.tolist()


@pytest.mark.parametrize("name", ["it's", "back\\slash", "''", "a 'b' c", "%", ""])
def test_any_name_in_quotes_is_found_whatever_it_holds(name):
    log = {"ada": [{"event_id": f"e{i}", "seq": i, "ts": i, "name": n, "actor": "person"}
                   for i, n in enumerate(["Odd", name, "Odd"])]}  # fmt: skip
    bucket = source_of(log, 1)[0].buckets[0]
    quoted = "'" + name.replace("'", "''") + "'"
    condition = parse_or_name(quoted)
    wanted = np.flatnonzero(condition.mask(TouchpointFrame(bucket)))
    assert matches(bucket, [condition])[condition].tolist() == wanted.tolist() == [1]


def test_a_bucket_without_rows_has_none():
    bucket = source_of({"ada": [{"event_id": "e", "seq": 0, "ts": 5, "name": "A"}]}, 1)[0].buckets[
        0
    ]
    bucket = bucket.until(0)
    assert isinstance(bucket.columns["name"], Coded)
    condition = parse("name = 'A'")
    assert matches(bucket, [condition])[condition].tolist() == []
