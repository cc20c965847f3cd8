"""Moments of truth: time and moves with and without each touchpoint, and what is made of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse
from sojourn.core.durations import DAY, MINUTE
from sojourn.core.model import model_from_mapping
from sojourn.core.multiple import found_among
from sojourn.core.persons import Trait
from sojourn.measure.moments import COLUMNS, combined, exact, moments
from sojourn.measure.moments_pace import PACES, pace_of
from sojourn.measure.moments_question import Asked
from sojourn.measure.moments_spans import ACTIVITIES, CELLS
from sojourn.measure.moments_tally import MomentsKernel
from sojourn.measure.stages import merge_labels
from support import plain_moments
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
times = st.sampled_from([START + 20 * DAY, START + 60 * DAY, START + 400 * DAY])


def asked(view, of="name", **more):
    return Asked(of, view.source.values(of), **{"fewest": 1, **more})


def strata_of(view, question):
    """Every touchpoint's strata, as the measure adds them up, and all that they come from."""
    whole = whole_of(view, question)
    return {int(key): whole.strata(int(key)) for key in whole.touched.key}, whole


def whole_of(view, question):
    pace = pace_of(view, question.alike, question.silence)
    values = len(question.values)
    kernel = MomentsKernel(view, question.of, values, pace, question.silence)
    parts = view.run(kernel)
    labels = merge_labels([p.labels for p in parts], view)
    return combined(parts, labels, len(view.model.stages), values)


@settings(max_examples=80, deadline=None)
@given(random_logs(), times, st.sampled_from(["name", "channel"]), st.sampled_from([None, 5 * DAY]))
def test_time_and_moves_of_every_stratum_are_those_of_the_plain_count(log, as_of, of, silence):
    view = view_of(log, RANDOM, as_of)
    question = asked(view, of, silence=silence)
    found, _ = strata_of(view, question)
    expected = plain_moments.strata(log, RANDOM, as_of, of, silence)
    values = len(question.values)
    assert {divmod(key, values) for key in found} == {
        (stage, question.values.index(value)) for stage, value in expected
    }
    for (stage, value), cells in expected.items():
        told = found[stage * values + question.values.index(value)]
        for number in range(PACES * CELLS):
            pace, cell = divmod(number, CELLS)
            wanted = cells.get(divmod(cell, ACTIVITIES), [0, 0, 0, 0]) if pace == PACES // 2 else []
            got = [column[number] for column in told]
            assert got == pytest.approx(wanted or [0, 0, 0, 0], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(random_logs(most_people=8), times)
def test_ratios_and_intervals_are_those_of_the_plain_formula(log, as_of):
    view = view_of(log, RANDOM, as_of)
    rows = moments(view, asked(view, "channel")).rows
    stages = [stage.id for stage in RANDOM.stages]
    expected = plain_moments.strata(log, RANDOM, as_of, "channel")
    for row in rows:
        cells = expected[stages.index(row["stage"]), row["touchpoint"]].values()
        ratios = plain_moments.mantel_haenszel(cells)
        assert [row["rate_ratio"], row["low"], row["high"]] == pytest.approx(ratios)
        sums = [sum(column) for column in zip(*cells, strict=True)]
        assert [row[n] for n in ("days_after", "moves_after", "days_without", "moves_without")] == (
            pytest.approx(sums)
        )
        rate = (sums[1] / sums[0]) / (sums[3] / sums[2])
        assert row["naive_ratio"] == pytest.approx(rate)
    tellable = [c for c in expected.values() if plain_moments.mantel_haenszel(c.values())]
    assert len(rows) == len(tellable)


@settings(max_examples=40, deadline=None)
@given(random_logs(), times)
def test_only_hides_touchpoints_from_being_tested_and_nothing_else(log, as_of):
    view = view_of(log, RANDOM, as_of, only=parse("channel = 'Email'", "touchpoint"))
    question = asked(view)
    found, _ = strata_of(view, question)
    hidden = plain_moments.strata(
        log, RANDOM, as_of, hidden=lambda touch: touch["channel"] != "Email"
    )
    names = question.values
    assert {(names[k % len(names)], k // len(names)) for k in found} == {
        (value, stage) for stage, value in hidden
    }
    for (stage, value), cells in hidden.items():
        told = found[stage * len(names) + names.index(value)]
        sums = [sum(column) for column in zip(*cells.values(), strict=True)]
        assert [column.sum() for column in told] == pytest.approx(sums)


@settings(max_examples=30, deadline=None)
@given(random_logs(most_people=6), times)
def test_blocks_add_up_and_buckets_make_no_difference(log, as_of):
    view = view_of(log, RANDOM, as_of, buckets=1)
    _, whole = strata_of(view, asked(view))
    split = view_of(log, RANDOM, as_of, buckets=3, by="channel")
    _, blocks = strata_of(split, asked(split))
    for name in ("everybody", "after", "without"):
        one, many = getattr(whole, name), getattr(blocks, name)
        assert one.time.sum() == pytest.approx(many.time.sum())
        assert one.moves.sum() == many.moves.sum()
    rows = moments(split, asked(split)).rows
    assert [r["channel"] for r in rows] == sorted(
        (r["channel"] for r in rows), key=lambda c: (c == "(none)", c)
    )


KNOW_BUY = model_from_mapping(
    {
        "id": "two",
        "lapse": "200 days",
        "stages": [
            {"id": "know", "evidence": "true", "patience": "10 days"},
            {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'"},
        ],
    }
)


def touch(number, name, at, actor="person"):
    return {
        "event_id": f"{number}-{name}-{at}", "name": name,
        "seq": round((number * 1000 + at) * DAY / MINUTE),
        "ts": START + round(at * DAY), "actor": actor, "channel": "Email",
    }  # fmt: skip


def people(*lives):
    """Each life: `(name, day)` after a first page; a name in brackets is the business's."""
    log = {}
    for number, life in enumerate(lives):
        touches = [touch(number, "Page Viewed", 0)]
        for name, day in life:
            own = not name.startswith("(")
            touches.append(touch(number, name.strip("()"), day, "person" if own else "business"))
        log[f"p{number}"] = touches
    return log


def test_four_lives_by_hand():
    called = [("(Call Made)", 2), ("Order Completed", 4)]
    view = view_of(
        people(called, [("(Call Made)", 2)], [("Order Completed", 3)], []),
        KNOW_BUY,
        START + 100 * DAY,
    )
    (row,) = moments(view, asked(view)).rows
    half = 30 / 60 / 24
    assert (row["stage"], row["touchpoint"], row["people"]) == ("know", "Call Made", 2)
    assert row["days_after"] == pytest.approx((4 - 2 - half) + (10 - 2 - half))
    assert row["days_without"] == pytest.approx(2 * (2 + half) + 3 + 10)
    assert (row["moves_after"], row["moves_without"]) == (1, 1)
    # two never called, one of them moved on: with twice the rate 1 - 0.5 ** 2 would
    assert row["gained"] == pytest.approx(2 * (0.5 - 0.5 ** row["rate_ratio"]))


def test_what_came_at_the_very_moment_of_entering_is_activity_for_seven_days():
    log = people([("(Ad Viewed)", 0)], [("(Ad Viewed)", 2)])
    log["p0"][0]["name"] = "Odd"
    view = view_of(log, RANDOM, START + 20 * DAY)
    found, _ = strata_of(view, asked(view))
    expected = plain_moments.strata(log, RANDOM, START + 20 * DAY)
    key = view.source.values("name").index("Ad Viewed")
    for number, (day, active) in enumerate(np.ndindex(7, ACTIVITIES)):
        wanted = expected[0, "Ad Viewed"].get((day, active), [0, 0, 0, 0])
        got = [column[PACES // 2 * CELLS + number] for column in found[key]]
        assert got == pytest.approx(wanted)


@settings(max_examples=60, deadline=None)
@given(random_logs(most_people=8), times)
def test_people_with_and_without_are_those_of_a_plain_set(log, as_of):
    view = view_of(log, RANDOM, as_of)
    question = asked(view)
    whole = whole_of(view, question)
    stays = [s for s in plain_moments.stays(log, RANDOM, as_of) if s["end"] > s["entered"]]
    told = {}
    for stay in stays:
        for t in stay["tested"]:
            if t["ts"] + 30 * MINUTE < stay["end"]:
                key = stay["stage"] * len(question.values) + question.values.index(t["name"])
                told.setdefault(key, {}).setdefault(stay["person"], []).append(stay)
    moved = {(s["stage"], s["person"]) for s in stays if s["moved"]}
    touched = whole.touched
    assert touched.key.tolist() == sorted(told)
    for key, people_, moved_ in zip(touched.key, touched.people, touched.moved, strict=True):
        mine = told[int(key)]
        assert people_ == len(mine)
        assert moved_ == sum((key // len(question.values), p) in moved for p in mine)
    everybody = {(s["stage"], s["person"]) for s in stays}
    assert whole.people.people.sum() == len(everybody)
    assert whole.people.moved.sum() == len(moved)


def test_a_touchpoint_within_half_an_hour_of_the_move_did_not_bring_it_about():
    soon = 20 * MINUTE / DAY
    log = people(
        [("Form Started", 4), ("Order Completed", 4 + soon)], [("Form Started", 3)],
        [("Order Completed", 5)],
    )  # fmt: skip
    view = view_of(log, KNOW_BUY, START + 100 * DAY)
    found, whole = strata_of(view, asked(view))
    key = view.source.values("name").index("Form Started")
    assert [column.sum() for column in found[key]][1::2] == [0, 2]
    assert whole.touched.people.tolist() == [1]


def test_a_single_microsecond_under_watch_counts_beside_years():
    just = (30 * MINUTE + 1) / DAY
    log = people(
        [("Form Started", 4), ("Order Completed", 4 + just)], [("Form Started", 4)],
        [("Order Completed", 4)], *[[]] * 400,
    )  # fmt: skip
    view = view_of(log, KNOW_BUY, START + 100 * DAY)
    (row,) = moments(view, asked(view)).rows
    cells = plain_moments.strata(log, KNOW_BUY, START + 100 * DAY)[0, "Form Started"]
    wanted = plain_moments.mantel_haenszel(cells.values())
    assert [row["rate_ratio"], row["low"], row["high"]] == pytest.approx(wanted)
    alone = view_of({"p0": log["p0"]}, KNOW_BUY, START + 100 * DAY)
    assert whole_of(alone, asked(alone)).after.time.sum() == 1


def test_times_beyond_64_bits_are_still_added_up():
    assert exact(np.full(4, 2**61)).sum() == 2**63
    assert exact(np.array([1, 2])).dtype == np.int64


def test_what_entered_the_stage_and_what_leaves_it_is_no_exposure():
    view = view_of(people([("Order Completed", 3)]), KNOW_BUY, START + 100 * DAY)
    assert strata_of(view, asked(view))[0] == {}


def test_a_second_report_of_an_order_is_no_exposure():
    log = people([("Order Completed", 1), ("Order Completed", 2), ("Page Viewed", 3)])
    for t in log["p0"]:
        t["order_id"] = "o1" if t["name"] == "Order Completed" else None
    view = view_of(log, KNOW_BUY, START + 100 * DAY)
    found, _ = strata_of(view, asked(view))
    names = view.source.values("name")
    assert [names[key % len(names)] for key in found] == ["Page Viewed"]


def test_a_name_that_itself_proves_a_later_stage_is_left_out_and_the_notes_say_so():
    model = model_from_mapping(
        {
            "id": "counting",
            "stages": [
                {"id": "know", "evidence": "true"},
                {"id": "like", "neck": True, "evidence": "name = 'Page Viewed' and nth >= 3"},
            ],
        }
    )
    log = people(*[[("Page Viewed", 1), ("Page Viewed", 2)], [("Page Viewed", 5)], []] * 2)
    view = view_of(log, model, START + 50 * DAY)
    by_name = moments(view, asked(view))
    assert len(by_name) == 0
    assert any("1 are themselves evidence" in remark for remark in by_name.notes["remarks"])
    by_channel = moments(view, asked(view, "channel", fewest=0))
    assert not any("evidence of a later" in remark for remark in by_channel.notes["remarks"])


def hundred(moved_called, moved_others):
    """A hundred called on day 1 and a hundred not; so many of each order on day 3."""
    lives = []
    for called, moved in ((True, moved_called), (False, moved_others)):
        for number in range(100):
            life = [("(Call Made)", 1)] if called else []
            lives.append(life + ([("Order Completed", 3)] if number < moved else []))
    return people(*lives)


def test_fewer_than_ten_moves_a_side_are_not_tested_and_it_is_said():
    for called, others, tested in ((10, 10, 1), (9, 50, 0), (50, 9, 0)):
        view = view_of(hundred(called, others), KNOW_BUY, START + 100 * DAY)
        table = moments(view, asked(view, fewest=10))
        assert len(table) == table.notes["tests"] == tested
        assert tested or any("fewer than 10 moves" in r for r in table.notes["remarks"])


def test_findings_are_those_of_benjamini_and_hochberg_and_come_first():
    lives = hundred(60, 20)
    for number, touches in enumerate(lives.values()):
        if number % 2:
            touches.append(touch(number, "Ad Viewed", 0.5, "business"))
    view = view_of(lives, KNOW_BUY, START + 100 * DAY)
    rows = moments(view, asked(view, fewest=10)).rows
    assert [row["touchpoint"] for row in rows] == ["Call Made", "Ad Viewed"]
    assert [row["found"] for row in rows] == found_among([r["p_value"] for r in rows]).tolist()
    assert [row["found"] for row in rows] == [True, False]
    assert rows[0]["gained_low"] < rows[0]["gained"] < rows[0]["gained_high"] <= 80


def lively(seed=3, persons=600):
    """Half of all people drink much coffee: they see posts and order more often, that is all."""
    random = np.random.default_rng(seed)
    log, cups = {}, []
    for number in range(persons):
        much = number % 2
        cups.append(much)
        order = random.exponential(10 if much else 40)
        seen = {"Post Viewed": 4 if much else 20, "Page Viewed": 4}
        touches = [touch(number, "Page Viewed", 0)]
        for name, every in seen.items():
            days = np.cumsum(random.exponential(every, 100))
            touches += [touch(number, name, float(day)) for day in days[days < min(order, 60)]]
        if order < 60:
            touches.append(touch(number, "Order Completed", order))
        log[f"p{number:05}"] = touches
    codes = np.array(cups, np.int32)
    return log, Trait(np.arange(persons), np.zeros(persons, np.int64), codes, ["1", "4+"])


@pytest.fixture(scope="module")
def confounded():
    log, trait = lively()
    return view_of(log, KNOW_BUY, START + 60 * DAY, traits={"cups": trait})


def test_people_are_compared_with_their_like_by_stated_traits(confounded):
    unlike, alike = (
        next(
            row
            for row in moments(confounded, asked(confounded, fewest=10, alike=traits))
            if row["touchpoint"] == "Post Viewed"
        )
        for traits in ((), ("cups",))
    )
    assert unlike["naive_ratio"] == alike["naive_ratio"]
    assert unlike["low"] > 1
    assert alike["low"] < 1 < alike["high"]


def test_a_trait_stated_only_after_entering_says_nothing_about_the_stay(confounded):
    later = confounded.traits["cups"]
    late = Trait(later.person, later.ts + START + 60 * DAY, later.codes, later.values)
    view = view_of(lively()[0], KNOW_BUY, START + 60 * DAY, traits={"cups": late})
    said, unsaid = (
        moments(v, asked(v, fewest=10, alike=alike)).rows
        for v, alike in ((view, ("cups",)), (confounded, ()))
    )
    assert said == unsaid
    notes = moments(view, asked(view, alike=("cups",))).notes
    assert notes["alike"] == "no trait"
    remarks = " ".join(notes["remarks"])
    assert "Not compared by cups: known of nobody" in remarks
    assert "No stated trait makes people comparable" in remarks


def test_the_pace_of_a_trait_is_learned_from_all_buckets(confounded):
    weights = pace_of(confounded, ("cups",), None).weights["cups"]
    slow, fast, unknown = weights[0]
    assert slow < -0.5 < 0.5 < fast
    assert unknown == 0


def test_an_empty_log_and_a_log_without_moves_are_tables_too():
    for log in ({}, people([], [])):
        view = view_of(log, KNOW_BUY, START + 5 * DAY)
        table = moments(view, asked(view))
        assert [c.name for c in table.columns] == [c.name for c in COLUMNS]
        assert len(table) == 0


def test_a_bot_with_40_000_different_touchpoints_takes_no_square_of_time():
    """A bot that sees a new thing every few minutes for months: its stay holds 40,000 values."""
    size = 40_000
    bot = [touch(0, "Page Viewed", 0)]
    bot += [{**touch(0, "Post Viewed", 0), "ts": START + i * 3 * MINUTE, "seq": i,
             "event_id": f"b{i}"} for i in range(1, size)]  # fmt: skip
    view = view_of({"bot": bot}, KNOW_BUY, START + 400 * DAY)
    bucket = view.source.buckets[0]
    column = type(bucket.columns["channel"])(
        np.arange(size, dtype=np.int32), [f"v{i}" for i in range(size)]
    )
    columns = {**bucket.columns, "channel": column}
    view.source.buckets[0] = type(bucket)(
        bucket.person, bucket.ts, bucket.own, bucket.order, columns
    )
    view.source.dictionaries["channel"] = column.values
    whole = whole_of(view, asked(view, "channel"))
    assert len(whole.touched.key) == size - 1
    first = whole.strata(1)
    assert first[0].sum() + first[2].sum() == pytest.approx((size - 1) * 3 / 1440 + 10)
