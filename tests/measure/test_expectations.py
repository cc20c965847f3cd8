"""Was it as they had expected: what counts as an answer, the last one a person, by stage."""

import json
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.feelings import expectation
from sojourn.workspace import read


@pytest.mark.parametrize(
    ("properties", "score"),
    [
        ('{"survey": "expectation", "score": 1}', -1.0),
        ('{"survey_id": "Expectations Q3", "answer": "4"}', 0.5),
        ('{"expectation": 3}', 0.0),
        ('{"expectation": 10, "scale": 10}', 1.0),
        ('{"expectation": 6}', None),
        ('{"expectation": "better"}', None),
        ('{"expected_delivery": "2026-01-01", "score": 4}', None),
        ('{"survey": "nps", "score": 9}', None),
        ('["expectation", 3]', None),
        ('{"expectation": 3', None),
        (None, None),
    ],
)
def test_an_answer_is_put_on_its_scale(properties, score):
    assert expectation(properties) == score


def opened(rows):
    """A workspace of rows (person, day, name, answer)."""
    columns = {
        "user_id": [row[0] for row in rows],
        "ts": [f"2026-01-{row[1]:02}T10:00:00Z" for row in rows],
        "name": [row[2] for row in rows],
        "properties": [json.dumps({"expectation": row[3]}) if row[3] else None for row in rows],
    }
    return read(pa.table(columns))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(2, 28), st.integers(0, 5)),
                min_size=1, max_size=30, unique_by=lambda row: row[:2]))  # fmt: skip
def test_the_last_answer_of_a_person_counts_once(answers):
    rows = [(who, 1, "Order Completed", 0) for who in "abcde"]
    rows += [(who, day, "Survey Answered", answer) for who, day, answer in answers]
    last = {who: a for who, _, a in sorted(answers, key=lambda row: row[1]) if a}
    plain = Counter("better" if a > 3 else "worse" if a < 3 else "as_expected"
                    for a in last.values())  # fmt: skip
    found = {row["stage"]: row for row in opened(rows).journey("hourglass").expectations().rows}
    if not last:
        assert found == {}
        return
    row = found["buy"]
    assert row["people"] == len(last)
    assert all(row[name] == plain[name] for name in ("better", "as_expected", "worse"))
    assert row["share"] == (len(last) - plain["worse"]) / len(last)
    assert row["low"] <= row["share"] + 1e-9 <= row["high"] + 2e-9


def test_the_map_tells_it_where_it_was_asked():
    rows = [("a", 1, "Order Completed", 0), ("a", 2, "Survey Answered", 2)]
    filled = opened(rows).journey("hourglass").map({"id": "m", "lanes": ["expectation"]})
    [entry] = filled.lanes[0].cell("buy").entries
    assert (entry.text, entry.detail) == (
        "As expected or better: 0 of 1", "better for 0, worse for 1 of 1 person",
    )  # fmt: skip
