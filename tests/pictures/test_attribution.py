"""The picture of attribution: a dot a model, a line as long as they disagree."""

import pytest

import sojourn as sj
from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.attribution_rows import COLUMNS
from sojourn.pictures import attribution
from sojourn.pictures.theme import stage_colors

MODELS = ["first", "last", "linear", "position", "markov", "shapley"]


def table(channels=4, models=3, word="Channel {}", **notes):
    paths = [f"{word.format(n)} > {word.format(n + 1)}" for n in range(channels - 1)]
    frame = {"path": paths or ["A"], "conversions": list(range(1, len(paths) + 1)) or [channels]}
    found = sj.attribution_from_paths(frame, MODELS[:models])
    return Table(found.kind, found.columns, found.data, {**found.notes, **notes})


def circles(svg, kit):
    return [e for e in kit.read(svg).root.iter() if e.tag.endswith("circle")]


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("channels", [2, 40])
def test_text_fits_at_every_width(kit, width, channels):
    long = table(channels, 6, "A very long name of a channel, number {} 数据 🎉", simulated=True)
    drawn = kit.read(attribution(long, width=width, theme="dark"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_every_model_has_a_dot_in_every_row_and_the_legend(kit):
    assert len(circles(attribution(table(4, 3)), kit)) == 3 * 4 + 3


def test_dots_stand_where_the_shares_say(kit):
    frame = {"path": ["A > B > C"], "conversions": [4]}
    svg = attribution(sj.attribution_from_paths(frame, ["last", "linear"]))
    color = dict(zip(["last", "linear"], stage_colors(2), strict=True))
    places = {
        model: sorted(
            float(e.get("cx")) for e in circles(svg, kit) if e.get("fill") == color[model]
        )
        for model in color
    }
    legend, nothing, also, everything = places["last"]
    assert nothing == also
    third = nothing + (everything - nothing) / 3
    assert places["linear"][1:] == pytest.approx([third] * 3, abs=0.1)
    assert legend < nothing


def test_the_range_is_written_beside_the_line(kit):
    texts = kit.read(attribution(table(2, 2))).texts
    assert "0% - 100%" in texts
    assert "100%" in texts


def test_none_stands_last_and_many_are_cut(kit):
    frame = {"path": ["", *(f"c{n}" for n in range(30))], "conversions": [99, *range(1, 31)]}
    texts = kit.read(attribution(sj.attribution_from_paths(frame, "last"))).texts
    rows = [text for text in texts if text.startswith("c") or text == "(none)"]
    assert rows[-1] == "(none)"
    assert rows[0] == "c29"
    assert any("The 20 with the largest shares are shown, 11 are not." in text for text in texts)


def test_nobody_converted_is_a_picture_too(kit):
    frame = {"path": ["A", "B"], "conversions": [0, 0]}
    drawn = kit.read(attribution(sj.attribution_from_paths(frame, MODELS)))
    assert any("Nobody converted" in text for text in drawn.texts)


def test_currencies_are_one_share_together(kit):
    rows = [
        {"model": "last", "credit": "A", "currency": money, "conversions": 1.0, "value": 1}
        | {"share": 0.5, "removal_effect": None, "cost": None, "return": None}
        for money in ("EUR", "SEK")
    ]
    both = Table.of(
        "attribution", COLUMNS, {c.name: [r[c.name] for r in rows] for c in COLUMNS}, {}
    )
    assert "100%" in kit.read(attribution(both)).texts


def test_several_blocks_are_refused():
    found = table(3)
    data = found.data.add_column(0, "period", [[f"2026-0{1 + n % 2}" for n in range(len(found))]])
    columns = (type(COLUMNS[0])("period", "text"), *found.columns)
    with pytest.raises(PictureError, match="one block"):
        attribution(Table("attribution", columns, data, found.notes))


def test_the_description_tells_every_share():
    assert "Channel 0: first 100%, last 0%" in attribution(table(2, 2))
