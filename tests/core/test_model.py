"""Journey models: what is read, and how an error says where it is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn
from sojourn.core.durations import DAY, duration, in_words
from sojourn.core.model import model_from_mapping, model_from_yaml, model_to_mapping
from sojourn.errors import ModelError

BUILT_IN = sorted((Path(sojourn.__file__).parent / "models").glob("*.yaml"))
STAGES = [
    {"id": "know", "evidence": "true"},
    {"id": "buy", "evidence": "name = 'Order Completed'", "neck": True},
]


def broken(**changes):
    with pytest.raises(ModelError) as caught:
        model_from_mapping({"id": "m", "stages": STAGES, **changes}, origin="m.yaml")
    return str(caught.value)


def test_there_are_five_models_with_a_question_and_a_source_each():
    assert [path.stem for path in BUILT_IN] == [
        "circle",
        "experience",
        "hourglass",
        "sales",
        "social",
    ]
    for path in BUILT_IN:
        model = model_from_yaml(path.read_text(), origin=path.name)
        assert model.id == path.stem
        assert model.source
        assert model.lapse
        assert all(stage.question for stage in model.stages)


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda p: p.stem)
def test_a_model_survives_being_written_and_read(path):
    model = model_from_yaml(path.read_text())
    assert model_from_mapping(model_to_mapping(model)) == model


def test_the_least_a_model_needs_is_an_id_stages_and_a_neck():
    model = model_from_mapping({"id": "m", "stages": STAGES})
    assert (model.shape, model.neck, model.lapse, model.restart) == ("line", 1, None, None)
    assert [stage.name for stage in model.stages] == ["Know", "Buy"]
    assert all(stage.patience is None for stage in model.stages)


def test_a_condition_may_be_a_yaml_boolean():
    model = model_from_yaml("id: m\nstages:\n  - {id: a, evidence: true, neck: true}\n")
    assert model.stages[0].evidence.always is True


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": None}, "m.yaml: id: found None"),
        ({"id": "a b"}, "m.yaml: id: found 'a b'"),
        ({"stages": []}, "m.yaml: stages: found list '[]'"),
        ({"stages": "x"}, "m.yaml: stages: found str 'x'"),
        ({"shape": "pyramid"}, "expected one of hourglass, circle, line"),
        ({"lapse": "soon"}, "m.yaml: lapse: 'soon' is not a length of time"),
        ({"lapse": "0 days"}, "longer than nothing"),
        ({"laps": "3 days"}, "m.yaml: laps: unknown key"),
        ({"restart": "true"}, "m.yaml: restart: is always true"),
        ({"restart": "1 = 1"}, "m.yaml: restart: is always true"),
        ({"stages": [STAGES[0]]}, "exactly one stage must have 'neck: true' (found none)"),
        ({"stages": [STAGES[1], {**STAGES[1], "id": "b"}]}, "(found buy, b)"),
        ({"stages": [STAGES[1], {**STAGES[0], "id": "buy"}]}, "stages[1].id: 'buy' stands twice"),
        ({"stages": [{**STAGES[1], "neck": "yes"}]}, "stages[0].neck: found 'yes'"),
        ({"stages": [{**STAGES[1], "patience": 3}]}, "stages[0].patience: '3' is not a length"),
        ({"stages": [{"id": "buy", "neck": True}]}, "stages[0].evidence: found nothing"),
        ({"stages": [{**STAGES[1], "evidence": "nme = 'x'"}]}, "stages[0].evidence"),
        ({"stages": [{**STAGES[1], "evidense": "true"}]}, "Did you mean 'evidence'?"),
        ({"stages": [STAGES[1], "buy"]}, "m.yaml: stages[1]: found str 'buy'"),
    ],
)
def test_an_error_names_the_place_what_was_found_and_what_was_expected(changes, said):
    assert said in broken(**changes)


def test_an_unknown_stage_names_the_nearest_one():
    with pytest.raises(ModelError, match="Did you mean"):
        model_from_mapping({"id": "m", "stages": STAGES}).position("knwo")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "a: b: c",
        "id: m\nid: n\n",
        "\x00",
        "- 1",
        "&a [*a]",
        "!!python/object:os.system {}",
        "{" * 3000,
        "x: " + "[" * 5000,
    ],
)
def test_what_is_no_model_is_a_clear_error(text):
    with pytest.raises(ModelError, match=r"^bad\.yaml"):
        model_from_yaml(text, origin="bad.yaml")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_model_or_a_model_error(text):
    with pytest.raises(ModelError):
        model_from_yaml(text)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "stages", "evidence", "neck", "lapse", "zz"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_mapping_is_a_model_or_a_model_error(raw):
    with pytest.raises(ModelError):
        model_from_mapping(raw)


@pytest.mark.parametrize(
    ("text", "days"),
    [("30 days", 30), ("1 day", 1), ("2 weeks", 14), ("36 hours", 1.5), (" 7 Days ", 7)],
)
def test_lengths_of_time_are_read_as_people_write_them(text, days):
    assert duration(text) == days * DAY


@given(st.integers(1, 36_500))
def test_a_length_of_days_survives_being_written_and_read(days):
    assert duration(in_words(days * DAY)) == days * DAY
