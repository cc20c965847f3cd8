import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.pictures.curve import Curve, band, stroke

heights = st.lists(st.floats(0, 500), min_size=1, max_size=14)


def curve_of(values):
    return Curve(tuple((float(i * 10), value) for i, value in enumerate(values)))


@given(heights)
def test_the_curve_goes_through_its_knots(values):
    curve = curve_of(values)
    for position, value in curve.knots:
        assert curve.at(position) == pytest.approx(value, abs=1e-6)


@given(heights, st.floats(0, 1))
def test_it_stays_between_neighbouring_knots(values, part):
    curve = curve_of(values)
    for (a, low), (b, high) in pairwise(curve.knots):
        value = curve.at(a + part * (b - a))
        assert min(low, high) - 1e-6 <= value <= max(low, high) + 1e-6


@given(heights)
def test_it_is_level_beyond_its_ends(values):
    curve = curve_of(values)
    assert curve.at(-50) == values[0]
    assert curve.at(1e6) == values[-1]
    assert curve.slope(-50) == curve.slope(1e6) == 0


@given(st.lists(st.floats(1, 500), min_size=2, max_size=8), st.floats(0, 1), st.floats(0, 1))
def test_the_cubic_pieces_are_the_curve(values, part, where):
    curve = curve_of(values)
    start = part * (len(values) - 1) * 9
    for (s0, v0), (_, v1), (_, v2), (s3, v3) in curve.beziers(start, start + 9):
        t = where
        cubic = (1 - t) ** 3 * v0 + 3 * (1 - t) ** 2 * t * v1 + 3 * (1 - t) * t**2 * v2 + t**3 * v3
        assert cubic == pytest.approx(curve.at(s0 + t * (s3 - s0)), abs=1e-6)


def test_the_slope_is_that_of_the_values():
    curve = curve_of([0, 5, 30, 31])
    for position in (3.0, 11.0, 17.5, 29.0):
        near = (curve.at(position + 1e-5) - curve.at(position - 1e-5)) / 2e-5
        assert curve.slope(position) == pytest.approx(near, abs=1e-4)


def test_a_band_is_closed_and_has_both_sides():
    curve = curve_of([10, 20])
    d = band(curve, 0, 10, lambda s, v: (v, s), lambda s, v: (-v, s))
    assert d.startswith("M10 0C")
    assert d.endswith("-10 0Z")
    assert "L-20 10" in d
    assert "nan" not in d


def test_a_stroke_is_one_open_side():
    d = stroke(curve_of([10, 20]), 0, 10, lambda s, v: (v, s))
    assert re.fullmatch(r"M10 0C[\d. ]+ 20 10", d)
