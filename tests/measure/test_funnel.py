"""The funnel equals its plain definition, and keeps each of its promises on logs made for them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse, parse_or_name
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.errors import QuestionError
from sojourn.measure.funnel import funnel
from sojourn.measure.funnel_question import Asked
from support import plain_funnel
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
LATE = START + 400 * DAY
moments = st.sampled_from([START, START + 5 * DAY, START + 20 * DAY, START + 60 * DAY, LATE])
STEPS = {
    "name = 'Page Viewed'": lambda t: t["name"] == "Page Viewed",
    "name in ('Page Viewed', 'Review Read')": lambda t: t["name"] in ("Page Viewed", "Review Read"),
    "channel = 'Email'": lambda t: t["channel"] == "Email",
    "name = 'Order Completed'": lambda t: t["name"] == "Order Completed",
    "true": lambda _: True,
    "name = 'Nothing Like It'": lambda _: False,
}
EXCLUDE = {None: None, "name = 'Odd'": lambda t: t["name"] == "Odd", **STEPS}
funnels = st.fixed_dictionaries(
    {
        "steps": st.lists(st.sampled_from(list(STEPS)), min_size=1, max_size=5),
        "within": st.sampled_from([1, DAY, 3 * DAY, 10 * DAY, 30 * DAY, 90 * DAY]),
        "order": st.sampled_from(["ordered", "strict", "any"]),
        "exclude": st.sampled_from([None, None, None, *EXCLUDE]),
        "hold": st.sampled_from([None, None, "order_id", "channel"]),
    }
)


def asked_of(made):
    return Asked(
        tuple(parse(text) for text in made["steps"]),
        made["within"],
        made["order"],
        None if made["exclude"] is None else parse(made["exclude"]),
        made["hold"],
    )


def plain_of(made):
    steps = [STEPS[text] for text in made["steps"]]
    # each its own function, so that a repeated step is two steps
    steps = [lambda touch, step=step: step(touch) for step in steps]
    return steps, made["within"], made["order"], EXCLUDE[made["exclude"]], made["hold"]


def same(found, expected):
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            assert row[name] == (
                pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
            ), name


@settings(max_examples=250, deadline=None)
@given(random_logs(), moments, funnels)
def test_a_funnel_is_what_one_gets_by_trying_from_every_touchpoint(log, as_of, made):
    found = funnel(view_of(log, RANDOM, as_of), asked_of(made)).rows
    bests = [plain_funnel.best_of(touches, plain_of(made), as_of) for touches in log.values()]
    same(found, plain_funnel.rows([b for b in bests if b], len(made["steps"]), made["within"]))


@settings(max_examples=80, deadline=None)
@given(random_logs(), moments, funnels, st.integers(0, 40), st.integers(1, 40))
def test_the_period_chooses_attempts_by_their_first_step(log, as_of, made, first, length):
    start, end = START + first * DAY, START + (first + length) * DAY
    view = view_of(log, RANDOM, as_of, start=start, end=end)
    bests = [
        plain_funnel.best_of(touches, plain_of(made), as_of, (start, end))
        for touches in log.values()
    ]
    expected = plain_funnel.rows([b for b in bests if b], len(made["steps"]), made["within"])
    same(funnel(view, asked_of(made)).rows, expected)


@settings(max_examples=80, deadline=None)
@given(random_logs(), moments, funnels)
def test_blocks_hold_the_value_of_the_best_attempts_first_touchpoint(log, as_of, made):
    table = funnel(view_of(log, RANDOM, as_of, by="channel"), asked_of(made))
    bests = [plain_funnel.best_of(touches, plain_of(made), as_of) for touches in log.values()]
    blocks = {}
    for best in filter(None, bests):
        blocks.setdefault(best["touch"]["channel"] or "(none)", []).append(best)
    assert table.columns[0].name == "channel"
    assert set(table.column("channel")) == set(blocks)
    for label, members in blocks.items():
        mine = [row for row in table if row["channel"] == label]
        same(mine, plain_funnel.rows(members, len(made["steps"]), made["within"]))


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments, funnels)
def test_every_step_adds_up_to_the_next(log, as_of, made):
    rows = funnel(view_of(log, RANDOM, as_of), asked_of(made)).rows
    for row, following in zip(rows, rows[1:], strict=False):
        assert row["people"] == following["people"] + row["pending"] + row["lost"]
    assert rows[-1]["pending"] == rows[-1]["lost"] == 0


def person(*touches):
    """Touchpoints from `name` or `(name, time)` or `(name, time, order id)`, a day apart."""
    made = []
    for i, touch in enumerate(touches):
        name, at, order = (*((touch, i) if isinstance(touch, str) else touch), None)[:3]
        made.append(
            {
                "event_id": f"e{i}", "seq": i, "ts": START + int(at * DAY), "name": name,
                "actor": "person", "channel": None, "order_id": order, "value": None,
                "properties": None,
            }
        )  # fmt: skip
    return made


def people(touches, *steps, within=7 * DAY, as_of=LATE, column="people", **rest):
    conditions = tuple(parse_or_name(f"'{step}'") for step in steps)
    view = view_of({"ada": person(*touches)}, RANDOM, as_of)
    return funnel(view, Asked(conditions, within, **rest)).column(column)


def test_the_columns_are_exactly_these():
    view = view_of({"ada": person("A")}, RANDOM, LATE)
    table = funnel(view, Asked((parse("name = 'A'"),), DAY))
    assert [c.name for c in table.columns] == [
        "step", "name", "people", "pending", "lost", "conversion_from_start",
        "conversion_from_previous", "median_seconds", "conversion_estimate",
    ]  # fmt: skip


def test_the_window_runs_from_step_one_and_holds_its_last_instant():
    touches = [("A", 0), ("B", 6), ("C", 7)]
    assert people(touches, "A", "B", "C") == [1, 1, 1]
    assert people(touches, "A", "B", "C", within=7 * DAY - 1) == [1, 1, 0]


def test_the_furthest_attempt_wins_and_the_earliest_on_a_tie():
    touches = [("A", 0), ("A", 10), ("B", 11), ("A", 30), ("B", 33), ("A", 50), ("B", 50.5)]
    assert people(touches, "A", "B", "C") == [1, 1, 0]
    assert people(touches, "A", "B", "C", column="median_seconds")[1] == 86_400


def test_one_touchpoint_fills_one_step():
    assert people(["A"], "A", "A") == [1, 0]
    assert people(["A", "A"], "A", "A") == [1, 1]
    assert people(["A"], "A", "A", order="any") == [1, 0]
    assert people(["A", "A"], "A", "A", order="strict") == [1, 1]


def test_equal_times_are_taken_in_order_of_seq():
    assert people([("A", 1), ("B", 1), ("C", 1)], "A", "B", "C", within=1) == [1, 1, 1]
    assert people([("C", 1), ("B", 1), ("A", 1)], "A", "B", "C", within=1) == [1, 0, 0]


def test_strict_allows_nothing_between():
    assert people(["A", "B"], "A", "B", order="strict") == [1, 1]
    assert people(["A", "X", "B"], "A", "B", order="strict") == [1, 0]
    assert people(["A", "X", "B"], "A", "B") == [1, 1]


def test_in_any_order_a_row_is_how_many_steps_were_filled():
    assert people(["C", "A", "B"], "A", "B", "C", order="any") == [1, 1, 1]
    assert people(["C", "C", "B"], "A", "B", "C", order="any") == [1, 1, 0]
    assert people(["C"], "A", "B", "C", order="any", column="name") == [
        "any 1 of 3", "any 2 of 3", "any 3 of 3",
    ]  # fmt: skip


def test_an_excluded_touchpoint_ends_the_attempt_there():
    exclude = parse("name = 'X'")
    assert people(["A", "X", "B"], "A", "B", exclude=exclude) == [1, 0]
    assert people(["X", "A", "B", "X"], "A", "B", exclude=exclude) == [1, 1]
    assert people(["A", "X", "A", "B"], "A", "B", exclude=exclude) == [1, 1]
    assert people([("A", 0), ("X", 1)], "A", "B", exclude=exclude, as_of=START + 2 * DAY,
                  column="lost") == [1, 0]  # fmt: skip


def test_a_held_value_is_the_same_in_all_steps():
    touches = [("A", 0, "one"), ("A", 1, "two"), ("B", 2, "two"), ("C", 3, "one")]
    assert people(touches, "A", "B", "C") == [1, 1, 1]
    assert people(touches, "A", "B", "C", hold="order_id") == [1, 1, 0]
    assert people([("A", 0), ("B", 1)], "A", "B", hold="order_id") == [0, 0]
    properly = [
        {**touch, "properties": {"plan": plan}}
        for touch, plan in zip(person("A", "B", "B"), ["x", "y", "x"], strict=True)
    ]
    asked = Asked((parse("name = 'A'"), parse("name = 'B'")), 7 * DAY, hold="properties.plan")
    table = funnel(view_of({"ada": properly}, RANDOM, LATE), asked)
    assert table.column("median_seconds") == [None, 2 * 86_400]


def test_the_second_report_of_an_order_fills_no_step_and_breaks_none():
    touches = ["A", ("Order Completed", 1, "o1"), ("Order Completed", 1, "o1"), ("B", 2)]
    assert people(touches, "Order Completed", "Order Completed") == [1, 0]
    assert people(touches, "A", "Order Completed", "B", order="strict") == [1, 1, 1]


def test_who_may_still_get_further_is_pending_and_not_lost():
    waiting = [("A", 0)]
    pending = lambda at, **rest: people(  # noqa: E731
        waiting, "A", "B", as_of=START + at, column="pending", **rest
    )
    assert pending(7 * DAY - 1) == [1, 0]
    assert pending(7 * DAY) == [0, 0]
    assert people([("A", 0), ("B", 1)], "A", "B", as_of=START + 2 * DAY, column="pending") == [0, 0]
    old_and_new = [("A", 0), ("B", 1), ("A", 20)]
    assert people(old_and_new, "A", "B", "C", as_of=START + 21 * DAY, column="pending") == [0, 1, 0]
    broken = [("A", 0), ("X", 1)]
    assert people(broken, "A", "B", as_of=START + 2 * DAY, column="pending", order="strict") == [
        0, 0,
    ]  # fmt: skip


def test_the_estimate_makes_up_for_those_who_have_only_just_begun():
    old = {f"o{i}": person(("A", 0), *([("B", 5)] if i % 2 else [])) for i in range(100)}
    new = {f"n{i}": person(("A", 99)) for i in range(100)}
    asked = Asked((parse("name = 'A'"), parse("name = 'B'")), 7 * DAY)
    table = funnel(view_of({**old, **new}, RANDOM, START + 100 * DAY), asked)
    assert table.column("conversion_from_start") == [1, 0.25]
    assert table.column("conversion_estimate") == [1, pytest.approx(0.5)]
    low, high = table.notes["conversion_estimate_95"]["B"]
    assert 0.4 < low < 0.5 < high < 0.6
    assert any("100 people are pending" in remark for remark in table.notes["remarks"])


def test_forty_steps_work_and_more_than_sixty_four_do():
    for steps in (40, 80):
        names = [f"S{i}" for i in range(steps)]
        touches = [(name, i / 100) for i, name in enumerate(names)]
        for order in ("ordered", "strict", "any"):
            assert people(touches, *names, order=order) == [1] * steps


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
def test_a_person_with_a_hundred_thousand_touchpoints_is_no_trouble(order):
    names = ["A", "B", "C"]
    touches = [(names[i % 3], i / 1000) for i in range(100_000)]
    assert people(touches, "A", "B", "C", "A", order=order) == [1, 1, 1, 1]
    same_time = [(names[i % 3], 0) for i in range(100_000)]
    assert people(same_time, "C", "B", "A", within=1, order="ordered") == [1, 1, 1]


def test_a_step_that_no_touchpoint_matches_is_said_in_the_notes():
    view = view_of({"ada": person("A")}, RANDOM, LATE)
    table = funnel(view, Asked((parse("name = 'A'"), parse("name = 'Ordr'")), DAY))
    assert any("step 2 (name = 'Ordr')" in remark for remark in table.notes["remarks"])


def test_a_funnel_without_steps_is_refused():
    with pytest.raises(QuestionError, match="at least one step"):
        funnel(view_of({"ada": person("A")}, RANDOM, LATE), Asked((), DAY))


def test_an_empty_log_and_nobody_matching_give_nulls_and_no_error():
    view = view_of({"ada": person("A")}, RANDOM, START - DAY)
    table = funnel(view, Asked((parse("name = 'A'"), parse("name = 'B'")), DAY))
    assert table.column("people") == [0, 0]
    assert table.column("conversion_from_start") == [None, None]
    assert table.column("conversion_estimate") == [None, None]


def test_people_and_where_choose_whole_people():
    log = {"ada": person("A", "B"), "bob": person("A", "C")}
    view = view_of(log, RANDOM, LATE)
    asked = Asked((parse("name = 'A'"), parse("name = 'B'")), 7 * DAY)
    chosen = replace(view, people=parse("did('C')", "people"))
    assert funnel(chosen, asked).column("people") == [1, 0]
    assert funnel(replace(view, where=parse("name = 'B'")), asked).column("people") == [1, 1]
    personas = {"bs": parse("did('B')", "people"), "all": parse("total_orders >= 0", "people")}
    table = funnel(replace(view, by="persona", personas=personas), asked)
    assert [(r["persona"], r["people"]) for r in table] == [
        ("bs", 1), ("bs", 1), ("all", 2), ("all", 1),
    ]  # fmt: skip
    assert table.column("lost") == [0, 0, 1, 0]
