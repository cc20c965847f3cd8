"""The map as a picture: stages across, lanes down, on paper that can hang on a wall."""

from __future__ import annotations

from sojourn.maps import blocks
from sojourn.maps.filled import FilledMap, Lane, Stage
from sojourn.maps.mood import MOOD, mood
from sojourn.pictures import theme as look
from sojourn.pictures.frame import badge
from sojourn.pictures.svg import Canvas, digest, polygon
from sojourn.pictures.text import count, wrap
from sojourn.pictures.theme import Theme

COLUMN, STEP, LABEL, GUTTER, ROW_GAP = 216.0, 150.0, 118.0, 8.0, 8.0
HEAD, ARROW = 62.0, 14.0
WIDEST = 8_000
EMPTY_ROW = 34.0


class Layout:
    """Where the stages stand: the left edge and the width of each, and the whole width."""

    def __init__(self, stages: tuple[Stage, ...], margin: float) -> None:
        self.left: dict[str, float] = {}
        self.width: dict[str, float] = {}
        x = margin + LABEL
        for stage in stages:
            wide = max(COLUMN, STEP * len(stage.steps))
            self.left[stage.id], self.width[stage.id] = x, wide
            x += wide + GUTTER
        self.whole = x - GUTTER + margin

    def column(self, stage: Stage, number: int) -> tuple[float, float]:
        """The left edge and width of one of a stage's columns for what is written by hand."""
        wide = self.width[stage.id] / len(stage.columns)
        return self.left[stage.id] + number * wide, wide


def draw(shown: FilledMap, *, theme: Theme = "light", width: int | None = None) -> str:
    """A filled map as SVG text; as wide as its stages need unless `width` says otherwise.

    Raises PictureError for an unknown theme or a width that no picture can have.
    """
    margin = 40.0
    layout = Layout(shown.stages, margin)
    asked = width or min(round(layout.whole), WIDEST)
    canvas = Canvas(asked, theme, digest("map", repr(shown), width, theme))
    canvas.width = layout.whole
    y = _header(canvas, shown, margin)
    y = _heads(canvas, shown, layout, y)
    for lane in shown.lanes:
        y = _lane(canvas, shown, lane, layout, y) + ROW_GAP
    y = _legend(canvas, shown, margin, y + 14)
    return canvas.render(y + margin, shown.title, describe(shown))


def curve(shown: FilledMap, lane: Lane, *, theme: Theme = "web") -> str:
    """A lane of feelings alone, for the row of a table whose columns are the stages."""
    wide = max(150.0, 900 / len(shown.stages))
    canvas = Canvas(round(wide * len(shown.stages)), theme, digest("mood", repr(lane), theme))
    canvas.width = wide * len(shown.stages)
    left = {stage.id: i * wide for i, stage in enumerate(shown.stages)}
    mood(canvas, shown, lane, left, dict.fromkeys(left, wide - GUTTER), 0)
    told = [
        f"{stage.name}: {entry.text}, {entry.detail}."
        for stage in shown.stages
        for entry in lane.cell(stage.id).entries
    ]
    return canvas.render(MOOD, lane.name, " ".join(told) or "Nobody said how they feel.")


def _header(canvas: Canvas, shown: FilledMap, margin: float) -> float:
    y, room = margin + 14, canvas.width - 2 * margin
    for line in wrap(shown.title, room - 140, 30, 700, 2):
        canvas.text(margin, y, line, size=30, weight=700)
        y += 36
    y -= 8
    for line in wrap(" · ".join(shown.about), room, 14, 400, 3):
        canvas.text(margin, y, line, size=14, fill=canvas.colors.muted)
        y += 20
    if shown.simulated:
        badge(canvas, canvas.width - margin, margin - 6)
    for sentence in shown.drift:
        for i, line in enumerate(wrap(sentence, room - 22, 14.5, 400, 3)):
            if i == 0:
                canvas.rect(margin, y - 9, 8, 8, fill="#D5733B", radius=2)
            canvas.text(margin + 20, y, line, size=14.5)
            y += 21
    return y + 6


def _heads(canvas: Canvas, shown: FilledMap, layout: Layout, y: float) -> float:
    """The stages as a row of arrows, their steps beneath."""
    deep = 0.0
    for i, stage in enumerate(shown.stages):
        x, wide = layout.left[stage.id], layout.width[stage.id]
        tip = ARROW if i < len(shown.stages) - 1 else 0
        shape = [(x, y), (x + wide - tip, y), (x + wide, y + HEAD / 2), (x + wide - tip, y + HEAD)]
        shape = (
            [*shape, (x, y + HEAD)] if tip else [*shape[:2], (x + wide, y + HEAD), (x, y + HEAD)]
        )
        canvas.path(polygon(shape), fill=stage.color)
        plate = wide - tip - 16
        canvas.rect(x + 8, y + 8, plate, HEAD - 16, fill=canvas.colors.card, radius=7)
        canvas.text(x + 18, y + 30, stage.name, size=18, weight=700, within=plate - 18)
        told = count(stage.people, "person", "people")
        told += ", the purchase" if stage.purchase else ""
        canvas.text(x + 18, y + 46, told, size=11.5, fill=canvas.colors.muted, within=plate - 14)
        for number, step in enumerate(stage.steps):
            left, room = layout.column(stage, number)
            for j, line in enumerate(wrap(step, room - 16, blocks.BODY, 700, 2)):
                canvas.text(left + 8, y + HEAD + 20 + 15 * j, line, size=blocks.BODY, weight=700)
                deep = max(deep, 22.0 + 15 * j)
    return y + HEAD + deep + 10


def _lane(canvas: Canvas, shown: FilledMap, lane: Lane, layout: Layout, y: float) -> float:
    """One lane across all stages; returns where it ends."""
    room = LABEL - 16
    names = wrap(lane.name, room, 14, 700, 3)
    if lane.lane == "feelings":
        high = MOOD
        mood(canvas, shown, lane, layout.left, layout.width, y)
    else:
        made = _cells(lane, shown, layout)
        high = max([EMPTY_ROW, *(blocks.height_of(each) for *_, each in made)])
        for stage, x, wide, cell in made:
            card = canvas.colors.card
            canvas.rect(x, y, wide, high, fill=card, stroke=canvas.colors.line, radius=8)
            blocks.draw(canvas, cell, x, y, stage.color)
    high = max(high, 18.0 * len(names) + 8)
    for i, line in enumerate(names):
        canvas.text(canvas.margin, y + 21 + 18 * i, line, size=14, weight=700)
    return y + high


def _cells(
    lane: Lane, shown: FilledMap, layout: Layout
) -> list[tuple[Stage, float, float, list[blocks.Block]]]:
    """The cells of a lane with their places: one a stage, or one a step where steps have some."""
    made = []
    for stage in shown.stages:
        stepwise = any(lane.cell(column).entries for column in stage.columns) and stage.steps
        if stepwise:
            for number, column in enumerate(stage.columns):
                x, wide = layout.column(stage, number)
                inner = wide - (4 if number < len(stage.columns) - 1 else 0)
                made.append(
                    (stage, x, inner, blocks.blocks(lane.cell(column), inner, shown.images))
                )
        else:
            x, wide = layout.left[stage.id], layout.width[stage.id]
            made.append((stage, x, wide, blocks.blocks(lane.cell(stage.id), wide, shown.images)))
    return made


def _legend(canvas: Canvas, shown: FilledMap, margin: float, y: float) -> float:
    """What the marks mean, as far as they occur."""
    entries = [e for lane in shown.lanes for cell in lane.cells.values() for e in cell.entries]
    chips = [entry for entry in entries if entry.kind == "chip"]
    told = []
    if any(entry.moment for entry in chips):
        told.append("A star is a moment of truth: after it people move on sooner.")
    if chips:
        told.append("A dot is what people do, a ring what the business does.")
    if any(lane.lane == "feelings" for lane in shown.lanes):
        told.append("Feelings are of those who said something, with a 95% interval.")
    if any(entry.kind in ("pain", "chance") and not entry.by_hand for entry in entries):
        told.append("Pains and chances are what goes together, not what is proved to be the cause.")
    if shown.simulated:
        told.append("The data is simulated: these people do not exist.")
    for line in wrap(" ".join(told), canvas.width - 2 * margin, look.SMALL, 400, 4):
        canvas.text(margin, y, line, size=look.SMALL, fill=canvas.colors.muted)
        y += 17
    return y - 17


def describe(shown: FilledMap) -> str:
    """The text alternative: every lane of every stage, in sentences."""
    told = [f"A map of {count(len(shown.stages), 'stage')}. {', '.join(shown.about)}."]
    told += [f"{sentence}." for sentence in shown.drift]
    for stage in shown.stages:
        told.append(f"{stage.name}, {count(stage.people, 'person', 'people')}.")
        for lane in shown.lanes:
            cells = [lane.cell(stage.id), *(lane.cell(c) for c in stage.columns if stage.steps)]
            texts = [
                " ".join(part for part in (e.text, f"({blocks.beneath(e)})" if blocks.beneath(e)
                                           else "") if part)
                for cell in cells for e in cell.entries
            ]  # fmt: skip
            if texts:
                told.append(f"{lane.name}: {'; '.join(texts)}.")
    return " ".join(told)
