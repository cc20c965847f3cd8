"""The map's document: what a team writes of its journey, checked whole.

It says which journey and whose, which lanes in which order, the steps inside the stages, and what
is written by hand into the cells. It knows nothing of the log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NoReturn

from sojourn.errors import MapError
from sojourn.maps.lanes import KINDS, USUAL

KEYS = ("id", "title", "journey", "persona", "list", "from", "to", "lanes", "steps", "cells")
CELL_KEYS = ("text", "owner", "note", "add", "pin", "dismiss", "accept")
LANE_KEYS = ("lane", "id", "name")
NAMED = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LONGEST, MOST = 2_000, 40


@dataclass(frozen=True)
class LaneChoice:
    """One lane of a map: its kind, its own id, and what the map calls it."""

    lane: str
    id: str
    name: str


@dataclass(frozen=True)
class Cell:
    """What is written by hand into one cell.

    `add` are entries of one's own beside those of the data, `pin` verbatims that stay, `dismiss`
    and `accept` the keys of found ones that are no longer shown, or are agreed on.
    """

    text: str = ""
    owner: str = ""
    note: str = ""
    add: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    dismiss: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()


@dataclass(frozen=True)
class MapDocument:
    """A map as it is written down; cells are found by lane and column (`try`, or `try/tasting`)."""

    id: str
    title: str = ""
    journey: str = ""
    persona: str = ""
    list: str = ""
    start: str = ""
    end: str = ""
    lanes: tuple[LaneChoice, ...] = ()
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cells: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)

    def cell(self, lane: str, column: str) -> Cell:
        """What is written into a cell; an empty one where nothing is."""
        return self.cells.get(lane, {}).get(column, Cell())


def document_of(raw: Any, origin: str = "the map") -> MapDocument:
    """Check a mapping and give the document; MapError names place, found, expected and nearest.

    >>> document_of({"id": "first", "lanes": ["goal"]}).lanes[0].name
    'Goal'
    """
    if not isinstance(raw, Mapping):
        _fail(origin, "the file", raw, "a mapping such as `id: first-time-buyers`")
    _known(raw, KEYS, origin, "")
    name = _text(raw, "id", origin)
    if not NAMED.fullmatch(name):
        _fail(origin, "id", name, "small letters, digits and hyphens")
    lanes = tuple(_lane(each, i, origin) for i, each in enumerate(_many(raw, "lanes", origin)))
    lanes = lanes or tuple(LaneChoice(lane, lane, KINDS[lane].name) for lane in USUAL)
    ids = [lane.id for lane in lanes]
    if len(set(ids)) < len(ids):
        twice = next(each for each in ids if ids.count(each) > 1)
        _fail(origin, "lanes", twice, "every lane once, or with an `id` of its own")
    return MapDocument(
        id=name,
        title=_text(raw, "title", origin),
        journey=_text(raw, "journey", origin),
        persona=_text(raw, "persona", origin),
        list=_text(raw, "list", origin),
        start=_text(raw, "from", origin),
        end=_text(raw, "to", origin),
        lanes=lanes,
        steps=_steps(raw.get("steps") or {}, origin),
        cells=_cells(raw.get("cells") or {}, ids, origin),
    )


def _lane(raw: Any, number: int, origin: str) -> LaneChoice:
    place = f"lanes[{number}]"
    if isinstance(raw, str):
        raw = {"lane": raw}
    if not isinstance(raw, Mapping):
        _fail(origin, place, raw, "the name of a lane")
    _known(raw, LANE_KEYS, origin, place)
    lane = _text(raw, "lane", origin, place)
    if lane not in KINDS:
        _fail(origin, f"{place}.lane", lane, f"one of {', '.join(KINDS)}", KINDS)
    own = _text(raw, "id", origin, place) or lane
    if not NAMED.fullmatch(own):
        _fail(origin, f"{place}.id", own, "small letters, digits and hyphens")
    return LaneChoice(lane, own, _text(raw, "name", origin, place) or KINDS[lane].name)


def _steps(raw: Any, origin: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(raw, Mapping):
        _fail(origin, "steps", raw, "for each stage a list of names")
    return {str(stage): _texts(names, origin, f"steps.{stage}") for stage, names in raw.items()}


def _cells(raw: Any, lanes: Sequence[str], origin: str) -> dict[str, dict[str, Cell]]:
    if not isinstance(raw, Mapping):
        _fail(origin, "cells", raw, "for each lane its columns")
    found: dict[str, dict[str, Cell]] = {}
    for lane, columns in raw.items():
        if lane not in lanes:
            _fail(origin, f"cells.{lane}", lane, f"a lane of this map: {', '.join(lanes)}", lanes)
        if not isinstance(columns, Mapping):
            _fail(origin, f"cells.{lane}", columns, "for each stage a text")
        found[str(lane)] = {
            str(column): _cell(cell, origin, f"cells.{lane}.{column}")
            for column, cell in columns.items()
        }
    return found


def _cell(raw: Any, origin: str, place: str) -> Cell:
    if raw is None or isinstance(raw, (str, int, float)):
        return Cell(text=_cut("" if raw is None else str(raw), origin, place))
    if isinstance(raw, Sequence):
        return Cell(add=_texts(raw, origin, place))
    if not isinstance(raw, Mapping):
        _fail(origin, place, raw, "a text, a list of texts, or a mapping")
    _known(raw, CELL_KEYS, origin, place)
    text, owner, note = (_text(raw, key, origin, place) for key in CELL_KEYS[:3])
    many = (_texts(raw.get(key) or (), origin, f"{place}.{key}") for key in CELL_KEYS[3:])
    return Cell(text, owner, note, *many)


def _many(raw: Mapping[str, Any], key: str, origin: str) -> Sequence[Any]:
    value = raw.get(key) or ()
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) > MOST:
        _fail(origin, key, value, f"a list of at most {MOST}")
    return value


def _texts(raw: Any, origin: str, place: str) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = [raw]
    if not isinstance(raw, Sequence) or len(raw) > MOST:
        _fail(origin, place, raw, f"a list of at most {MOST} texts")
    if any(isinstance(each, (Mapping, list, tuple)) for each in raw):
        _fail(origin, place, raw, "texts")
    return tuple(_cut(str(each).strip(), origin, place) for each in raw if each is not None)


def _text(raw: Mapping[str, Any], key: str, origin: str, place: str = "") -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple, bool)):
        _fail(origin, f"{place}.{key}".strip("."), value, "a text")
    return _cut(str(value).strip(), origin, key)


def _cut(text: str, origin: str, place: str) -> str:
    if len(text) > LONGEST:
        _fail(origin, place, f"{len(text):,} characters", f"at most {LONGEST:,}")
    return text


def _known(raw: Mapping[Any, Any], keys: Sequence[str], origin: str, place: str) -> None:
    for key in raw:
        if key not in keys:
            where = f"{place}.{key}".strip(".")
            _fail(origin, where, key, f"one of {', '.join(keys)}", keys)


def _fail(
    origin: str,
    place: str,
    found: object,
    expected: str,
    near: Sequence[str] | Mapping[str, Any] = (),
) -> NoReturn:
    close = get_close_matches(str(found), [*near], 1)
    raise MapError(
        f"{origin}: {place}: found {str(found)[:80]!r}, expected {expected}",
        hint=f"Did you mean {close[0]!r}?" if close else None,
    )
