"""What people say, put on one scale; what is no answer is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.feelings import Feeling, feeling, on_scale

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["rating", "stars", "score", "answer", "survey_id", "nps", "scale", "type"])


@pytest.mark.parametrize(
    ("properties", "source", "answer", "score"),
    [
        ({"rating": 5}, "rating", 5, 1),
        ({"rating": 1}, "rating", 1, -1),
        ({"stars": "3"}, "rating", 3, 0),
        ({"review_score": 4.5}, "rating", 4.5, 0.75),
        ({"rating": 8, "max_rating": 10}, "rating", 8, 2 * 7 / 9 - 1),
        ({"rating": 8}, "rating", 8, None),
        ({"survey_id": "nps", "score": 9}, "nps", 9, 0.8),
        ({"survey": "NPS 2026 spring", "answer": "0"}, "nps", 0, -1),
        ({"question": "Would you recommend us?", "value": 10}, "nps", 10, 1),
        ({"nps_score": 11}, "nps", 11, None),
        ({"survey_id": "csat", "score": 2}, "csat", 2, -0.5),
        ({"survey_type": "Customer satisfaction", "rating": 5}, "csat", 5, 1),
        ({"survey_id": "ces", "score": 7}, "ces", 7, 1),
        ({"survey_id": "ces", "score": 5, "scale": 5}, "ces", 5, 1),
        ({"survey_id": "nps", "score": 10, "rating": 1}, "nps", 10, 1),
        ({"Rating": 2}, "rating", 2, -0.5),
    ],
)
def test_an_answer_is_put_on_its_own_scale(properties, source, answer, score):
    found = feeling(json.dumps(properties))
    assert (found.source, found.answer) == (source, answer)
    assert found.score == (None if score is None else pytest.approx(score))


@pytest.mark.parametrize(
    "properties",
    [
        None,
        "",
        "{}",
        "[5]",
        '{"rating": null}',
        '{"rating": true}',
        '{"rating": "five"}',
        '{"rating": NaN}',
        '{"rating": "nan"}',
        '{"rating": [5]}',
        '{"score": 5}',
        '{"survey_id": "francesca", "score": 5}',
        '{"survey_id": "nps"}',
        '{"question": 7, "answer": 3}',
        '{"rating": 5',
        '{"rating": ' + "9" * 400 + "}",
    ],
)
def test_what_is_no_answer_is_no_feeling(properties):
    assert feeling(properties) is None


@given(st.dictionaries(KEYS | st.text(), JSON, max_size=6))
def test_no_properties_break_it(properties):
    found = feeling(json.dumps(properties))
    assert found is None or isinstance(found, Feeling)
    assert found is None or found.score is None or -1 <= found.score <= 1


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_better_answer_is_a_better_feeling(one, other):
    low, high = sorted((on_scale(one, 0, 10), on_scale(other, 0, 10)))
    assert -1 <= low <= high <= 1
