"""Filters choose people and cycles after the walk; blocks divide them and add up."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.core.persons import Trait
from sojourn.errors import QuestionError
from sojourn.measure.flow import flow, flow_paths
from sojourn.measure.moves import moves
from sojourn.measure.sojourns import sojourns
from sojourn.measure.stages import COUNTS, stages
from support import plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
LATE = START + 60 * DAY
moments = st.sampled_from([START, START + 20 * DAY, LATE, START + 400 * DAY])

CONDITIONS = {
    "stage = 'buy'": lambda p: p["stage"] == "buy",
    "stage is null": lambda p: p["stage"] is None,
    "cycle >= 2": lambda p: p["cycle"] >= 2,
    "lapsed": lambda p: p["lapsed"],
    "not lapsed and not stalled": lambda p: not p["lapsed"] and not p["stalled"],
    "stalled": lambda p: p["stalled"],
    "total_orders between 1 and 2": lambda p: 1 <= p["total_orders"] <= 2,
    "total_value > 12.5": lambda p: p["total_value"] > 12.5,
    "first_channel = 'Email'": lambda p: p["first_channel"] == "Email",
    "last_channel = 'Direct'": lambda p: p["last_channel"] == "Direct",
    "first_channel is null": lambda p: p["first_channel"] is None,
    "did('Review Posted')": lambda p: p["did"]("Review Posted"),
    "did('Page Viewed', 10)": lambda p: p["did"]("Page Viewed", 10),
    "not did('Nothing Like It')": lambda _: True,
    "last_message_days < 15": lambda p: (
        p["last_message_days"] is not None and p["last_message_days"] < 15
    ),
    "first_seen > '2023-11-15'": lambda p: p["first_seen"] > plain.instant(1_700_006_400_000_000),
}


@settings(max_examples=150, deadline=None)
@given(random_logs(), moments, st.sampled_from(sorted(CONDITIONS)))
def test_people_are_chosen_by_what_holds_of_them(log, as_of, text):
    holds = CONDITIONS[text]
    view = view_of(log, RANDOM, as_of, people=parse(text, "people"))
    chosen = {
        person: touches
        for person, touches in log.items()
        if (found := plain.life(touches, RANDOM, as_of)) and holds(found)
    }
    expected = plain.sojourns(chosen, RANDOM, as_of)
    assert sojourns(view).rows == sorted(
        expected,
        key=lambda r: (
            r["person"],
            r["cycle"],
            [s["id"] for s in MODEL["stages"]].index(r["stage"]),
        ),
    )


@settings(max_examples=80, deadline=None)
@given(random_logs(), moments)
def test_where_keeps_the_cycles_that_hold_a_matching_touchpoint(log, as_of):
    view = view_of(log, RANDOM, as_of, where=parse("channel = 'Email' and nth >= 2"))
    kept = 0
    for touches in log.values():
        by_id = {t["event_id"]: t for t in touches}
        counts, matching = Counter(), set()
        for touch in sorted(touches, key=lambda t: (t["ts"], t["seq"])):
            counts[touch["name"]] += 1
            if touch["channel"] == "Email" and counts[touch["name"]] >= 2:
                matching.add(touch["event_id"])
        for cycle in plain.cycles_of(plain.steps_of(touches, RANDOM, as_of), RANDOM):
            kept += any(step.event_id in matching and step.event_id in by_id for step in cycle)
    assert stages(view).notes["cycles"] == kept


@settings(max_examples=80, deadline=None)
@given(random_logs(), moments, st.integers(0, 40), st.integers(0, 40))
def test_a_period_keeps_the_cycles_whose_first_stay_began_in_it(log, as_of, first, length):
    start, end = START + first * DAY, START + (first + length) * DAY
    view = view_of(log, RANDOM, as_of, start=start, end=end)
    begun = {}
    for stay in plain.sojourns(log, RANDOM, as_of):
        begun.setdefault((stay["person"], stay["cycle"]), stay["entered_at"])
    inside = {k for k, at in begun.items() if plain.instant(start) <= at < plain.instant(end)}
    found = {(row["person"], row["cycle"]) for row in sojourns(view)}
    assert found == inside


@settings(max_examples=80, deadline=None)
@given(random_logs(), moments, st.sampled_from(["channel", "properties.rating", "name"]))
def test_blocks_add_up_to_the_whole(log, as_of, by):
    view = view_of(log, RANDOM, as_of)
    whole, blocks = stages(view), stages(replace(view, by=by))
    assert blocks.columns[0].name == by
    for name in COUNTS:
        if name == "people":
            continue
        summed = Counter()
        for row in blocks:
            summed[row["stage"]] += row[name]
        assert [summed[row["stage"]] for row in whole] == whole.column(name)
    assert len(sojourns(replace(view, by=by))) == len(sojourns(view))
    assert sum(moves(replace(view, by=by)).column("count")) == sum(moves(view).column("count"))
    divided = flow(replace(view, by=by), view.source.values("name"))
    assert sum(divided.column("count")) == sum(
        flow(view, view.source.values("name")).column("count")
    )


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments)
def test_the_block_of_a_cycle_is_the_value_that_entered_its_first_stay(log, as_of):
    view = view_of(log, RANDOM, as_of, by="channel")
    channel_of = {t["event_id"]: t["channel"] for touches in log.values() for t in touches}
    first = {}
    for stay in plain.sojourns(log, RANDOM, as_of):
        first.setdefault(
            (stay["person"], stay["cycle"]), channel_of[stay["entered_by"]] or "(none)"
        )
    for row in sojourns(view):
        assert row["channel"] == first[row["person"], row["cycle"]]


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments)
def test_only_hides_touchpoints_after_the_walk(log, as_of):
    view = view_of(log, RANDOM, as_of, only=parse("name <> 'Page Viewed'"))
    expected = Counter()
    for _, path in plain.paths(log, RANDOM, as_of):
        shown = [name for name in path if name != "Page Viewed"]
        if shown:
            expected[" > ".join(shown)] += 1
    found = flow_paths(view, view.source.values("name"))
    assert {row["path"]: row["count"] for row in found} == expected


@settings(max_examples=40, deadline=None)
@given(random_logs(), moments)
def test_within_a_person_a_whole_life_is_one_path(log, as_of):
    view = view_of(log, RANDOM, as_of, within="person")
    expected = Counter()
    for touches in log.values():
        known = sorted((t["ts"], t["seq"], t["name"]) for t in touches if t["ts"] <= as_of)
        if known:
            expected[" > ".join(name for _, _, name in known)] += 1
    found = flow_paths(view, view.source.values("name"))
    assert {row["path"]: row["count"] for row in found} == expected


def shopper(*names, start=START, **rest):
    return [
        {
            "event_id": f"{rest.get('who', 'e')}{i}", "seq": i, "ts": start + i * DAY, "name": name,
            "actor": "person", "channel": None, "order_id": None, "value": "10", "properties": None,
        }
        for i, name in enumerate(names)
    ]  # fmt: skip


def test_personas_may_overlap_and_the_notes_say_so():
    log = {"ada": shopper("Page Viewed", "Order Completed"), "bob": shopper("Page Viewed")}
    personas = {
        "buyers": parse("total_orders >= 1", "people"),
        "everybody": parse("total_orders >= 0", "people"),
    }
    table = stages(view_of(log, RANDOM, LATE, by="persona", personas=personas))
    know = {row["persona"]: row["people"] for row in table if row["stage"] == "know"}
    assert know == {"buyers": 1, "everybody": 2}
    assert any("overlap" in remark for remark in table.notes["remarks"])


def test_a_flow_by_persona_is_the_flow_of_each_personas_people():
    log = {"ada": shopper("Page Viewed", "Order Completed"), "bob": shopper("Page Viewed")}
    personas = {
        "buyers": parse("total_orders >= 1", "people"),
        "everybody": parse("total_orders >= 0", "people"),
    }
    view = view_of(log, RANDOM, LATE, by="persona", personas=personas)
    table = flow(view, view.source.values("name"))
    begun = {r["persona"]: r["count"] for r in table if r["from"] == "(start)"}
    assert begun == {"buyers": 1, "everybody": 2}
    assert any("overlap" in remark for remark in table.notes["remarks"])


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments, st.integers(0, 40), st.integers(1, 40))
def test_the_period_of_a_flow_chooses_touchpoints_and_not_cycles(log, as_of, first, length):
    start, end = START + first * DAY, START + (first + length) * DAY
    expected = Counter()
    for touches in log.values():
        by_id = {t["event_id"]: t for t in touches}
        for cycle in plain.cycles_of(plain.steps_of(touches, RANDOM, as_of), RANDOM):
            inside = [by_id[s.event_id]["name"] for s in cycle if start <= s.ts < end]
            if inside:
                expected[" > ".join(inside)] += 1
    view = view_of(log, RANDOM, as_of, start=start, end=end)
    found = flow_paths(view, view.source.values("name"))
    assert {row["path"]: row["count"] for row in found} == expected


def test_whole_paths_cannot_be_divided():
    view = view_of({"ada": shopper("Page Viewed")}, RANDOM, LATE, by="channel")
    with pytest.raises(QuestionError, match="whole paths"):
        flow_paths(view, view.source.values("name"))


def test_choosing_people_by_an_outcome_is_warned_of():
    view = view_of(
        {"ada": shopper("Page Viewed")}, RANDOM, LATE, people=parse("stage = 'know'", "people")
    )
    assert any("outcome (stage)" in remark for remark in stages(view).notes["remarks"])


def test_values_of_different_currencies_are_never_added_up():
    log = {"ada": shopper("Order Completed", "Order Completed")}
    view = view_of(log, RANDOM, LATE, people=parse("total_value > 1", "people"))
    bucket = view.source.buckets[0]
    codes = np.array([0, 1], np.int32)
    bucket.columns["currency"] = type(bucket.columns["name"])(codes, ["EUR", "SEK"])
    with pytest.raises(QuestionError, match="EUR, SEK"):
        stages(view)


def test_traits_divide_people_as_they_held_at_the_moment():
    log = {"ada": shopper("Page Viewed"), "bob": shopper("Page Viewed")}
    plan = Trait(
        person=np.array([0, 0, 1]), ts=np.array([START, LATE + DAY, START]),
        codes=np.array([0, 1, 1], np.int32), values=["free", "gold"],
    )  # fmt: skip
    view = view_of(log, RANDOM, LATE, by="traits.plan", traits={"plan": plan})
    assert {r["traits.plan"]: r["people"] for r in stages(view) if r["stage"] == "know"} == {
        "free": 1, "gold": 1,
    }  # fmt: skip
    later = replace(view, as_of=LATE + 2 * DAY)
    assert {r["traits.plan"]: r["people"] for r in stages(later) if r["stage"] == "know"} == {
        "gold": 2
    }
    chosen = replace(view, by=None, people=parse("traits.plan = 'gold'", "people"))
    assert set(sojourns(chosen).column("person")) == {"bob"}


def test_nobody_matching_is_an_answer_and_not_an_error():
    view = view_of(
        {"ada": shopper("Page Viewed")}, RANDOM, LATE, people=parse("cycle > 9", "people")
    )
    table = stages(view)
    assert table.column("reached") == [0] * 6
    assert table.column("moved_90d") == [None] * 6
    assert any("Nobody matches" in remark for remark in table.notes["remarks"])
    assert len(sojourns(view)) == len(moves(view)) == 0
    assert pa.table(flow(view, view.source.values("name"))).num_rows == 0


def test_a_log_that_starts_in_mid_journey_says_so():
    view = view_of({f"p{i}": shopper("Order Completed") for i in range(5)}, RANDOM, LATE)
    assert any("mid-journey" in remark for remark in stages(view).notes["remarks"])
