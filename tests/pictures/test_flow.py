import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.pictures import flow, moves_flow
from sojourn.pictures.flow import _capped, _frequent, _pairs

ROWS = [
    ("(start)", "Page Viewed", 100),
    ("Page Viewed", "Page Viewed", 40),
    ("Page Viewed", "Product Added", 50),
    ("Page Viewed", "(end)", 50),
    ("Product Added", "Order Completed", 20),
    ("Product Added", "(end)", 30),
    ("Order Completed", "(end)", 20),
]
NAMES = ["A", "B", "C", "Page Viewed", "(start)", "(end)", "(other)", "<b>", "漢字", "x" * 90]


def ribbons(drawn):
    return [e for e in drawn.root.iter() if e.tag.endswith("path")]


def height_of(path):
    """The height of a ribbon: how far down its end runs."""
    y2, down = re.search(r" (-?[\d.]+)V([\d.]+)C", path.get("d")).groups()
    return float(down) - float(y2)


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("theme", ["light", "dark", "web"])
def test_names_and_numbers_fit_at_every_width(kit, width, theme):
    drawn = kit.read(flow(kit.flow(ROWS), width=width, theme=theme))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_every_name_stands_at_the_left_and_the_right_with_how_often(kit):
    drawn = kit.read(flow(kit.flow(ROWS)))
    left = [box.text for box in drawn.boxes if box.right < 320]
    right = [box.text for box in drawn.boxes if box.left > 700]
    assert {"(start)", "Page Viewed", "Product Added", "Order Completed"} <= set(left)
    assert {"Page Viewed", "Product Added", "Order Completed", "(end)"} <= set(right)
    assert "140 times" in right  # 100 from the start and 40 from itself
    assert "140 times, 36% then (end)" in left or "140 times, 36% then Product Added" in left


def test_few_times_are_counted_not_divided(kit):
    drawn = kit.read(flow(kit.flow([("A", "B", 2), ("A", "A", 3)])))
    assert "5 times, 3 of 5 again" in drawn.texts


def test_ribbons_are_to_scale_and_self_loops_are_among_them(kit):
    drawn = kit.read(flow(kit.flow(ROWS)))
    heights = sorted(height_of(path) for path in ribbons(drawn))
    counts = sorted(row[2] for row in ROWS)
    assert len(heights) == len(counts)
    for height, number in zip(heights, counts, strict=True):
        assert height / heights[-1] == pytest.approx(number / counts[-1], abs=0.01)


def test_what_most_often_comes_next_is_coloured_once_a_name(kit):
    drawn = kit.read(flow(kit.flow(ROWS)))
    fills = Counter(path.get("fill") for path in ribbons(drawn))
    assert fills["#3E6FA3"] == len({row[0] for row in ROWS})


def test_what_comes_next_is_a_name_before_it_is_the_rest(kit):
    rows = [("A", "B", 30), ("A", "(other)", 70), ("B", "(other)", 5)]
    texts = kit.read(flow(kit.flow(rows))).texts
    assert "100 times, 30% then B" in texts
    assert "5 times, 5 of 5 then (other)" in texts


def test_rare_names_are_joined_and_no_count_is_lost(kit):
    rows = [(f"N{i}", f"N{j}", i + j + 1) for i in range(9) for j in range(9)]
    pairs = _capped(_pairs(rows), 3)
    assert pairs.total() == sum(row[2] for row in rows)
    assert {key for pair in pairs for key in pair} == {"N8", "N7", "N6", "(other)"}
    assert pairs["(other)", "N8"] == sum(i + 8 + 1 for i in range(6))
    texts = kit.read(flow(kit.flow(rows), top=3)).texts
    assert texts.count("(other)") == 2


def test_start_and_end_are_never_joined(kit):
    drawn = kit.read(flow(kit.flow(ROWS), top=1))
    assert {"(start)", "(end)", "(other)", "Page Viewed"} <= set(drawn.texts)
    assert "Order Completed" not in drawn.texts


def test_both_sides_have_the_same_order():
    assert _frequent(_pairs(ROWS)) == ["Page Viewed", "Product Added", "Order Completed"]


def test_the_description_tells_the_pairs(kit):
    drawn = kit.read(flow(kit.flow(ROWS, {"people": 77, "simulated": True})))
    assert drawn.title == "What follows what"
    assert drawn.description.startswith(
        "What follows what. 77 people, 4,321 touchpoints, as of 31 March 2026. Simulated data."
        " (start), then Page Viewed: 100; "
    )
    for start, end, number in ROWS:
        assert f"{start}, then {end}: {number}" in drawn.description
    many = [(f"N{i}", f"N{j}", 5) for i in range(8) for j in range(8)]
    assert "and 24 rarer pairs." in kit.read(flow(kit.flow(many))).description


def test_ribbons_too_thin_to_draw_are_said(kit):
    drawn = kit.read(flow(kit.flow([("A", "B", 10**7), ("A", "C", 1), ("B", "C", 1)])))
    assert "2 rarer steps too thin to draw." in " ".join(drawn.texts)


def test_no_flow_says_what_to_do(kit):
    for table in (kit.flow([]), kit.flow([("A", "B", 0)])):
        drawn = kit.read(flow(table))
        assert "Nothing has followed anything yet." in drawn.texts
        assert "sojourn import FILE" in drawn.texts


def test_the_same_flow_in_another_order_of_rows_reads_the_same(kit):
    one = kit.read(flow(kit.flow(ROWS)))
    other = kit.read(flow(kit.flow(ROWS[::-1])))
    assert one.texts == other.texts
    assert [p.get("d") for p in ribbons(one)] == [p.get("d") for p in ribbons(other)]


def test_several_blocks_are_refused(kit):
    table = kit.flow(ROWS)
    data = {"device": ["phone", *["tablet"] * 6]}
    data |= {c.name: table.column(c.name) for c in table.columns}
    blocks = Table.of("flow", [Column("device", "text"), *table.columns], data, {})
    with pytest.raises(PictureError, match="one block"):
        flow(blocks)


def test_other_tables_and_no_names_are_refused(kit):
    with pytest.raises(PictureError, match="column 'from'"):
        flow(kit.table(kit.hourglass, [1] * 7))
    with pytest.raises(PictureError, match="top=0"):
        flow(kit.flow(ROWS), top=0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 10**9)),
        max_size=60,
    ),
    st.integers(1, 12),
    st.integers(280, 1700),
)
def test_any_flow_can_be_drawn(kit, rows, top, width):
    svg = flow(kit.flow(rows), top=top, width=width)
    drawn = kit.read(svg)
    assert drawn.overlapping() == []
    assert drawn.outside() == []
    assert "nan" not in re.sub(r">[^<]*<", "><", svg)


MOVES = [
    ("s0", "s1", "moved", 60),
    ("s0", "s4", "moved", 10),
    ("s0", None, "lapsed", 20),
    ("s1", "s2", "moved", 30),
    ("s4", None, "restarted", 5),
]


@pytest.mark.parametrize("width", [280, 390, 960, 1600])
def test_moves_flow_from_stage_to_stage(kit, width):
    drawn = kit.read(moves_flow(kit.moves(MOVES), model=kit.hourglass, width=width))
    assert drawn.overlapping() == []
    assert drawn.outside() == []
    assert {"Know", "Like", "Trust", "Buy", "Lapsed"} <= set(drawn.texts)
    assert "Know, then Like: 60" in drawn.description
    assert "Buy, then Began again: 5" in drawn.description


def test_a_stage_keeps_its_colour_in_the_flow(kit):
    drawn = kit.read(moves_flow(kit.moves(MOVES), model=kit.hourglass))
    fills = Counter(path.get("fill") for path in ribbons(drawn))
    assert fills["#3E6FA3"] == 3  # the three ways out of the first stage
    assert drawn.title == "Marketing hourglass: from stage to stage"


def test_moves_of_another_model_are_refused(kit):
    with pytest.raises(PictureError, match="stage 's4' that the model"):
        moves_flow(kit.moves(MOVES), model=kit.model(["A", "B", "C"]))


def test_a_stage_may_be_called_as_an_end_is(kit):
    model = kit.model(["Lapsed", "Began again"])
    moves = kit.moves([("s0", "s1", "moved", 3), ("s0", None, "lapsed", 2)])
    drawn = kit.read(moves_flow(moves, model=model))
    assert "Lapsed, then Began again: 3; Lapsed, then Lapsed: 2" in drawn.description
