"""Friction's picture: a bar a finding, its interval, and how often it happened over time."""

from decimal import Decimal

import pytest

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.friction.detectors import DETECTORS
from sojourn.measure.friction.question import COLUMNS
from sojourn.measure.stages import with_block
from sojourn.pictures import friction
from sojourn.pictures.friction import HEADS

LONG = "Wonderfully long names of touchpoints that nobody would ever give " * 4


def table(findings=3, people=20.0, currencies=("EUR",), by=None, name="Form Failed", **notes):
    rows = []
    for number in range(findings):
        more = people / (1 + number)
        row = dict.fromkeys(column.name for column in COLUMNS)
        row |= {
            "device": by, "rank": number + 1, "kind": "failed", "stage": "try",
            "subject": f"{name} → an order", "people": 40, "lost": 30, "excess_lost": more,
            "low": more / 2, "high": more * 1.5, "p": 0.01, "trend": "·▁▁▂█▇▁",
            "since": "2025-06-02" if number % 2 else None,
            "text": f"On phones, 8 in 10 met “{name}”: about {more:.0f} people lost.",
        }  # fmt: skip
        rows += [
            row | {"money": None if c is None else Decimal(round(more * 90)), "currency": c}
            for c in currencies
        ]
    columns = with_block(COLUMNS, "device" if by else None)
    said = {"people": 4321, "touchpoints": 99_999, **notes}
    return Table.of("friction", columns, {c.name: [r[c.name] for r in rows] for c in columns}, said)


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize(
    "asked",
    [
        {"findings": 0},
        {"findings": 1, "people": 0.4, "currencies": (None,)},
        {"findings": 5},
        {"findings": 30, "people": 3_456_789.0, "currencies": ("EUR", "JPY", "USD"), "name": LONG},
    ],
)
def test_text_fits_at_every_width(kit, width, asked):
    drawn = kit.read(friction(table(simulated=True, **asked), width=width, theme="dark"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def bars(svg, kit):
    drawn = kit.read(svg)
    return [
        float(e.get("width"))
        for e in drawn.root.iter()
        if e.tag.endswith("rect") and e.get("fill") == "#B5485B" and e.get("opacity") == "0.85"
    ]


def test_bars_are_as_long_as_people_are_lost(kit):
    found = bars(friction(table(4)), kit)
    assert [round(width / found[0], 3) for width in found] == [1, 0.5, 0.333, 0.25]


def test_a_finding_in_two_currencies_is_drawn_once_with_both(kit):
    svg = friction(table(2, currencies=("EUR", "USD")))
    assert len(bars(svg, kit)) == 2
    assert "1,800 EUR · 1,800 USD" in svg


def test_it_says_since_when_and_what_is_not_shown():
    svg = friction(table(20))
    assert "since 2025-06-02" in svg
    assert "all the time" in svg
    assert "The first 12 of 20 findings are shown." in svg


def test_every_kind_has_a_name_that_people_understand():
    assert HEADS.keys() == {detector.id for detector in DETECTORS}


def test_nothing_found_is_said_and_is_no_empty_picture():
    svg = friction(table(0))
    assert "Nothing is told." in svg
    assert "<desc" in svg


def test_blocks_are_drawn_one_at_a_time():
    assert "phone" in friction(table(by="phone"))
    mixed = table(by="phone")
    rows = [*mixed.rows, {**mixed.rows[0], "device": "tablet"}]
    two = Table.of("friction", mixed.columns, {
        c.name: [r[c.name] for r in rows] for c in mixed.columns}, {})  # fmt: skip
    with pytest.raises(PictureError):
        friction(two)
    with pytest.raises(PictureError):
        friction(Table.of("flow", [], {}, {}))
