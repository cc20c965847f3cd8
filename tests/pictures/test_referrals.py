"""The referrals picture: a bar an advocate, what they brought in words, K above."""

import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.measure.referrals.advocates import COLUMNS
from sojourn.pictures import referrals

NOTES = {
    "brought": 9, "brought_by_unknown": 2, "left_out": 1, "advocates": 4,
    "k": 2.25, "k_low": 1.0, "k_high": 4.5,
}  # fmt: skip


def row(advocate, brought, second=0, currency=None, orders=0, money="0"):
    return {
        "advocate": advocate, "invited": 1, "brought": brought, "second_hand": second, "chain": 1,
        "currency": currency, "orders": orders, "money": Decimal(money), "second_hand_orders": 0,
        "second_hand_money": Decimal(0), "first_at": None,
    }  # fmt: skip


def table_of(rows, notes=NOTES):
    data = {column.name: [each[column.name] for each in rows] for column in COLUMNS}
    return Table.of("referrals", COLUMNS, data, notes)


SOME = [
    row("ann", 6, 3, "EUR", 2, "80.5"),
    row("ann", 6, 3, "USD", 1, "-7"),
    row("bo", 3),
]


def parts(svg, tag):
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [element for element in root.iter() if element.tag.endswith(tag)]


def texts(svg):
    return [element.text for element in parts(svg, "text")]


@pytest.mark.parametrize("width", [320, 960])
@pytest.mark.parametrize("theme", ["light", "dark", "web"])
def test_every_advocate_has_one_row_with_all_currencies(width, theme):
    said = texts(referrals(table_of(SOME), theme=theme, width=width))
    assert (said.count("ann"), said.count("bo")) == (1, 1)
    joined = " ".join(said)
    assert "2 advocates brought 9 people" in joined
    assert "K 2.25 (1.00 to 4.50)" in joined
    if width == 960:
        assert "brought 6 people · 3 at second hand · 3 orders: 80.50 EUR, -7.00 USD" in said


def test_second_hand_is_as_much_longer_as_there_are_people():
    bars = [
        float(rect.get("width"))
        for rect in parts(referrals(table_of(SOME)), "rect")
        if rect.get("height") == "16"
    ]
    assert bars[0] == pytest.approx(2 * bars[1], rel=1e-3)
    assert bars[2] == pytest.approx(bars[1], rel=1e-3)


def test_who_is_not_shown_is_told():
    many = [row(f"a{n}", 5) for n in range(25)]
    said = " ".join(texts(referrals(table_of(many))))
    assert "The first 20 of 25 advocates." in said
    assert "2 more people brought by the unknown." in said
    assert "1 left out" in said


def test_a_hostile_name_is_drawn_as_text():
    svg = referrals(table_of([row("<script>\x00" + "x" * 500, 1)]))
    assert "<script" not in svg
    assert texts(svg)


def test_nobody_at_all_is_said():
    assert "Nobody brought anybody." in texts(referrals(table_of([], {})))


def test_another_table_is_refused():
    with pytest.raises(PictureError, match="'advocate'"):
        referrals(Table.of("other", [Column("x", "text")], {"x": []}, {}))
