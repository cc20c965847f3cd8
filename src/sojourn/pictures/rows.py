"""Stages as rows of text beside a shape: how every stage picture reads on a narrow canvas."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.facts import Facts, StageFacts
from sojourn.pictures.svg import Anchor, Canvas, Point
from sojourn.pictures.text import balance, sized, width_of

NUMBER = 18.0
LEADING, ABOVE, BELOW = 16.0, 24.0, 18.0
LEAST_ROW = 84.0
DOT = 18.0


@dataclass(frozen=True)
class Rows:
    """The rows' place and heights. `beside`: the names leave room for the numbers beside them."""

    x: float
    width: float
    heights: tuple[float, ...]
    beside: bool
    numbered: bool


def plan_rows(
    facts: Facts, x: float, width: float, *, numbered: bool = False, even: bool = True
) -> Rows:
    """Find the height that every row needs; `even` rows are all as high as the fullest."""
    beside = all(
        width_of(_label(i, s, numbered), look.NAME, 700) + _number_width(s) + DOT + 12 <= width
        for i, s in enumerate(facts.stages)
    )
    rows = Rows(x, width, (), beside, numbered)
    needed = [
        ABOVE + _head(rows, i, s) + _length(rows, s) + BELOW for i, s in enumerate(facts.stages)
    ]
    if even:
        needed = [max(LEAST_ROW, *needed)] * len(needed)
    return Rows(x, width, tuple(needed), beside, numbered)


def _label(index: int, stage: StageFacts, numbered: bool) -> str:
    return f"{index + 1}. {stage.name}" if numbered else stage.name


def _unit(stage: StageFacts) -> str:
    return " person" if stage.people == 1 else " people"


def _number_width(stage: StageFacts) -> float:
    number = width_of(f"{stage.people:,}", NUMBER, 700)
    return number + width_of(_unit(stage), look.SMALL)


def _names(rows: Rows, index: int, stage: StageFacts) -> list[str]:
    label = _label(index, stage, rows.numbered)
    return balance(label, rows.width - DOT, look.NAME, 700)


def _head(rows: Rows, index: int, stage: StageFacts) -> float:
    """How far below the first baseline the last line of the head stands."""
    return 0.0 if rows.beside else 19.0 * (len(_names(rows, index, stage)) - 1) + 24


def _length(rows: Rows, stage: StageFacts) -> float:
    return LEADING * len(details(stage, rows.width))


def details(stage: StageFacts, width: float) -> list[str]:
    """What became of those who reached a stage, in lines that fit."""
    about = (words.journeys(stage), words.PURCHASE * stage.neck)
    texts = [" · ".join(text for text in about if text), *words.outcome(stage)]
    return [line for text in texts for line in balance(text, width, look.SMALL)]


def draw_rows(canvas: Canvas, facts: Facts, rows: Rows, top: float) -> float:
    """Draw the rows from `top` down; returns where they end."""
    y = top
    for i, stage in enumerate(facts.stages):
        if i:
            canvas.rect(rows.x, y - 0.5, rows.width, 1, fill=canvas.colors.line)
        _row(canvas, rows, i, stage, y + ABOVE)
        y += rows.heights[i]
    return y


def _row(canvas: Canvas, rows: Rows, index: int, stage: StageFacts, y: float) -> None:
    x, right = rows.x, rows.x + rows.width
    canvas.circle(x + 5.5, y - 5.5, 5.5, fill=stage.color)
    for i, line in enumerate(_names(rows, index, stage)):
        canvas.text(x + DOT, y + 19 * i, line, size=look.NAME, weight=700)
    if rows.beside:
        people_of(canvas, stage, (right, y), NUMBER, "end", rows.width)
    else:
        y += _head(rows, index, stage)
        people_of(canvas, stage, (x, y), NUMBER, "start", rows.width)
    lines = details(stage, rows.width)
    canvas.lines(x, y + 20, lines, leading=LEADING)


def people_of(
    canvas: Canvas, stage: StageFacts, place: Point, size: float, anchor: Anchor, room: float
) -> None:
    """The number of people, bold, with its unit small behind it, flush on the side of `anchor`."""
    unit = "person" if stage.people == 1 else "people"
    x, y = place
    gap, after = width_of(" ", look.SMALL), width_of(unit, look.SMALL)
    number, size = sized(stage.people, room - gap - after, size, 700)
    wide = width_of(number, size, 700)
    places = (x, x + wide + gap) if anchor == "start" else (x - after - gap, x)
    canvas.text(places[0], y, number, size=size, weight=700, anchor=anchor)
    canvas.lines(places[1], y, [unit], anchor=anchor)
