"""The equalities that every answer rests on, on random logs and for every built-in model."""

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.model import model_from_yaml
from sojourn.measure.fit import fit
from sojourn.measure.flow import flow, flow_paths
from sojourn.measure.moves import moves
from sojourn.measure.sojourns import sojourns
from sojourn.measure.stages import stages
from support.logs import START, random_logs
from support.memory import view_of

MODELS = {
    name: model_from_yaml((files("sojourn") / "models" / f"{name}.yaml").read_text("utf-8"))
    for name in ("social", "hourglass", "sales", "experience", "circle")
}
moments = st.sampled_from([START + 20 * DAY, START + 100 * DAY, START + 900 * DAY])


@pytest.mark.parametrize("name", sorted(MODELS))
@settings(max_examples=40, deadline=None)
@given(log=random_logs(), as_of=moments)
def test_the_numbers_of_all_measures_reconcile(name, log, as_of):
    view = view_of(log, MODELS[name], as_of)
    table, moved = stages(view), moves(view).rows
    stays = sojourns(view)
    names = view.source.values("name")
    for row in table:
        ended = row["moved_on"] + row["restarted"] + row["lapsed"]
        assert row["entered"] == ended + row["here"]
        assert row["passed_over"] == row["reached"] - row["entered"] >= 0
        assert row["stalled"] <= row["here"]
        assert row["people"] <= row["reached"]
    for column, kind in (("moved_on", "moved"), ("restarted", "restarted"), ("lapsed", "lapsed")):
        assert sum(table.column(column)) == sum(r["count"] for r in moved if r["kind"] == kind)
    assert sum(table.column("entered")) == len(stays)
    reached = table.column("reached")
    assert reached == sorted(reached, reverse=True)
    cycles = table.notes["cycles"]
    begun = {(row["person"], row["cycle"]) for row in stays}
    assert len(begun) == reached[0] <= cycles
    assert (
        len({person for person, _ in begun}) + table.notes["people_without_evidence"]
        == (table.notes["people"])
    )
    assert sum(r["count"] for r in flow(view, names) if r["from"] == "(start)") == cycles
    assert sum(flow_paths(view, names).column("count")) == cycles


@pytest.mark.parametrize("name", sorted(MODELS))
@settings(max_examples=40, deadline=None)
@given(log=random_logs(), as_of=moments)
def test_cycles_seen_at_the_purchase_are_the_cycles_with_an_order(name, log, as_of):
    model = MODELS[name]
    view = view_of(log, model, as_of)
    seen = stages(view).rows[model.neck]["seen"]
    assert fit(view, view.source.values("name")).notes["cycles_with_an_order"] == seen
    orders = sum(
        int((bucket.ts[bucket.order == ORDER_ROW] <= as_of).sum()) for bucket in view.source.buckets
    )
    assert seen <= orders


@settings(max_examples=40, deadline=None)
@given(random_logs(), moments)
def test_an_answer_for_everybody_is_the_answer(log, as_of):
    view = view_of(log, MODELS["hourglass"], as_of)
    everybody = view_of(
        log, MODELS["hourglass"], as_of, people=parse("total_orders >= 0", "people"),
        where=parse("true"), start=0, end=as_of + 1,
    )  # fmt: skip
    assert stages(view).rows == stages(everybody).rows


@settings(max_examples=40, deadline=None)
@given(random_logs(), moments, st.integers(1, 4))
def test_the_answer_does_not_depend_on_the_buckets(log, as_of, buckets):
    one = view_of(log, MODELS["social"], as_of, buckets=1)
    several = view_of(log, MODELS["social"], as_of, buckets=buckets)
    for measure in (stages, sojourns, moves):
        assert measure(one).rows == measure(several).rows
