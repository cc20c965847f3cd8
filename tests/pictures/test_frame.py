import pytest

from sojourn.pictures.frame import Key, footer, header, legend, notice
from sojourn.pictures.svg import Canvas

LONG = "A title that goes on and on and does not end where one would think that it ends at all"


@pytest.mark.parametrize("width", [300, 390, 640, 960, 1600])
@pytest.mark.parametrize("simulated", [True, False])
@pytest.mark.parametrize("title", ["Short", LONG, "W" * 90])
def test_headers_fit_and_say_when_data_is_simulated(kit, width, simulated, title):
    canvas = Canvas(width, "light", "x")
    y = header(canvas, title, ["46,102 people", "385,683 touchpoints", "as of now"], simulated)
    drawn = kit.read(canvas.render(y, "t", "d"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []
    assert ("Simulated data" in drawn.texts) == simulated


def test_the_line_beneath_breaks_between_its_parts(kit):
    canvas = Canvas(300, "light", "x")
    header(canvas, "T", ["46,102 people", "385,683 touchpoints", "as of 31 March 2026"], False)
    drawn = kit.read(canvas.render(200, "t", "d"))
    assert drawn.texts[1:] == ["46,102 people · 385,683 touchpoints", "as of 31 March 2026"]


@pytest.mark.parametrize("width", [280, 390, 960])
def test_legends_wrap(kit, width):
    canvas = Canvas(width, "light", "x")
    marks = ("solid", "pale", "here", "stalled", "fade")
    keys = [Key(mark, f"what {mark} means here") for mark in marks]
    y = legend(canvas, 20, keys, "#3E6FA3")
    drawn = kit.read(canvas.render(y, "t", "d"))
    assert drawn.texts == [key.words for key in keys]
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_no_keys_take_no_room():
    assert legend(Canvas(960, "light", "x"), 20, [], "#3E6FA3") == 20


def test_footers_join_what_there_is_and_end_the_picture(kit):
    canvas = Canvas(390, "light", "x")
    height = footer(canvas, 40, ["One sentence here.", "", "Another sentence that is longer."])
    drawn = kit.read(canvas.render(height, "t", "d"))
    assert " ".join(drawn.texts) == "One sentence here. Another sentence that is longer."
    assert drawn.outside() == []


def test_notices_are_cards_as_high_as_their_text(kit):
    canvas = Canvas(300, "dark", "x")
    end = notice(canvas, 20, 10, 260, ["What happened, at some length", "why", "what to do"])
    drawn = kit.read(canvas.render(end, "t", "d"))
    assert drawn.outside() == []
    assert max(box.bottom for box in drawn.boxes) < end - 8
