import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import PictureError
from sojourn.pictures.scale import check_scale, part

numbers = st.integers(1, 10**12)


@given(numbers, numbers)
def test_four_times_the_number_is_twice_the_width_by_square_root(number, full):
    assert part(number, 4 * number, "sqrt") == pytest.approx(0.5)
    assert part(min(number, full), full, "sqrt") ** 2 * full == pytest.approx(min(number, full))


@given(numbers, numbers, st.sampled_from(["sqrt", "log"]))
def test_more_is_never_narrower_and_all_is_the_full_width(one, other, scale):
    low, high = sorted((one, other))
    assert 0 < part(low, high, scale) <= part(high, high, scale) == 1


@given(numbers)
def test_the_logarithm_counts_from_one(number):
    assert part(number, 10**12, "log") == pytest.approx(math.log(number + 1) / math.log(10**12 + 1))


@pytest.mark.parametrize("scale", ["sqrt", "log"])
def test_nobody_has_no_width(scale):
    assert part(0, 10, scale) == part(0, 0, scale) == part(5, 0, scale) == 0


def test_an_unknown_scale_is_refused_with_the_nearest_one():
    with pytest.raises(PictureError, match="no scale 'sqr'") as caught:
        check_scale("sqr")
    assert caught.value.hint == "Did you mean 'sqrt'?"
    check_scale("log")
