"""The five journey models stand on names that exist and work on both demo data sets."""

import json
from importlib.resources import files

import numpy as np
import pytest
import sqlglot
from sqlglot import exp

from sojourn.core.bucket import NO_CODE, Bucket, Coded
from sojourn.core.frame import TouchpointFrame, columns_of, evidence
from sojourn.core.model import Model, model_from_yaml
from sojourn.core.stride import Walked, stride
from sojourn.core.touchpoint import BOT, ORDER, PERSON
from sojourn.core.vocabulary import NAMES, canonical
from sojourn.core.walk import Rules
from sojourn.demo.complete_journey import MODEL
from sojourn.demo.shop import simulate

IDS = {
    "social": ("circle", "consider research decide act enjoy refer repeat", "act"),
    "hourglass": ("hourglass", "know like trust try buy repeat refer", "buy"),
    "sales": ("line", "awareness consideration purchase retention advocacy", "purchase"),
    "experience": (
        "line",
        "acquisition consideration buying-decision loyalty recommendation",
        "buying-decision",
    ),
    "circle": (
        "circle",
        "awareness consideration evaluation purchase experience loyalty advocacy",
        "purchase",
    ),
}


def text(model_id: str) -> str:
    return (files("sojourn") / "models" / f"{model_id}.yaml").read_text(encoding="utf-8")


def names_in(condition: str) -> set[str]:
    """Every text that is compared with `name`."""
    found = set()
    for node in sqlglot.parse_one(condition, read="duckdb").find_all(exp.In, exp.EQ):
        if isinstance(node.this, exp.Column) and node.this.name == "name":
            found |= {literal.this for literal in node.find_all(exp.Literal)}
    return found


@pytest.fixture(scope="module", params=IDS)
def model(request):
    return model_from_yaml(text(request.param), origin=request.param)


def test_each_has_the_shape_the_stages_and_the_neck_of_its_author(model):
    shape, stages, neck = IDS[model.id]
    assert model.shape == shape
    assert [stage.id for stage in model.stages] == stages.split()
    assert model.stages[model.neck].id == neck


def test_the_neck_is_an_order_and_nothing_else(model):
    assert model.stages[model.neck].evidence.text == "name = 'Order Completed'"


def test_each_says_where_it_comes_from_and_asks_a_customer_s_question_in_every_stage(model):
    assert model.source
    assert model.lapse == 180 * 86_400_000_000
    for stage in model.stages:
        assert stage.question.endswith("?"), stage.id
        assert stage.name


def test_everybody_is_at_least_in_the_first_stage(model):
    assert model.stages[0].evidence.text == "true"


def test_only_circles_restart_and_only_two_weeks_after_an_order(model):
    assert (model.restart is not None) == (model.shape == "circle")
    if model.restart:
        assert "order_gap_days > 14" in model.restart.text


def test_evidence_names_only_touchpoints_that_the_vocabulary_knows(model):
    for condition in model.conditions:
        for name in names_in(condition.text):
            assert canonical(name) in NAMES, name


def test_nobody_stays_a_customer_or_refers_without_an_order_before(model):
    for stage in model.stages[model.neck + 1 :]:
        assert "orders_before >= 1" in stage.evidence.text, stage.id


def test_each_stage_but_a_line_s_last_has_its_patience(model):
    patient = [stage.patience is not None for stage in model.stages]
    assert all(patient[:-1])
    assert patient[-1] == (model.shape == "circle")


@pytest.fixture(scope="module")
def lives() -> list[dict]:
    """A small shop's touchpoints by person (as the shop's truth knows them) and time."""
    told = simulate(people=1200, seed=1)
    owner = {row["user_id"]: row["person"] for row in told.people.to_pylist() if row["user_id"]}
    for row in told.people.to_pylist():
        owner |= dict.fromkeys(row["devices"], row["person"])
    rows = []
    for row in told.touchpoints.to_pylist():
        who = owner.get(row["user_id"] or row["device_id"])
        if who is not None and row["device"] != BOT:
            rows.append(row | {"person": who, "told": json.loads(row["properties"] or "{}")})
    return sorted(rows, key=lambda row: row["person"])


def column(rows: list[dict], name: str) -> Coded | np.ndarray:
    if name == "sentiment":
        return np.array([np.nan if row[name] is None else row[name] for row in rows])
    key = name.removeprefix("properties.")
    values = [row["told"].get(key) if key != name else row[name] for row in rows]
    texts = [None if value is None else str(value) for value in values]
    known = {text: code for code, text in enumerate(sorted(set(texts) - {None}))}
    codes = np.array([known.get(text, NO_CODE) for text in texts], np.int32)
    return Coded(codes, list(known))


def walked(model: Model, rows: list[dict]) -> tuple[Walked, list[int]]:
    """The cycles of all people, and how many of each cycle's rows are orders."""
    reported: set[tuple] = set()
    order = np.zeros(len(rows), np.int8)
    for place, row in enumerate(rows):
        if row["name"] == ORDER:
            key = (row["person"], row["order_id"])
            order[place] = 2 if key in reported else 1
            reported.add(key)
    bucket = Bucket(
        np.array([row["person"] for row in rows]),
        np.array([int(row["ts"].timestamp()) * 1_000_000 for row in rows]),
        np.array([row["actor"] == PERSON for row in rows]),
        order,
        {name: column(rows, name) for name in columns_of(model.conditions)},
    )
    seen, restart = evidence(model, TouchpointFrame(bucket))
    found = stride(bucket, seen, restart, Rules(model.neck, model.lapse), len(model.stages))
    spans = zip(found.cycles.row, found.cycles.end, strict=True)
    return found, [int((order[start:end] == 1).sum()) for start, end in spans]


def test_the_shop_reaches_every_stage(model, lives):
    cycles = walked(model, lives)[0].cycles
    seen = [int(((cycles.seen >> number) & 1).sum()) for number in range(len(model.stages))]
    assert min(seen) > 10, dict(zip([stage.id for stage in model.stages], seen, strict=True))


def test_cycles_seen_at_the_neck_are_the_cycles_with_an_order(model, lives):
    found, orders = walked(model, lives)
    at_neck = (found.cycles.seen >> model.neck) & 1
    assert at_neck.astype(bool).tolist() == [count > 0 for count in orders]
    assert sum(orders) > 100


def test_using_an_old_purchase_does_not_carry_a_new_cycle_past_the_neck(model, lives):
    found, orders = walked(model, lives)
    past = int((found.cycles.furthest >= model.neck).sum())
    assert past < 1.6 * sum(count > 0 for count in orders)


def test_the_grocer_s_stages_are_on_the_same_names():
    model = model_from_yaml(MODEL.read_text(encoding="utf-8"))
    used = set().union(*(names_in(stage.evidence.text) for stage in model.stages))
    assert used == {"Order Completed", "Coupon Applied"}
    assert np.all([stage.question.endswith("?") for stage in model.stages])
