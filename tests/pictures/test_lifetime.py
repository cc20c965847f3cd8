"""Lifetime's picture: tenths of the customers, or what was expected beside what came."""

import pytest

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.measure.lifetime import COLUMNS, HOLDOUT_COLUMNS
from sojourn.pictures import lifetime


def people(number=50, money=True, **notes):
    rows = [
        dict.fromkeys(c.name for c in COLUMNS)
        | {
            "person": f"p{place}",
            "frequency": 1,
            "p_alive": 0.5,
            "expected_orders": float(number - place),
            "expected_value": 10.0 * (number - place) if money else None,
        }
        for place in range(number)
    ]
    said = {"horizon": "90 days", "buyers": number, "expected_orders": 5.0, **notes}
    return Table.of("lifetime", COLUMNS, {c.name: [r[c.name] for r in rows] for c in COLUMNS}, said)


def held(rows=8, **notes):
    data = {
        "frequency": [str(n) for n in range(rows - 1)] + ["7+"] * (rows > 0),
        "people": [10] * rows,
        "expected_orders": [float(10 * (n + 1)) for n in range(rows)],
        "orders": [5 * (n + 1) for n in range(rows)],
    }
    return Table.of("lifetime", HOLDOUT_COLUMNS, data, {"holdout": "13 weeks", **notes})


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("table", [people(), people(3, money=False), held()], ids=str)
def test_text_fits_at_every_width(kit, width, table):
    drawn = kit.read(lifetime(table, width=width, theme="dark"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def bars(svg, kit):
    drawn = kit.read(svg)
    return [
        float(e.get("width"))
        for e in drawn.root.iter()
        if e.tag.endswith("rect") and e.get("fill") == "#3E6FA3" and float(e.get("width")) != 22
    ]


def test_a_tenth_is_a_bar_as_long_as_what_is_expected_of_it(kit):
    svg = lifetime(people(50))
    wide = bars(svg, kit)
    tenths = [sum(50 - p for p in range(5 * i, 5 * i + 5)) for i in range(10)]
    assert [w / wide[0] for w in wide] == pytest.approx([t / tenths[0] for t in tenths], abs=1e-3)
    texts = kit.read(svg).texts
    assert "The most valuable tenth: 19% of the value to come" in texts
    assert any("2,400 · 19% of all · 480 each · 50% still active" in text for text in texts)


def test_without_values_orders_are_drawn(kit):
    texts = " ".join(kit.read(lifetime(people(50, money=False))).texts)
    assert "of the orders to come" in texts
    assert "240 orders" in texts


def test_a_hold_out_has_two_bars_a_group_on_a_scale_of_one_person(kit):
    svg = lifetime(held())
    wide = bars(svg, kit)
    assert len(wide) == 16
    assert wide[1::2] == pytest.approx([w / 2 for w in wide[::2]], abs=0.1)
    assert any("10 people · 80.0 purchases expected, 40 came" in t for t in kit.read(svg).texts)


def test_few_people_and_nobody_are_pictures_too(kit):
    assert len(bars(lifetime(people(3)), kit)) == 3
    assert any("Nobody has bought" in text for text in kit.read(lifetime(people(0))).texts)


def test_nothing_expected_divides_nothing(kit):
    table = people(20)
    zero = table.data.set_column(
        table.data.column_names.index("expected_value"), "expected_value", [[0.0] * 20]
    )
    assert bars(lifetime(Table("lifetime", table.columns, zero, {})), kit) == [0.0] * 10


def test_another_table_is_refused():
    with pytest.raises(PictureError, match="lifetime table"):
        lifetime(Table.of("stages", [Column("stage", "text")], {"stage": ["know"]}, {}))
