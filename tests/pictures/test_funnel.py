"""The funnel's picture: bars to scale, the pending beside them, text that fits."""

import pytest

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.funnel import COLUMNS
from sojourn.measure.stages import with_block
from sojourn.pictures import funnel

NAMES = ["Page Viewed", "Product Added", "name = 'Order Completed' and value > 100 <b>"]


def table(people=(1000, 400, 30), pending=(100, 20, 0), by=None, **notes):
    following = [*people[1:], people[-1]]
    data = {
        "step": list(range(1, len(people) + 1)),
        "name": NAMES[: len(people)],
        "people": people,
        "pending": pending,
        "lost": [n - m - w for n, m, w in zip(people, following, pending, strict=True)],
        "conversion_from_start": [n / people[0] if people[0] else None for n in people],
        "conversion_from_previous": [None]
        + [n / m if m else None for n, m in zip(people[1:], people, strict=False)],
        "median_seconds": [None, 7200, 86_400 * 3][: len(people)],
        "conversion_estimate": [n / people[0] if people[0] else None for n in people],
    }
    if by is not None:
        data["channel"] = by
    columns = with_block(COLUMNS, None if by is None else "channel")
    said = {"within": "7 days", "order": "ordered", "touchpoints": 4321, **notes}
    return Table.of("funnel", columns, data, said)


def bars(drawn, color):
    found = [e for e in drawn.root.iter() if e.tag.endswith("rect") and e.get("fill") == color]
    return [float(e.get("width")) for e in found]


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("theme", ["light", "dark", "web"])
def test_text_fits_at_every_width(kit, width, theme):
    drawn = kit.read(funnel(table(simulated=True), width=width, theme=theme))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_bars_are_to_scale_and_the_pending_of_all_steps_before_may_still_come(kit):
    drawn = kit.read(funnel(table()))
    pale, solid = bars(drawn, "#8FA650")
    assert solid == pytest.approx(880 * 0.4, abs=0.01)
    assert pale == pytest.approx(880 * 0.5, abs=0.01)
    pale, solid = bars(drawn, "#B5485B")
    assert solid == pytest.approx(880 * 0.03, abs=0.01)
    assert pale == pytest.approx(880 * 0.15, abs=0.01)


def test_the_numbers_are_the_tables(kit):
    texts = " ".join(kit.read(funnel(table())).texts)
    for said in ("1,000", "400", "40% of the step before", "within 2 hours", "100 pending here",
                 "500 lost here", "within 7 days of step 1", "not yet, but still may"):  # fmt: skip
        assert said in texts


def test_without_anybody_pending_the_legend_does_not_speak_of_them(kit):
    texts = " ".join(kit.read(funnel(table(pending=(0, 0, 0)))).texts)
    assert "still may" not in texts


def test_nobody_is_a_picture_too(kit):
    drawn = kit.read(funnel(table(people=(0, 0, 0), pending=(0, 0, 0))))
    assert any("Nobody began" in text for text in drawn.texts)


def test_forty_steps_are_drawn_below_each_other(kit):
    one = table(people=(5, 5), pending=(0, 0))
    rows = [{**one.rows[i % 2], "step": i + 1} for i in range(40)]
    data = {c.name: [row[c.name] for row in rows] for c in one.columns}
    drawn = kit.read(funnel(Table.of("funnel", one.columns, data, one.notes)))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_several_blocks_are_refused():
    several = table(by=["Email", "Email", "Direct"])
    with pytest.raises(PictureError, match="one block"):
        funnel(several)
    assert "channel: Email" in funnel(table(by=["Email"] * 3))
