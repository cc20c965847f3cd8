import pytest

from sojourn.pictures.columns import (
    headings,
    lapsed_width,
    rows_of,
    share_out,
    stage_numbers,
    stage_text,
)
from sojourn.pictures.facts import read_facts
from sojourn.pictures.svg import Canvas


def facts_of(kit, reached, **columns):
    names = [f"Stage {i}" for i in range(len(reached))]
    model = kit.model(names, neck=1)
    return read_facts(kit.table(model, reached, **columns), model)


@pytest.mark.parametrize("width", [860, 960, 1200])
@pytest.mark.parametrize("first", [1, 1000, 10**7, 10**12])
def test_columns_stand_in_order_and_leave_room_for_the_shape(kit, width, first):
    facts = facts_of(kit, [first, 1])
    c = share_out(Canvas(width, "light", "x"), facts)
    assert c.stage < c.people < c.left < c.right < c.lapsed < c.here < c.went == width - 40
    assert c.right - c.left > 140


def test_headings_of_an_empty_journey_promise_no_outcomes(kit):
    for empty, expected in ((True, ["Stage", "People"]), (False, None)):
        canvas = Canvas(960, "light", "x")
        columns = share_out(canvas, facts_of(kit, [5, 1]))
        headings(canvas, columns, 20, empty=empty)
        texts = kit.read(canvas.render(40, "t", "d")).texts
        assert texts == (expected or ["Stage", "People", "Lapsed", "Still here", "Went on"])


def test_rows_are_high_enough_for_what_stands_in_them(kit):
    assert rows_of(facts_of(kit, [9] * 3)) == 150
    assert rows_of(facts_of(kit, [9] * 12)) == 76
    more = facts_of(kit, [90] * 12, restarted=[1] * 12)
    assert rows_of(more) > 76


def test_numbers_that_do_not_fit_are_shortened(kit):
    facts = facts_of(kit, [10**11, 10], lapsed=[12_345_678_901, 0], stalled=[10**9, 0])
    canvas = Canvas(960, "light", "x")
    columns = share_out(canvas, facts)
    stage_numbers(canvas, facts.stages[0], columns, 50)
    drawn = kit.read(canvas.render(100, "t", "d"))
    assert {"12bn", "1bn stalled"} <= set(drawn.texts)
    assert lapsed_width(facts.stages[0]) < 74
    assert drawn.overlapping() == []


def test_the_text_of_a_row_keeps_to_its_row(kit):
    names = ["A name that is long enough for two lines of it"] * 2
    model = kit.model(names, neck=1)
    facts = read_facts(kit.table(model, [10**7, 10**6], people=[10**6, 10**5]), model)
    canvas = Canvas(960, "light", "x")
    columns = share_out(canvas, facts)
    for i, stage in enumerate(facts.stages):
        stage_text(canvas, stage, columns, 40 + 76 * i, 76)
    drawn = kit.read(canvas.render(200, "t", "d"))
    assert drawn.overlapping() == []
    assert "the purchase" in drawn.texts
    assert all(box.right <= columns.people + 0.1 for box in drawn.boxes)
