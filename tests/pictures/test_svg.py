import pytest

from sojourn.errors import PictureError
from sojourn.pictures.svg import NARROWEST, WIDEST, Canvas, cubic, digest, num, polygon, polyline
from sojourn.pictures.text import width_of


@pytest.fixture
def canvas():
    return Canvas(960, "light", "sjtest")


def test_a_picture_says_what_it_is_to_those_who_cannot_see_it(kit, canvas):
    drawn = kit.read(canvas.render(100, "A <title>", 'Its "numbers"'))
    assert drawn.root.get("role") == "img"
    assert drawn.root.get("aria-labelledby") == "sjtest-title sjtest-desc"
    assert drawn.title == "A <title>"
    assert drawn.description == 'Its "numbers"'


def test_ids_begin_with_the_pictures_own(kit, canvas):
    first = canvas.fade("#112233", (0, 0), (1, 1))
    second = canvas.fade("#112233", (0, 0), (1, 1))
    assert (first, second) == ("url(#sjtest-f0)", "url(#sjtest-f1)")
    root = kit.read(canvas.render(10, "t", "d")).root
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert ids == ["sjtest-title", "sjtest-desc", "sjtest-f0", "sjtest-f1"]


def test_text_is_escaped_cut_and_anchored(kit, canvas):
    canvas.text(10, 20, "<b>&'\"", size=12, weight=700, anchor="end", fill="#123456")
    canvas.text(10, 40, "much too long for this", size=12, within=60)
    canvas.text(10, 60, "")
    drawn = kit.read(canvas.render(100, "t", "d"))
    assert drawn.texts[0] == "<b>&'\""
    assert drawn.boxes[0].right == 10
    assert drawn.texts[1].endswith("…")
    assert width_of(drawn.texts[1], 12) <= 60
    assert len(drawn.texts) == 2


def test_lines_stand_below_each_other(kit, canvas):
    free = canvas.lines(5, 10, ["one", "two"], leading=15)
    drawn = kit.read(canvas.render(100, "t", "d"))
    assert free == 40
    assert drawn.boxes[1].top - drawn.boxes[0].top == 15


def test_pictures_wider_than_the_layout_are_enlarged(kit):
    canvas = Canvas(2400, "light", "x")
    drawn = kit.read(canvas.render(500, "t", "d"))
    assert canvas.width == 1200
    assert drawn.root.get("width") == "2400"
    assert drawn.root.get("height") == "1000"
    assert drawn.root.get("viewBox") == "0 0 1200 500"


@pytest.mark.parametrize("width", [NARROWEST - 1, WIDEST + 1, 0, -5])
def test_widths_that_cannot_be_drawn_are_refused(width):
    with pytest.raises(PictureError, match="pixels wide"):
        Canvas(width, "light", "x")


def test_only_web_pictures_carry_a_style():
    assert "prefers-color-scheme" in Canvas(400, "web", "x").render(10, "t", "d")
    assert "<style>" not in Canvas(400, "dark", "x").render(10, "t", "d")


def test_coordinates_are_short_and_finite():
    assert [num(v) for v in (1, 1.5, 1.005, -0.0001, 100)] == ["1", "1.5", "1", "0", "100"]
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            num(bad)


def test_digests_depend_on_content_alone():
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1})
    assert digest("a", 1) != digest("a", 2)
    assert digest("\ud800").startswith("sj")


def test_path_helpers():
    assert polygon([(0, 0), (2, 0), (0, 2)]) == "M0 0L2 0L0 2Z"
    assert polyline([(0, 0), (2, 0)]) == "M0 0L2 0"
    assert cubic((0, 0), (1, 2), (3, 4), (5, 6)) == "M0 0C1 2 3 4 5 6"


def test_shapes_take_their_looks(canvas):
    canvas.rect(1, 2, 3, 4, fill="#000000", stroke="#111111", radius=2, opacity=0.5)
    canvas.circle(1, 2, 3, fill="#222222", stroke="#333333")
    canvas.path("M0 0L1 1", stroke="#444444", thickness=3, dashes="1 2")
    svg = canvas.render(50, "t", "d")
    assert 'rx="2" fill="#000000" stroke="#111111" stroke-width="1" opacity="0.5"' in svg
    assert 'r="3" fill="#222222" stroke="#333333" stroke-width="1.5"' in svg
    assert 'stroke="#444444" stroke-width="3" stroke-linecap="round" stroke-dasharray="1 2"' in svg
