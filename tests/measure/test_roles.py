"""Roles: what people met in each stage, held to the plain definition and to `stages`."""

from collections import Counter
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.roles import COLUMNS, at_least, roles
from sojourn.measure.roles_kernel import RolesKernel, stay_of_rows
from sojourn.measure.roles_question import stages_meant
from sojourn.measure.select import select
from sojourn.measure.stages import stages
from support import plain_roles as plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
SIMPLE = model_from_mapping(
    {
        "id": "simple",
        "stages": [
            {"id": "know", "name": "Know", "evidence": "true"},
            {"id": "trust", "name": "Trust", "evidence": "name = 'Guide Requested'"},
            {"id": "buy", "name": "Buy", "evidence": "name = 'Order Completed'", "neck": True},
        ],
    }
)
moments = st.sampled_from([START + 20 * DAY, START + 60 * DAY, START + 400 * DAY])


@st.composite
def felt_logs(draw):
    """Random logs in which some touchpoints carry a feeling and some are service."""
    log = draw(random_logs())
    for touches in log.values():
        for touch in touches:
            touch["sentiment"] = draw(st.sampled_from([None, None, -1.0, 0.25, 1.0]))
            if touch["name"] == "Message Sent":
                touch["name"] = draw(st.sampled_from(["Message Sent", "Order Shipped"]))
    return log


def asked(view, of="channel", meant=None):
    return roles(view, of, view.source.values(of), stages_meant(meant, view.model))


def touch(days, name="Page Viewed", channel="Email", **more):
    return {
        "event_id": f"e{days}{name}{channel}", "seq": round(days * 1000), "name": name,
        "ts": START + round(days * DAY), "channel": channel, "actor": "person",
        "order_id": None, **more,
    }  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(felt_logs(), moments, st.sampled_from(["channel", "name"]))
def test_roles_are_what_one_would_count_stay_by_stay(log, as_of, of):
    found = {(row["stage"], row["item"]): row for row in asked(view_of(log, RANDOM, as_of), of)}
    expected = plain.roles(log, RANDOM, as_of, of)
    assert found.keys() == {(stage, item or "(none)") for stage, item in expected}
    for (stage, item), cell in expected.items():
        mine = found[stage, item or "(none)"]
        assert {name: mine[name] for name in cell} == pytest.approx(cell)


@settings(max_examples=25, deadline=None)
@given(
    felt_logs(), moments, st.sampled_from(["channel", "name"]), st.sampled_from([None, "device"])
)
def test_rows_with_none_add_up_to_the_moves_of_stages(log, as_of, of, by):
    view = view_of(log, RANDOM, as_of, by=by)
    moves = Counter()
    for row in stages(view):
        moves[row.get(by), row["stage"]] += row["moved_on"] + row["restarted"]
    first, last = Counter(), Counter()
    for row in asked(view, of):
        first[row.get(by), row["stage"]] += row["first"]
        last[row.get(by), row["stage"]] += row["last"]
        assert row["moved"] <= row["stays"]
        assert max(row["first"], row["last"]) <= row["moved"]
        assert row["first"] + row["last"] + row["assist"] >= row["moved"]
    assert +first == +moves
    assert +last == +moves


@settings(max_examples=25, deadline=None)
@given(random_logs(), moments)
def test_every_row_belongs_to_the_stay_that_counts_it(log, as_of):
    view = view_of(log, RANDOM, as_of)
    kernel = RolesKernel(view, "channel", 1, -1)
    for number in view.source.numbers:
        selected = select(view, view.source.load(number, kernel.columns))
        stay, stays = stay_of_rows(selected), selected.walked.sojourns
        counted = Counter(stay[stay >= 0].tolist())
        assert [counted[i] for i in range(len(stays))] == stays.touches.tolist()


def test_the_entering_contact_belongs_to_the_stage_and_the_moving_one_to_the_next():
    log = {
        "a": [
            touch(0, channel="Display"),
            touch(1, channel="Email"),
            touch(2, channel="Direct"),
            touch(3, "Guide Requested", channel="Paid Search"),
            touch(4, "Order Completed", channel="Phone"),
        ]
    }
    rows = {(r["stage"], r["item"]): r for r in asked(view_of(log, SIMPLE, START + 9 * DAY))}
    kinds = {key: (row["first"], row["assist"], row["last"]) for key, row in rows.items()}
    assert kinds == {
        ("know", "Display"): (1, 0, 0),
        ("know", "Email"): (0, 1, 0),
        ("know", "Direct"): (0, 0, 1),
        ("trust", "Paid Search"): (1, 0, 1),
        ("buy", "Phone"): (0, 0, 0),
    }
    assert rows["know", "Display"]["median_days_to_move"] == 3.0
    assert rows["know", "Display"]["part"] == 1.0
    assert rows["buy", "Phone"]["part"] is None


def test_a_move_without_any_contact_is_nones():
    log = {"a": [touch(0, channel=None), touch(1, "Order Completed", channel=None)]}
    rows = {(r["stage"], r["item"]): r for r in asked(view_of(log, SIMPLE, START + 9 * DAY))}
    assert rows["know", "(none)"]["first"] == rows["know", "(none)"]["last"] == 1
    assert rows["know", "(none)"]["contacts"] == 0
    assert rows["know", "(none)"]["median_days_to_move"] is None


def test_a_value_that_is_called_none_is_no_contact():
    log = {"a": [touch(0, channel="(none)"), touch(1, "Order Completed", channel="Email")]}
    rows = asked(view_of(log, SIMPLE, START + 9 * DAY)).rows
    assert [(r["stage"], r["item"], r["contacts"]) for r in rows] == [
        ("know", "(none)", 0), ("buy", "Email", 1),
    ]  # fmt: skip


def test_what_serves_another_stage_than_meant_is_told():
    log = {
        f"p{i}": [touch(0, channel="Email"), touch(1, "Guide Requested", channel="Direct")]
        for i in range(6)
    }
    table = asked(view_of(log, SIMPLE, START + 9 * DAY), meant={"Email": "Trust"})
    row = table.rows[0]
    assert (row["item"], row["meant_for"], row["works_in"]) == ("Email", "trust", "know")
    assert "Email is meant for Trust and works in Know." in table.notes["remarks"]


def test_few_moves_prove_no_home():
    log = {"a": [touch(0), touch(1, "Guide Requested")]}
    assert asked(view_of(log, SIMPLE, START + 9 * DAY)).rows[0]["works_in"] is None


def test_only_hides_contacts_and_moves_become_nones():
    log = {"a": [touch(0), touch(1, "Guide Requested")]}
    only = parse("channel = 'Phone'", "touchpoint")
    rows = asked(view_of(log, SIMPLE, START + 9 * DAY, only=only)).rows
    assert {(r["stage"], r["item"], r["first"]) for r in rows} == {
        ("know", "(none)", 1), ("trust", "(none)", 0),
    }  # fmt: skip


def test_nobody_gives_an_empty_table_with_its_columns():
    table = asked(view_of({"a": [touch(0)]}, SIMPLE, START - DAY))
    assert (len(table), table.columns) == (0, COLUMNS)


def test_a_person_with_a_hundred_thousand_contacts_takes_no_quadratic_time():
    def seconds(size):
        names = ["Email", "Direct", "Phone"]
        log = {"bot": [touch(i / 1000, channel=names[i % 3]) for i in range(size)]}
        view = view_of(log, SIMPLE, START + 900 * DAY)
        before = process_time()
        asked(view)
        return process_time() - before

    seconds(1000)
    assert seconds(40_000) < 40 * max(seconds(2_000), 0.005)


@pytest.mark.parametrize(
    ("meant", "kind", "said"),
    [
        ({"Email": "trsut"}, UnknownName, "no stage of simple"),
        ({"Email": None}, UnknownName, "no stage of simple"),
    ],
)
def test_an_unknown_stage_is_told_with_the_nearest(meant, kind, said):
    with pytest.raises(kind, match=said) as caught:
        stages_meant(meant, SIMPLE)
    assert "know, trust, buy" in caught.value.hint


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [", "just words", ""])
def test_a_file_that_maps_nothing_is_a_clear_error(tmp_path, text):
    path = tmp_path / "meant.yaml"
    path.write_text(text)
    with pytest.raises(QuestionError, match=r"meant\.yaml"):
        stages_meant(path, SIMPLE)
    with pytest.raises(QuestionError, match="cannot be read"):
        stages_meant(tmp_path / "no.yaml", SIMPLE)


def test_a_file_may_hold_a_section_content(tmp_path):
    path = tmp_path / "meant.yaml"
    path.write_text("content:\n  Guide: Trust\n  2024: BUY\n")
    assert stages_meant(path, SIMPLE) == {"Guide": 1, "2024": 2}


def test_the_lower_end_is_wilsons():
    from statsmodels.stats.proportion import proportion_confint

    for hits, of in ((1, 1), (3, 17), (500, 1000)):
        expected = proportion_confint(hits, of, method="wilson")[0]
        assert at_least(hits, of) == pytest.approx(expected, abs=1e-12)
