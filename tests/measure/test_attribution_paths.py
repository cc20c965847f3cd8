"""Attribution from ready paths, against brute force and an independent package's numbers."""

import math
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.attribution_tally import MODELS
from support import plain_attribution as plain

SHOP = {
    "path": [
        "Paid > Email > Direct", "Paid > Paid > Email", "Email", "Direct > Paid",
        "Organic > Email > Paid > Direct", "Organic",
    ],
    "conversions": [10, 4, 7, 3, 5, 2],
    "value": [1000.0, 333.33, 140.0, 99.99, 750.0, 10.01],
    "nulls": [20, 6, 30, 12, 9, 25],
}  # fmt: skip
RULES = [model for model in MODELS if model != "time-decay"]

paths = st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple)
counted = st.dictionaries(
    paths, st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12
).map(lambda found: [(path, *ends) for path, ends in found.items()])


def frame_of(rows):
    return {
        "path": [" > ".join(path) for path, _, _ in rows],
        "conversions": [won for _, won, _ in rows],
        "nulls": [lost for _, _, lost in rows],
    }


def given_by(table, column="conversions"):
    return {row["credit"]: row[column] for row in table}


# What marketing-attribution-models 2.1.1 answers on these paths (`grouped_journey`, each path once
# with its conversions and once with its nulls; Markov with `transition_to_same_state`).
MAM_VALUE = {
    "first": {"Paid": 1333.33, "Organic": 760.01, "Email": 140.0, "Direct": 99.99},
    "last": {"Direct": 1750.0, "Email": 473.33, "Paid": 99.99, "Organic": 10.01},
    "linear": {
        "Paid": 793.0483333333333, "Email": 771.9433333333334, "Direct": 570.8283333333334,
        "Organic": 197.51,
    },
    "position": {"Direct": 749.995, "Paid": 724.993, "Email": 548.332, "Organic": 310.01},
}  # fmt: skip
MAM_REMOVAL = {
    "Direct": 0.5441961994257962,
    "Email": 0.6708023159636063,
    "Organic": 0.18525612319529838,
    "Paid": 0.4757118223493292,
}


@pytest.mark.parametrize("model", MAM_VALUE)
def test_rules_give_what_an_independent_package_gives(model):
    found = given_by(sj.attribution_from_paths(SHOP, model), "value")
    assert {k: float(v) for k, v in found.items()} == pytest.approx(MAM_VALUE[model], abs=1e-4)


def test_removal_effects_are_those_of_an_independent_package():
    table = sj.attribution_from_paths(SHOP, "markov")
    assert given_by(table, "removal_effect") == pytest.approx(MAM_REMOVAL, abs=1e-12)
    total = sum(MAM_REMOVAL.values())
    shares = {name: 31 * effect / total for name, effect in MAM_REMOVAL.items()}
    assert given_by(table) == pytest.approx(shares, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(counted, st.integers(1, 3))
def test_the_chain_is_the_one_that_is_walked_step_by_step(rows, order):
    found = given_by(sj.attribution_from_paths(frame_of(rows), "markov", order=order))
    effects = given_by(
        sj.attribution_from_paths(frame_of(rows), "markov", order=order), "removal_effect"
    )
    expected = plain.removal_effects(rows, order)
    total = sum(won for _, won, _ in rows)
    if not total:
        assert set(effects.values()) <= {None}
        assert set(found.values()) <= {0}
        return
    met = {node for path, won, lost in rows if won + lost for node in path}
    assert effects == pytest.approx({n: expected[n] for n in met}, abs=1e-9)
    assert sum(found.values()) == pytest.approx(total, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(counted)
def test_shapley_is_the_sum_over_all_coalitions(rows):
    found = given_by(sj.attribution_from_paths(frame_of(rows), "shapley"))
    expected = plain.shapley(rows)
    assert found == pytest.approx({name: expected[name] for name in found}, abs=1e-9)
    assert all(expected[name] == 0 for name in set(expected) - set(found))


def test_shapley_is_exact_for_more_channels_than_coalitions_could_be_listed():
    names = [f"c{i}" for i in range(200)]
    found = given_by(
        sj.attribution_from_paths({"path": [" > ".join(names)], "conversions": [50]}, "shapley")
    )
    assert found == pytest.approx(dict.fromkeys(names, 0.25))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(paths, st.integers(0, 5), st.integers(-(10**9), 10**9)), max_size=20),
    st.sampled_from(RULES),
)
def test_money_adds_up_to_the_last_unit(rows, model):
    value = [Decimal(units) / 10_000 for _, _, units in rows]
    frame = {
        "path": [" > ".join(path) for path, _, _ in rows],
        "conversions": pa.array([won for _, won, _ in rows], pa.int64()),
        "value": pa.array(value, pa.decimal128(18, 4)),
        "nulls": [1] * len(rows),
    }
    table = sj.attribution_from_paths(frame, model)
    if rows and (model != "markov" or sum(won for _, won, _ in rows)):
        assert sum(table.column("value")) == sum(value)
    assert sum(table.column("conversions")) == pytest.approx(sum(w for _, w, _ in rows), abs=1e-9)


def test_several_models_come_one_after_another_in_the_order_asked_for():
    table = sj.attribution_from_paths(SHOP, ["shapley", "first"])
    assert list(dict.fromkeys(table.column("model"))) == ["shapley", "first"]
    assert [c.name for c in table.columns] == [
        "model", "credit", "conversions", "value", "share", "removal_effect", "cost", "return",
    ]  # fmt: skip
    assert "not cause" in table.notes["remarks"][0]


def test_an_empty_path_is_none_and_so_is_a_missing_one():
    frame = {"path": ["", None, "(none)", "a >  > b"], "conversions": [1, 2, 3, 4]}
    assert given_by(sj.attribution_from_paths(frame, "first")) == {"(none)": 6, "a": 4, "b": 0}


@pytest.mark.parametrize("frame", [pd.DataFrame(SHOP), pl.DataFrame(SHOP), pa.table(SHOP)])
def test_every_kind_of_frame_gives_the_same(frame):
    assert sj.attribution_from_paths(frame).rows == sj.attribution_from_paths(SHOP).rows


def test_one_channel_gets_everything():
    for model in RULES:
        [row] = sj.attribution_from_paths({"path": ["a > a > a"], "conversions": [7]}, model).rows
        assert row["credit"] == "a"
        assert (row["conversions"], row["share"]) == pytest.approx((7, 1), abs=1e-9)


def test_nobody_converted_is_said_and_gives_zeros():
    for model in RULES:
        table = sj.attribution_from_paths(
            {"path": ["a > b"], "conversions": [0], "nulls": [5]}, model
        )
        assert given_by(table) == {"a": 0, "b": 0}
        assert set(table.column("share")) == {None}
        assert any("Nobody converted" in remark for remark in table.notes["remarks"])


def test_no_paths_at_all_give_an_empty_table():
    for model in RULES:
        frame = {"path": pa.array([], pa.string()), "conversions": pa.array([], pa.int64())}
        assert sj.attribution_from_paths(frame, model).rows == []


def test_missing_numbers_count_as_nothing_and_are_noted():
    frame = {"path": ["a", "b"], "conversions": [1.0, math.nan], "value": [None, 5.0]}
    table = sj.attribution_from_paths(frame, "last")
    assert given_by(table) == {"a": 1, "b": 0}
    assert "Missing conversions count as 0." in table.notes["remarks"]


def test_money_below_zero_may_be_divided():
    frame = {"path": ["a > b > c"], "conversions": [1], "value": [-0.0100]}
    table = sj.attribution_from_paths(frame, "linear")
    assert sorted(table.column("value")) == [
        Decimal("-0.0034"),
        Decimal("-0.0033"),
        Decimal("-0.0033"),
    ]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"path": ["a"], "conversions": [-1]}, r"row 1 \('a'\): found -1.0 conversions"),
        ({"path": ["a"], "conversions": [1], "nulls": [-2]}, "found -2.0 nulls"),
        ({"path": ["a"], "conversions": [math.inf]}, "found inf"),
        ({"path": ["a"], "conversions": ["many"]}, "no number"),
        ({"paths": ["a"], "conversions": [1]}, "Rename 'paths'"),
        ({"path": ["a"]}, "no column 'conversions'"),
        (7, "no table"),
    ],
)
def test_a_bad_table_of_paths_is_a_clear_error(frame, said):
    with pytest.raises(QuestionError, match=said):
        sj.attribution_from_paths(frame)


def test_a_question_that_cannot_be_asked_says_what_can():
    with pytest.raises(UnknownName, match="Did you mean 'markov'"):
        sj.attribution_from_paths(SHOP, "markow")
    with pytest.raises(QuestionError, match="when each touch was"):
        sj.attribution_from_paths(SHOP, "time-decay")
    with pytest.raises(QuestionError, match="found order 4"):
        sj.attribution_from_paths(SHOP, "markov", order=4)
    many = {"path": [" > ".join(f"c{i}" for i in range(60_000))], "conversions": [1]}
    with pytest.raises(QuestionError, match="too large"):
        sj.attribution_from_paths(many, "markov", order=3)


def test_paths_joined_without_spaces_are_pointed_out():
    table = sj.attribution_from_paths({"path": ["A>B", "C"], "conversions": [1, 1]}, "last")
    assert any("'A>B' counts as one" in remark for remark in table.notes["remarks"])
    assert table.column("credit") == ["A>B", "C"]
