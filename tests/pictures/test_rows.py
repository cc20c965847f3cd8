import pytest

from sojourn.pictures.facts import read_facts
from sojourn.pictures.rows import ABOVE, LEAST_ROW, details, draw_rows, plan_rows
from sojourn.pictures.svg import Canvas
from sojourn.pictures.text import width_of

REACHED = [48_210, 22_176, 9_092, 3_455, 1_486, 550, 0]


@pytest.fixture
def facts(kit):
    table = kit.table(kit.hourglass, REACHED, restarted=[0, 0, 0, 0, 9, 0, 0])
    return read_facts(table, kit.hourglass)


def test_even_rows_are_as_high_as_the_fullest(facts):
    even = plan_rows(facts, 0, 200)
    uneven = plan_rows(facts, 0, 200, even=False)
    assert set(even.heights) == {max(uneven.heights)}
    assert min(uneven.heights) < max(uneven.heights)
    assert min(even.heights) >= LEAST_ROW


def test_numbers_stand_beside_the_names_only_where_all_of_them_fit(kit, facts):
    assert plan_rows(facts, 0, 200).beside
    assert not plan_rows(facts, 0, 120).beside
    long = kit.model(["A", "B", "C", "D", "Something much longer", "F", "G"])
    table = kit.table(long, REACHED)
    assert not plan_rows(read_facts(table, long), 0, 200).beside


def test_every_line_fits_the_width(facts):
    for width in (100, 150, 250):
        for stage in facts.stages:
            assert all(width_of(line, 12) <= width for line in details(stage, width))


def test_the_purchase_is_the_first_line_of_its_stage(facts):
    assert [details(stage, 200)[0] == "the purchase" for stage in facts.stages] == [
        *[False] * 4,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("width", [110, 200, 400])
def test_rows_do_not_run_into_each_other(kit, facts, even, width):
    canvas = Canvas(960, "light", "x")
    rows = plan_rows(facts, 40, width, numbered=True, even=even)
    end = draw_rows(canvas, facts, rows, 10)
    assert end == pytest.approx(10 + sum(rows.heights))
    drawn = kit.read(canvas.render(end, "t", "d"))
    assert drawn.overlapping() == []
    top = 10.0
    for height, i in zip(rows.heights, range(1, 8), strict=True):
        name = next(box for box in drawn.boxes if box.text.startswith(f"{i}. "))
        assert top < name.top < top + ABOVE
        top += height
    assert all(box.left >= 40 and box.right <= 40 + width + 0.1 for box in drawn.boxes)


def test_journeys_are_told_where_they_are_more_than_people(kit):
    model = kit.model(["A", "B"], neck=1)
    facts = read_facts(kit.table(model, [12, 5], people=[10, 4]), model)
    assert [details(stage, 300)[0] for stage in facts.stages] == [
        "12 journeys",
        "5 journeys · the purchase",
    ]
