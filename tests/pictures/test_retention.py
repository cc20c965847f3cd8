"""Retention's picture: a cell a cohort and period, darker where more are back."""

import pytest

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.retention import COLUMNS
from sojourn.measure.stages import with_block
from sojourn.pictures import retention


def table(cohorts=6, people=1234, by=None, every="month", **notes):
    rows = []
    for cohort in range(cohorts):
        for period in range(cohorts - cohort):
            back = people // (1 + 2 * period)
            rows.append(
                {
                    "channel": by,
                    "cohort": f"{2000 + cohort // 12}-{cohort % 12 + 1:02}",
                    "people": people,
                    "period": period,
                    "begins": None,
                    "returned": back,
                    "share": back / people,
                    "complete": cohort + period + 1 < cohorts,
                }
            )
    columns = with_block(COLUMNS, "channel" if by else None)
    said = {"every": every, "first": "order", "back": "value > 10 <b>", **notes}
    return Table.of(
        "retention", columns, {c.name: [r[c.name] for r in rows] for c in columns}, said
    )


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("cohorts", [2, 13, 70])
def test_text_fits_at_every_width(kit, width, cohorts):
    drawn = kit.read(retention(table(cohorts, simulated=True), width=width, theme="dark"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def shades(svg, kit):
    drawn = kit.read(svg)
    return [
        float(e.get("opacity"))
        for e in drawn.root.iter()
        if e.tag.endswith("rect") and e.get("fill") == "#3E6FA3"
    ]


def test_every_period_after_the_first_has_a_cell_darker_where_more_are_back(kit):
    found = shades(retention(table(4)), kit)
    cells, scale = found[:-5], found[-5:]
    assert len(cells) == 3 + 2 + 1
    assert cells[:3] == sorted(cells[:3], reverse=True)
    assert cells[0] == max(found)
    assert scale == sorted(scale)


def test_the_numbers_are_the_tables(kit):
    texts = kit.read(retention(table(4))).texts
    for said in ("2000-01", "1,234", "33%", "20%", "14%", "months since the first", "not over yet"):
        assert said in texts
    assert any("0% to 33% back" in text for text in texts)


def test_an_unfinished_period_has_a_dashed_rim(kit):
    drawn = kit.read(retention(table(5)))
    dashed = [e for e in drawn.root.iter() if e.get("stroke-dasharray")]
    assert len(dashed) == 4 + 1  # the last of each cohort with a later period, and the legend's


def test_many_cohorts_are_cut_and_it_says_so(kit):
    texts = " ".join(kit.read(retention(table(70))).texts)
    assert "The latest 60 of 70 cohorts are shown." in texts
    assert "2005-10" in texts
    assert "2000-01 " not in texts


def test_nobody_yet_and_nobody_at_all_are_pictures_too(kit):
    assert any("could have come back" in t for t in kit.read(retention(table(1))).texts)
    assert any("Nobody has come" in t for t in kit.read(retention(table(0))).texts)


def test_the_description_tells_every_share():
    svg = retention(table(3))
    assert "2000-01: 1,234 people; back 33%, 20% so far." in svg
    assert "2000-03: 1,234 people." in svg


def test_several_blocks_are_refused():
    one, two = table(2, by="Email"), table(2, by="Direct")
    both = Table("retention", one.columns, type(one.data).from_pylist([*one, *two]), one.notes)
    with pytest.raises(PictureError, match="one block"):
        retention(both)
    assert "channel: Email" in retention(one)
