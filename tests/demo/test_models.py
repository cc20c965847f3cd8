"""The five journey models stand on names that exist and work on both demo data sets."""

from importlib.resources import files

import numpy as np
import pyarrow.compute as pc
import pytest
import sqlglot
from sqlglot import exp

from sojourn.core.model import model_from_yaml
from sojourn.core.vocabulary import NAMES, canonical
from sojourn.demo.complete_journey import MODEL

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


def test_the_shop_gives_evidence_for_every_stage_but_by_history(model, shop_names):
    for stage in model.stages:
        named = names_in(stage.evidence.text)
        assert not named or named & shop_names, stage.id


@pytest.fixture(scope="module")
def shop_names() -> set[str]:
    from sojourn.demo.shop import simulate

    return set(pc.unique(simulate(people=300, seed=1).touchpoints["name"]).to_pylist())


def test_the_grocer_s_stages_are_on_the_same_names():
    model = model_from_yaml(MODEL.read_text(encoding="utf-8"))
    used = set().union(*(names_in(stage.evidence.text) for stage in model.stages))
    assert used == {"Order Completed", "Coupon Applied"}
    assert np.all([stage.question.endswith("?") for stage in model.stages])
