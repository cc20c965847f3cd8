"""Stages as columns of aligned numbers on both sides of a shape."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.facts import Facts, StageFacts
from sojourn.pictures.svg import Canvas
from sojourn.pictures.text import balance, short, sized, width_of

WENT, HERE, LAPSED = 112.0, 92.0, 74.0
"""Widths of the columns of text at the right, in pixels."""
LEADING = 14.5
NUMBER, NAME = 116.0, 92.0
"""The most room for the bold number of people, and the least for the name beside it."""


@dataclass(frozen=True)
class Columns:
    """The right edges of the columns of numbers; the shape stands from `left` to `right`."""

    stage: float
    people: float
    lapsed: float
    here: float
    went: float
    left: float
    right: float


def share_out(canvas: Canvas, facts: Facts) -> Columns:
    """Give the columns of text what they need and the shape the rest."""
    numbers = max(width_of(*_number(stage.people), 700) for stage in facts.stages)
    went = canvas.width - canvas.margin
    here = went - WENT
    lapsed = here - HERE
    people = canvas.margin + max(0.2 * canvas.width + 26, 34 + numbers + NAME)
    return Columns(canvas.margin, people, lapsed, here, went, people + 30, lapsed - LAPSED - 36)


def headings(canvas: Canvas, columns: Columns, y: float, *, empty: bool) -> None:
    """Name the columns."""
    places = [(columns.people, "People")]
    if not empty:
        outcomes = ("Lapsed", "Still here", "Went on")
        places += zip((columns.lapsed, columns.here, columns.went), outcomes, strict=True)
    canvas.text(columns.stage, y, "Stage", size=look.SMALL, fill=canvas.colors.muted)
    for x, word in places:
        canvas.text(x, y, word, size=look.SMALL, fill=canvas.colors.muted, anchor="end")


def stage_text(canvas: Canvas, stage: StageFacts, columns: Columns, y: float, row: float) -> None:
    """Write one stage's name, question and numbers around the height `y`."""
    number, size = _number(stage.people)
    under = [words.journeys(stage)] if stage.reached else ["nobody yet"]
    under = [text for text in (*under, words.PURCHASE * stage.neck) if text]
    beside = max((width_of(text, look.SMALL) for text in under), default=0.0)
    x, room = columns.stage + 20, columns.people - columns.stage - 34
    names = balance(stage.name, room - width_of(number, size, 700), look.NAME, 700)
    if len(names) > 1:
        narrow = room - max(beside, width_of(number, size, 700))
        names = balance(stage.name, narrow, look.NAME, 700)
    canvas.circle(columns.stage + 6, y - 5.5, 6, fill=stage.color)
    for i, line in enumerate(names):
        canvas.text(x, y + 19 * i, line, size=look.NAME, weight=700)
    canvas.text(columns.people, y, number, size=size, weight=700, anchor="end")
    canvas.lines(columns.people, y + 16, under, leading=LEADING, anchor="end")
    most = min(3, int((row - 17 - 19 * len(names)) / 15) + 1)
    question = balance(stage.question, room - beside, look.SMALL, lines=most)
    canvas.lines(x, y + 19 * len(names) - 3, question, leading=15)


def _number(people: int) -> tuple[str, float]:
    return sized(people, NUMBER, look.NUMBER, 700)


def stage_numbers(canvas: Canvas, stage: StageFacts, columns: Columns, y: float) -> None:
    """Write what became of those who entered a stage: lapsed, still here, went on."""
    canvas.text(columns.lapsed, y, _fitting(stage.lapsed, LAPSED), anchor="end")
    canvas.text(columns.here, y, _fitting(stage.here, HERE - 14), anchor="end")
    if stage.stalled:
        text = f"{_fitting(stage.stalled, HERE - 46)} stalled"
        canvas.lines(columns.here, y + 16, [text], anchor="end")
    share = words.went_on(stage)
    canvas.text(columns.went, y, share, size=_went_size(share), weight=700, anchor="end")
    first = y + 16 if share else y
    canvas.lines(columns.went, first, _beneath(stage), leading=LEADING, anchor="end")


def _beneath(stage: StageFacts) -> list[str]:
    texts = [words.stay(stage), words.leap(stage)] if words.went_on(stage) else []
    texts.append(f"{stage.restarted:,} began again" if stage.restarted else "")
    return [line for text in texts for line in balance(text, WENT - 18, look.SMALL)]


def _went_size(share: str) -> float:
    wide = width_of(share, 18, 700)
    return 18 * min(1.0, (WENT - 14) / wide) if wide else 18


def lapsed_width(stage: StageFacts) -> float:
    """How wide the number of those who lapsed stands in its column."""
    return width_of(_fitting(stage.lapsed, LAPSED), look.TEXT)


def _fitting(number: int, width: float) -> str:
    full = f"{number:,}"
    return full if width_of(full, look.TEXT) <= width else short(number)


def rows_of(facts: Facts) -> float:
    """The height of one row: generous for a few stages, never too low for its text."""
    most = max(len(_beneath(stage)) for stage in facts.stages)
    return max(76.0, 36 + LEADING * most, min(600 / len(facts.stages), 150.0))
