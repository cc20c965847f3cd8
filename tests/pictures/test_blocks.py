import pytest

from sojourn.pictures.blocks import draw_block, plan_block
from sojourn.pictures.facts import read_facts
from sojourn.pictures.svg import Canvas


def stage_of(kit, name="Know", **columns):
    model = kit.model([name, "Like"])
    columns = {key: [value, 0] for key, value in columns.items()}
    return read_facts(kit.table(model, [10_000_000, 4_600_000], **columns), model).stages[0]


@pytest.mark.parametrize("anchor", ["start", "end"])
@pytest.mark.parametrize("width", [104, 150, 220])
@pytest.mark.parametrize("name", ["Know", "A name that needs more than one line", "W" * 60])
def test_a_block_stays_within_its_width_and_height(kit, anchor, width, name):
    stage = stage_of(kit, name, people=9_999_999, restarted=5_000_000)
    block = plan_block(stage, width)
    canvas = Canvas(960, "light", "x")
    draw_block(canvas, block, 400, 50, anchor)
    drawn = kit.read(canvas.render(500, "t", "d"))
    assert drawn.overlapping() == []
    left, right = (400, 400 + block.width) if anchor == "start" else (400 - block.width, 400)
    for box in drawn.boxes:
        assert left - 0.1 <= box.left
        assert box.right <= right + 0.1
        assert box.bottom <= 50 + block.height + 8
    assert block.width <= width


def test_numbers_that_mean_different_things_are_parted_first(kit):
    stage = stage_of(kit, here=1_000_000, stalled=300_000)
    assert "1,000,000 still here, 300,000 stalled" in plan_block(stage, 260).after
    narrow = plan_block(stage, 130).after
    assert "1,000,000 still here" in narrow
    assert "300,000 stalled" in narrow


def test_the_share_that_went_on_is_bold_and_needs_no_name(kit):
    block = plan_block(stage_of(kit), 220)
    assert block.share == "46% went on"
    assert not any("went on" in line for line in (*block.before, *block.after))
