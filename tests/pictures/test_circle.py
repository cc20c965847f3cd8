import math

import pytest

from sojourn.pictures import circle
from sojourn.pictures.facts import read_facts
from sojourn.pictures.ring import Ring
from sojourn.pictures.scale import part

REACHED = [900, 400, 225, 100, 81, 9, 1]


@pytest.fixture
def ring(kit):
    facts = read_facts(kit.table(kit.hourglass, REACHED), kit.hourglass)
    return Ring((500.0, 400.0), 200.0, facts, "sqrt")


def test_the_ring_runs_clockwise_from_the_top(ring):
    assert ring.point(0, 100) == pytest.approx((500, 300))
    assert ring.point(90, 100) == pytest.approx((600, 400))
    assert ring.point(180, 100) == pytest.approx((500, 500))


def test_stages_share_the_ring_evenly(ring):
    starts = [ring.start(i) for i in range(8)]
    assert all(b - a == pytest.approx(ring.arc) for a, b in zip(starts, starts[1:], strict=False))
    assert starts[7] == pytest.approx(360 - starts[0])


def test_thickness_follows_the_square_root(ring):
    assert ring.half(900) == pytest.approx(ring.thick)
    assert ring.half(225) == pytest.approx(ring.thick / 2)
    assert ring.half(0) == 0
    for i, number in enumerate(REACHED):
        degrees = ring.start(i) + ring.arc / 2
        expected = max(1.5, ring.thick * part(number, 900, "sqrt"))
        assert ring.curve.at(degrees) == pytest.approx(expected, abs=0.6)


def test_sides_lie_on_both_sides_of_the_middle(ring):
    outer, inner = ring.sides(0.5)
    for place, radius in ((outer, 210), (inner, 190)):
        assert math.dist(place(123, 20), ring.center) == pytest.approx(radius)


def test_lines_to_a_label_start_on_the_stage_and_clear_of_its_trickle(ring):
    for i in range(7):
        degrees = ring.facing(i, (900.0, 100.0))
        assert ring.start(i) < degrees < ring.start(i + 1)
        assert abs(degrees - ring.lapse_at(i)) > 0.1 * ring.arc


def test_those_who_begin_again_are_counted_in_the_middle(kit):
    table = kit.table(kit.hourglass, REACHED, restarted=[0, 0, 0, 0, 40, 5, 0])
    drawn = kit.read(circle(table, model=kit.hourglass))
    number = next(box for box in drawn.boxes if box.text == "45")
    assert (number.left + number.right) / 2 == pytest.approx(480, abs=0.5)
    assert "began again" in drawn.texts


def test_without_restarts_the_people_are_in_the_middle(kit):
    drawn = kit.read(circle(kit.table(kit.hourglass, REACHED), model=kit.hourglass))
    middle = [b.text for b in drawn.boxes if abs((b.left + b.right) / 2 - 480) < 0.5]
    assert middle == ["900", "people"]


def test_the_inner_loop_has_an_arrow_and_a_line_from_each_stage_that_restarts(kit):
    plain = kit.read(circle(kit.table(kit.hourglass, REACHED), model=kit.hourglass))
    table = kit.table(kit.hourglass, REACHED, restarted=[0, 0, 0, 0, 40, 5, 0])
    looped = kit.read(circle(table, model=kit.hourglass))

    def paths(drawn):
        return sum(e.tag.endswith("path") for e in drawn.root.iter())

    assert paths(looped) - paths(plain) == 2 + 2


def test_narrow_circles_number_their_stages(kit):
    drawn = kit.read(circle(kit.table(kit.hourglass, REACHED), model=kit.hourglass, width=390))
    assert {"1", "2", "3", "4", "5", "6", "7"} <= set(drawn.texts)
    assert "1. Know" in drawn.texts
    assert "7. Refer" in drawn.texts


def test_the_purchase_is_marked(kit):
    for width in (390, 960):
        table = kit.table(kit.hourglass, REACHED)
        drawn = kit.read(circle(table, model=kit.hourglass, width=width))
        assert drawn.texts.count("the purchase") == 1


def test_nobody_is_a_dotted_ring_with_what_to_do(kit):
    for width in (390, 960):
        table = kit.table(kit.hourglass, [0] * 7)
        drawn = kit.read(circle(table, model=kit.hourglass, width=width))
        assert "Nobody is on this journey yet." in drawn.texts
        assert len([e for e in drawn.root.iter() if e.get("stroke-dasharray")]) == 7


def test_the_picture_says_its_scale(kit):
    drawn = kit.read(circle(kit.table(kit.hourglass, REACHED), model=kit.hourglass))
    assert "Thickness: square root of journeys, from 900 at first." in " ".join(drawn.texts)
