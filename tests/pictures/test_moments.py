"""The picture of moments of truth: a ratio and its interval a row, grouped by stage."""

import math

import pytest

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.moments import COLUMNS
from sojourn.measure.stages import with_block
from sojourn.pictures import moments


def row(stage="s1", name="Call Made", ratio=2.0, spread=1.5, found=True, **more):
    return {
        "stage": stage, "touchpoint": name, "people": 90, "moves_after": 40, "rate_ratio": ratio,
        "low": ratio / spread, "high": ratio * spread, "found": found, "gained": 12.4, **more,
    }  # fmt: skip


def table(rows, by=None, **notes):
    columns = with_block(COLUMNS, by)
    data = {c.name: [r.get(c.name) for r in rows] for c in columns}
    return Table.of("moments", columns, data, {"people": 1000, **notes})


def many(count=20, name="Touchpoint {}"):
    return [
        row(f"s{i % 3}", name.format(i), 0.5 + i / 10, 1.2 + i / 5, found=not i % 2)
        for i in range(count)
    ]


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize(
    "name", ["T{}", "An endless name that no column of a page has room for {}"]
)
def test_text_fits_at_every_width(kit, width, name):
    drawn = kit.read(moments(table(many(name=name), simulated=True), width=width, theme="dark"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_stages_stand_in_the_models_order_with_its_names_and_colours(kit):
    model = kit.model(["Know", "Try", "Buy"])
    svg = moments(table([row("s2"), row("s0")]), model=model)
    texts = kit.read(svg).texts
    assert [t for t in texts if t in ("Know", "Try", "Buy")] == ["Know", "Buy"]
    fills = [e.get("fill") for e in kit.read(svg).root.iter() if e.tag.endswith("circle")]
    assert fills[-2:] == ["#3E6FA3", "#B5485B"]


def test_a_ratio_stands_on_a_logarithmic_scale_with_1_in_the_middle(kit):
    rows = [row(ratio=2.0, spread=1.5, name="up"), row(ratio=0.5, spread=1.5, name="down")]
    drawn = kit.read(moments(table(rows)))
    up, down = [float(e.get("cx")) for e in drawn.root.iter() if e.tag.endswith("circle")][-2:]
    (one,) = [box for box in drawn.boxes if box.text == "1\u00d7"]
    middle = (one.left + one.right) / 2
    assert up - middle == pytest.approx(middle - down, abs=0.1)
    lines = [e.get("d") for e in drawn.root.iter() if e.get("stroke-width") == "2"]
    start, end = (float(p.split()[0]) for p in lines[0][1:].split("L"))
    assert (end - up) / (up - middle) == pytest.approx(math.log(1.5) / math.log(2), abs=0.01)
    assert start < up < end


def test_findings_are_full_and_say_whom_they_might_gain_the_rest_is_hollow(kit):
    drawn = kit.read(moments(table([row(), row(name="Ad Viewed", ratio=1.1, found=False)])))
    full, hollow = [e for e in drawn.root.iter() if e.tag.endswith("circle")][-2:]
    assert full.get("fill") == full.get("stroke")
    assert hollow.get("fill") != hollow.get("stroke")
    assert "2.00 (1.33 to 3.00), +12 people" in drawn.texts
    assert "1.10 (0.73 to 1.65)" in drawn.texts
    assert any("if it is causal" in text for text in drawn.texts)
    assert "s1, Ad Viewed: 1.10 (0.73 to 1.65), may be chance." in drawn.description


@pytest.mark.parametrize("width", [390, 700, 820, 960])
def test_numbers_are_never_cut(kit, width):
    drawn = kit.read(moments(table([row(ratio=3.62, gained=12794.0)]), width=width))
    assert "3.62 (2.41 to 5.43), +12,794 people" in drawn.texts


def test_an_interval_that_leaves_the_scale_ends_in_an_arrow_and_stays_inside(kit):
    drawn = kit.read(moments(table([row(ratio=1.2, spread=40.0)])))
    assert drawn.outside() == []
    arrows = [e for e in drawn.root.iter() if (e.get("d") or "").endswith("Z")]
    assert len(arrows) == 2


def test_a_ratio_beyond_the_scale_stands_beside_its_arrow(kit):
    drawn = kit.read(moments(table([row(ratio=44.0, spread=3.0)])))
    arrow = next(e.get("d") for e in drawn.root.iter() if (e.get("d") or "").endswith("Z"))
    tip = max(float(p.split()[0]) for p in arrow[1:-1].split("L"))
    mark = [float(e.get("cx")) for e in drawn.root.iter() if e.tag.endswith("circle")][-1]
    assert 5 < tip - mark - 5 < 15
    assert drawn.outside() == []


def test_only_the_strongest_of_a_stage_are_drawn_and_it_says_so(kit):
    rows = [row(name=f"T{i}", ratio=1 + i / 50, found=i == 0) for i in range(30)]
    texts = " ".join(kit.read(moments(table(rows))).texts)
    assert "The strongest 8 of 30 touchpoints are drawn." in texts
    assert "T0 " in texts
    assert "T29" in texts
    assert "T5 " not in texts


def test_nothing_to_compare_is_a_picture_too_and_several_blocks_are_refused(kit):
    assert any("No touchpoint can be" in text for text in kit.read(moments(table([]))).texts)
    rows = [row(channel="Email"), row(channel="Direct")]
    with pytest.raises(PictureError, match="one block"):
        moments(table(rows, by="channel"))
    assert "channel: Email" in moments(table(rows[:1], by="channel"))
