import pytest

from sojourn.pictures import line
from sojourn.pictures.theme import ACCENTS, stage_colors

REACHED = [48_210, 22_176, 9_092, 3_455, 1_486, 550, 286]


def test_bands_run_from_left_to_right_and_narrow(kit):
    drawn = kit.read(line(kit.table(kit.hourglass, REACHED), model=kit.hourglass))
    bands = [drawn.filled(color)[-1] for color in ACCENTS]
    lefts = [band[0] for band in bands]
    heights = [bottom - top for _, top, _, bottom in bands]
    assert lefts == sorted(lefts)
    assert heights == sorted(heights, reverse=True)


def test_a_stage_stands_under_its_band(kit):
    drawn = kit.read(line(kit.table(kit.hourglass, REACHED), model=kit.hourglass))
    for color, stage in zip(ACCENTS, kit.hourglass.stages, strict=True):
        left, _, right, bottom = drawn.filled(color)[-1]
        box = next(box for box in drawn.boxes if box.text == stage.name)
        assert left < box.left < right
        assert box.top > bottom


@pytest.mark.parametrize(("width", "stages"), [(390, 5), (960, 12)])
def test_where_stages_do_not_fit_beside_each_other_they_run_down(kit, width, stages):
    model = kit.model([f"Stage {i}" for i in range(stages)], neck=2)
    table = kit.table(model, list(range(900, 900 - 50 * stages, -50)))
    drawn = kit.read(line(table, model=model, width=width))
    bands = [drawn.filled(color)[-1] for color in stage_colors(stages)]
    tops = [band[1] for band in bands]
    assert tops == sorted(tops)
    assert len({round(left + right) for left, _, right, _ in bands}) == 1


def test_restarts_flow_back_beneath(kit):
    table = kit.table(kit.hourglass, REACHED, restarted=[0, 0, 0, 0, 1, 0, 0])
    drawn = kit.read(line(table, model=kit.hourglass))
    assert drawn.texts.count("1 began again") == 2


def test_the_purchase_is_marked_at_every_width(kit):
    for width in (390, 960, 1600):
        table = kit.table(kit.hourglass, REACHED)
        drawn = kit.read(line(table, model=kit.hourglass, width=width))
        assert drawn.texts.count("the purchase") == 1


def test_nobody_is_a_dotted_line_with_what_to_do(kit):
    for width in (390, 960):
        table = kit.table(kit.hourglass, [0] * 7)
        drawn = kit.read(line(table, model=kit.hourglass, width=width))
        assert "Nobody is on this journey yet." in drawn.texts
        assert len([e for e in drawn.root.iter() if e.get("stroke-dasharray")]) == 7


def test_the_picture_says_its_scale(kit):
    drawn = kit.read(line(kit.table(kit.hourglass, REACHED), model=kit.hourglass, scale="log"))
    assert "Width: logarithm of journeys, from 48,210 at first." in " ".join(drawn.texts)
