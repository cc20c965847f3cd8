import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.pictures.sankey import GAP, Ends, Picture, Ribbon, plan_sankey, sums
from sojourn.pictures.svg import Canvas


def picture_of(counts):
    """A ribbon from each of the left keys to each of the right ones."""
    left = [Ends(f"a{i}", f"Left {i}", ("fact",), "#000000") for i in range(len(counts))]
    right = [Ends(f"b{j}", f"Right {j}", ("fact",), "#000000") for j in range(len(counts[0]))]
    ribbons = [
        Ribbon(f"a{i}", f"b{j}", n, "#000000", 1)
        for i, row in enumerate(counts)
        for j, n in enumerate(row)
    ]
    return Picture("t", "", {}, ("From", "To"), (left, right), ribbons, "")


@given(st.lists(st.lists(st.integers(1, 10**8), min_size=3, max_size=3), min_size=1, max_size=14))
def test_both_columns_fit_at_one_scale_as_large_as_it_can_be(counts):
    sankey = plan_sankey(Canvas(960, "light", "x"), picture_of(counts))
    needed = [
        sum(max(node.slot, node.total * sankey.scale) + GAP for node in side)
        for side in (sankey.left, sankey.right)
    ]
    assert max(needed) == pytest.approx(sankey.height, rel=1e-6)
    assert min(needed) <= sankey.height * 1.000001


def test_totals_are_those_of_the_ribbons():
    sankey = plan_sankey(Canvas(960, "light", "x"), picture_of([[1, 2], [30, 40]]))
    assert [node.total for node in sankey.left] == [3, 70]
    assert [node.total for node in sankey.right] == [31, 42]


def test_sums_leave_and_arrive():
    out, into = sums({("a", "a"): 2, ("a", "b"): 3, ("b", "a"): 5})
    assert out == {"a": 5, "b": 5}
    assert into == {"a": 7, "b": 3}


def test_labels_take_two_lines_where_one_is_too_narrow():
    wide = plan_sankey(Canvas(1200, "light", "x"), picture_of([[1]])).left[0]
    long = Ends("a0", "A name", ("12,345 times", "99.9% then Something Quite Long"), "#000000")
    picture = picture_of([[1]])
    narrow = Picture("t", "", {}, ("", ""), ([long], picture.ends[1]), picture.ribbons, "")
    assert wide.beneath == ("fact",)
    assert len(plan_sankey(Canvas(390, "light", "x"), narrow).left[0].beneath) == 2
    assert len(plan_sankey(Canvas(1200, "light", "x"), narrow).left[0].beneath) == 1
