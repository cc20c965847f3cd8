import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.pictures.facts import read_facts
from sojourn.pictures.glass import WALL, WIDEST_WAIST, Box, blow
from sojourn.pictures.scale import part

BOX = Box(middle=300, top=50, half=150, row=80)

journeys = st.lists(st.integers(0, 10**7), min_size=1, max_size=12).map(
    lambda numbers: sorted(numbers, reverse=True)
)


def glass_of(kit, reached, neck, scale="sqrt"):
    model = kit.model([f"Stage {i}" for i in range(len(reached))], neck=neck)
    return blow(read_facts(kit.table(model, reached), model), BOX, scale)


@given(reached=journeys, data=st.data(), scale=st.sampled_from(["sqrt", "log"]))
def test_the_glass_always_holds_the_sand_and_stays_in_its_place(kit, reached, data, scale):
    neck = data.draw(st.integers(0, len(reached) - 1))
    glass = glass_of(kit, reached, neck, scale)
    for i in range(len(reached) * 16 + 1):
        y = BOX.top + i * BOX.row / 16
        assert glass.wall.at(y) >= min(glass.sand.at(y) + WALL, BOX.half) - 1.5
        assert glass.wall.at(y) <= BOX.half + 0.01


@given(reached=journeys, data=st.data())
def test_widths_follow_the_numbers_on_each_side_of_the_purchase(kit, reached, data):
    neck = data.draw(st.integers(0, len(reached) - 1))
    glass = glass_of(kit, reached, neck)
    for i, number in enumerate(reached):
        if number:
            first, full = (reached[0], glass.upper) if i <= neck else (reached[neck], glass.lower)
            expected = max(1.5, full * part(number, first, "sqrt"))
            assert glass.half_of(i, number) == pytest.approx(expected)
            assert glass.sand.at(glass.center(i)) == pytest.approx(expected)
        else:
            assert glass.half_of(i, number) == 0


@given(reached=journeys.filter(lambda n: len(n) > 2 and n[0] > 0), data=st.data())
def test_there_is_a_waist_at_the_purchase(kit, reached, data):
    neck = data.draw(st.integers(1, len(reached) - 2))
    glass = glass_of(kit, reached, neck)
    waist = glass.wall.at(glass.center(neck))
    assert waist < BOX.half * 0.85
    assert glass.wall.at(BOX.top) > waist
    assert glass.half_of(neck, reached[neck]) <= WIDEST_WAIST * (BOX.half - WALL) + 1.5


def test_the_scale_starts_again_with_those_who_bought(kit):
    glass = glass_of(kit, [10_000, 100, 100, 25], neck=1)
    full = BOX.half - WALL
    assert glass.half_of(1, 100) == pytest.approx(0.1 * full)
    assert glass.half_of(2, 100) == pytest.approx(full)
    assert glass.half_of(3, 25) == pytest.approx(full / 2)


def test_when_all_buy_the_sand_is_a_column_no_wider_than_the_waist(kit):
    glass = glass_of(kit, [500, 500, 500], neck=2)
    halves = {glass.half_of(i, 500) for i in range(3)}
    assert len(halves) == 1
    assert halves.pop() == pytest.approx(WIDEST_WAIST * (BOX.half - WALL))


def test_one_person_is_still_seen(kit):
    assert glass_of(kit, [10**7, 1, 1], neck=1).half_of(1, 1) == 1.5
