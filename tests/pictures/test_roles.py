"""The picture of roles: a cell an item and stage, darker for a larger part in the stage's moves."""

from dataclasses import dataclass

import pytest

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.measure.roles import COLUMNS
from sojourn.measure.stages import with_block
from sojourn.pictures import roles

STAGES = ["know", "like", "trust", "try", "buy", "repeat", "refer"]


@dataclass(frozen=True)
class Stage:
    id: str
    name: str
    question: str = ""
    neck: bool = False


@dataclass(frozen=True)
class Model:
    stages: tuple
    id: str = "m"
    name: str = "M"
    shape: str = "line"
    source: str = ""


def model(name="Stage {}"):
    return Model(tuple(Stage(s, name.format(s), neck=s == "buy") for s in STAGES))


def table(items=4, by=None, word="item {}", moves=True, **notes):
    rows = []
    for number in range(items):
        for place, stage in enumerate(STAGES):
            moved = 100 // (1 + abs(place - number % 7)) if moves and stage != "refer" else 0
            rows.append(
                dict.fromkeys([c.name for c in COLUMNS])
                | {
                    "channel": by,
                    "stage": stage,
                    "item": word.format(number) if number else "(none)",
                    "people": 10,
                    "moved": moved,
                    "last": moved,
                    "part": moved / 100 if moves and stage != "refer" else None,
                    "meant_for": "trust" if number == 1 else None,
                    "works_in": STAGES[number % 6] if number and moves else None,
                }
            )
    columns = with_block(COLUMNS, "channel" if by else None)
    said = {"of": "content", "people": 12, **notes}
    return Table.of("roles", columns, {c.name: [r[c.name] for r in rows] for c in columns}, said)


@pytest.mark.parametrize("width", [280, 390, 700, 960, 1600])
@pytest.mark.parametrize("items", [2, 40])
def test_text_fits_at_every_width(kit, width, items):
    long = table(
        items, word="A very long name of a content item, number {} 数据 🎉", simulated=True
    )
    drawn = kit.read(roles(long, model=model("A long stage {}"), width=width, theme="dark"))
    assert drawn.overlapping() == []
    assert drawn.outside() == []


def test_the_numbers_and_names_are_the_tables(kit):
    texts = kit.read(roles(table(3), model=model())).texts
    for said in ("item 1", "(none)", "Stage know", "100%", "50%", "33%", "meant for this stage"):
        assert said in texts
    assert any("0% to 100% of the stage's moves" in text for text in texts)
    assert any("No moves out of Stage refer." in text for text in texts)


def test_items_stand_in_order_of_the_stage_where_they_work(kit):
    texts = kit.read(roles(table(6))).texts
    order = [text for text in texts if text.startswith("item") or text == "(none)"]
    assert order == ["item 1", "item 2", "item 3", "item 4", "item 5", "(none)"]


def test_a_dashed_rim_is_what_it_is_meant_for_and_a_dot_where_it_works(kit):
    drawn = kit.read(roles(table(3)))
    dashed = [e for e in drawn.root.iter() if e.get("stroke-dasharray")]
    dots = [e for e in drawn.root.iter() if e.tag.endswith("circle")]
    assert (len(dashed), len(dots)) == (1 + 1, 2 + 1)


def test_many_items_are_cut_and_it_says_so(kit):
    texts = " ".join(kit.read(roles(table(40))).texts)
    assert "The 24 with the largest parts of 40 are shown." in texts
    assert "(none)" in texts


def test_nothing_met_and_nobody_at_all_are_pictures_too(kit):
    for empty in (table(1), table(0)):
        assert any("Nobody met anything" in t for t in kit.read(roles(empty, model=model())).texts)


def test_without_any_move_nothing_is_divided(kit):
    assert "100%" not in kit.read(roles(table(3, moves=False), model=model())).texts


def test_the_description_tells_every_part():
    assert "item 1: know 50%, like 100%" in roles(table(2))


def test_several_blocks_are_refused():
    one, two = table(2, by="Email"), table(2, by="Direct")
    both = Table("roles", one.columns, type(one.data).from_pylist([*one, *two]), one.notes)
    with pytest.raises(PictureError, match="one block"):
        roles(both)
    assert "channel: Email" in roles(one)
