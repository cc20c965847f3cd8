"""The picture of leaving: a panel a stage, a line a way out (or a block)."""

import pytest

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.curve import COLUMNS, POINTS, TEST
from sojourn.measure.stages import with_block
from sojourn.pictures import leaving


def tables(stages=3, people=100, blocks=("",), days=(1, 5, 20, 200), name="Stage {}"):
    """A summary and its points: in every stage a tenth more has moved at each of the days."""
    by = "channel" if blocks != ("",) else None
    rows, points = [], []
    for block in blocks:
        for stage in range(stages):
            here = {"channel": block, "stage": f"s{stage}", "name": name.format(stage)}
            rows.append(
                {**here, "entered": people, "moved_90d": 0.3 if people else None,
                 "longest_days": 210.0 if people else None, "p_corrected": 0.001}
            )  # fmt: skip
            for step, day in enumerate(days if people else (), 1):
                share = {"moved": step / 10, "lapsed": (step - 1) / 10}
                points.append(
                    {**here, "days": day, **share, "moved_low": step / 20, "moved_high": step / 8}
                )
    kinds = {"curve": (*COLUMNS, *TEST), "curve_points": POINTS}
    made = {}
    for (kind, columns), told in zip(kinds.items(), (rows, points), strict=True):
        columns = with_block(columns, by)
        data = {c.name: [row.get(c.name) for row in told] for c in columns}
        made[kind] = Table.of(kind, columns, data, {"people": people, "simulated": True})
    return made["curve"], made["curve_points"]


def drawn(kit, summary, points, **look):
    return kit.read(leaving(summary, points=points, **look))


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("name", ["S{}", "An endless name that no panel has room for {}"])
def test_text_fits_at_every_width(kit, width, name):
    found = drawn(kit, *tables(7, name=name), width=width, theme="dark")
    assert found.overlapping() == []
    assert found.outside() == []


def test_every_stage_has_a_panel_with_its_share_and_its_stays(kit):
    texts = drawn(kit, *tables(3)).texts
    assert texts.count("30% moved on within 90 days · 100 stays") == 3
    assert [t for t in texts if t.startswith("Stage")] == ["Stage 0", "Stage 1", "Stage 2"]
    assert "on a square-root scale" in " ".join(texts)


def lines(found, dashed):
    return [
        e.get("d")
        for e in found.root.iter()
        if e.tag.endswith("path")
        and e.get("stroke-width") == "2"
        and (e.get("stroke-dasharray") is not None) == dashed
    ]


def test_moving_on_is_a_line_and_lapsing_a_dashed_one_both_in_steps(kit):
    found = drawn(kit, *tables(1, days=(7, 91.25)))
    (legend, moved), (key, lapsed) = lines(found, False), lines(found, True)
    assert legend != moved
    assert key != lapsed
    points = [tuple(map(float, p.split())) for p in moved[1:].split("L")]
    for (x, y), (after, below) in zip(points, points[1:], strict=False):
        assert x == after or y == below
    left, right = points[0][0], points[-1][0]
    middle = next(x for x, y in points if y != points[0][1] and x > left + 0.3 * (right - left))
    full = (right - left) / (210 / 365) ** 0.5
    assert middle - left == pytest.approx(full * 0.5, abs=0.05)  # the root of 91.25 / 365


def test_several_blocks_have_a_line_each_and_the_test_beside_them(kit):
    found = drawn(kit, *tables(2, blocks=("Email", "Direct")))
    assert "channel: Email" in found.texts
    assert "200 stays · p under 0.01" in found.texts
    assert lines(found, True) == []
    assert len(lines(found, False)) == 2 + 2 * 2


def test_more_blocks_than_can_be_told_apart_are_cut_and_it_says_so(kit):
    found = drawn(kit, *tables(1, blocks=tuple(f"c{i}" for i in range(9))))
    assert len(lines(found, False)) == 6 + 6
    assert any("The 6 largest of 9 blocks" in text for text in found.texts)


def test_nobody_is_a_picture_too_and_a_strange_table_an_error(kit):
    summary, points = tables(2, people=0)
    assert any("Nobody has entered" in text for text in drawn(kit, summary, points).texts)
    assert drawn(kit, summary, points).description.endswith("Stage 1: nobody entered.")
    with pytest.raises(PictureError, match="entered"):
        leaving(points, points=points)


def test_the_description_tells_each_share(kit):
    one = drawn(kit, *tables(1)).description
    assert "Stage 0: moved on within 90 days 30% of 100 stays." in one
    two = drawn(kit, *tables(1, blocks=("Email", "Direct"))).description
    assert "channel: Direct, 30% of 100 stays" in two
