import pytest

from sojourn.errors import PictureError
from sojourn.pictures import hourglass
from sojourn.pictures.theme import ACCENTS

REACHED = [48_210, 22_176, 9_092, 3_455, 1_486, 550, 286]


@pytest.fixture
def drawn(kit):
    return kit.read(hourglass(kit.table(kit.hourglass, REACHED), model=kit.hourglass))


def test_bands_stand_in_order_from_top_to_bottom_around_one_axis(drawn):
    bands = [drawn.filled(color)[-1] for color in ACCENTS]
    tops = [band[1] for band in bands]
    assert tops == sorted(tops)
    middles = {round((left + right) / 2, 1) for left, _, right, _ in bands}
    assert len(middles) == 1


def test_bands_narrow_to_the_purchase_and_start_again_below_it(drawn):
    bands = [drawn.filled(color)[-1] for color in ACCENTS]
    widths = [right - left for left, _, right, _ in bands]
    assert widths[:4] == sorted(widths[:4], reverse=True)
    assert widths[4] < widths[2]
    assert widths[5] > widths[6]


def test_the_text_of_a_stage_stands_beside_its_band(drawn):
    for color, stage in zip(ACCENTS, ["Know", "Like", "Trust", "Try", "Buy"], strict=False):
        _, top, _, bottom = drawn.filled(color)[-1]
        box = next(box for box in drawn.boxes if box.text == stage)
        assert top < box.top < box.bottom < bottom


def test_no_text_lies_on_the_sand(drawn):
    bands = [drawn.filled(color)[-1] for color in ACCENTS]
    for box in drawn.boxes:
        for left, top, right, bottom in bands:
            beside = box.right <= left or box.left >= right
            above = box.bottom <= top or box.top >= bottom
            assert beside or above or box.text == "scale starts again"


def test_the_picture_says_its_scale_and_that_it_starts_again(drawn):
    small = " ".join(drawn.texts)
    assert "Width: square root of journeys, from 48,210 at the top." in small
    assert "Below Buy the scale starts again: full width is the 1,486 journeys" in small
    assert "scale starts again" in drawn.texts


def test_the_logarithm_is_said_too(kit):
    table = kit.table(kit.hourglass, REACHED)
    drawn = kit.read(hourglass(table, model=kit.hourglass, scale="log"))
    assert "Width: logarithm of journeys" in " ".join(drawn.texts)


def test_nothing_starts_again_after_a_last_stage_that_is_the_purchase(kit):
    model = kit.model(["See", "Try", "Buy"], neck=2)
    drawn = kit.read(hourglass(kit.table(model, [90, 50, 20]), model=model))
    assert "starts again" not in " ".join(drawn.texts)


def test_restarts_and_word_of_mouth_flow_back(kit):
    table = kit.table(
        kit.hourglass, REACHED, {"referred": 229}, restarted=[0, 0, 0, 0, 120, 80, 29]
    )
    drawn = kit.read(hourglass(table, model=kit.hourglass))
    assert "229 began again · 229 came by word of mouth" in drawn.texts
    dotted = [e for e in drawn.root.iter() if e.get("stroke-dasharray") == "0.1 7"]
    assert len(dotted) == 1


def test_without_them_nothing_flows_back(drawn):
    assert not [e for e in drawn.root.iter() if e.get("stroke-dasharray") == "0.1 7"]


def test_there_is_a_trickle_for_every_stage_where_people_lapsed(kit):
    lapsed = [15_620, 0, 3_382, 0, 489, 0, 154]
    drawn = kit.read(
        hourglass(kit.table(kit.hourglass, REACHED, lapsed=lapsed), model=kit.hourglass)
    )
    fading = [
        e for e in drawn.root.iter() if e.tag.endswith("path") and "url(" in e.get("fill", "")
    ]
    assert len(fading) == 4 + 1  # and one in the legend


def test_shortcuts_come_from_the_moves(kit):
    moves = kit.moves([("s0", "s4", "moved", 2000)])
    table = kit.table(kit.hourglass, REACHED)
    drawn = kit.read(hourglass(table, model=kit.hourglass, moves=moves))
    assert {"2,000", "straight", "to", "Buy"} <= set(" ".join(drawn.texts).split())


def test_nobody_is_an_empty_glass_with_what_to_do(kit):
    for width in (390, 960):
        drawn = kit.read(
            hourglass(kit.table(kit.hourglass, [0] * 7), model=kit.hourglass, width=width)
        )
        assert "Nobody is on this journey yet." in drawn.texts
        assert "sojourn import FILE" in drawn.texts
        assert not any(drawn.filled(color) for color in ACCENTS)


def test_an_unknown_scale_or_theme_is_refused(kit):
    table = kit.table(kit.hourglass, REACHED)
    with pytest.raises(PictureError, match="scale"):
        hourglass(table, model=kit.hourglass, scale="linear")
    with pytest.raises(PictureError, match="theme"):
        hourglass(table, model=kit.hourglass, theme="drak")
