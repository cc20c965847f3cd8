"""One person's journey: a ribbon of stages over time, beneath it what happened by channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sojourn.pictures import theme as look
from sojourn.pictures.facts import MONTHS, ModelInfo
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polyline
from sojourn.pictures.text import clean, count, duration, fit, width_of
from sojourn.pictures.theme import Theme, stage_colors

MOST_ROWS = 9
RIBBON, ROW, DOT, ORDER = 36.0, 25.0, 3.6, 5.6
EMPTY = ("Nothing has happened yet.", "No touchpoint is this person's.")
UNKNOWN = "(unknown)"
OTHER = "(other)"
DAY = timedelta(days=1)
SHORTEST = timedelta(hours=1)
TICK = 74.0
"""How many pixels a date beneath the rows needs."""


@dataclass(frozen=True)
class Span:
    """The time that is drawn, and the pixels it is drawn on."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, moment: datetime) -> float:
        """Where a moment is drawn."""
        share = (min(max(moment, self.start), self.end) - self.start) / (self.end - self.start)
        return self.left + share * (self.right - self.left)


def ribbon(
    stays: Sequence[Mapping[str, Any]],
    touches: Sequence[Mapping[str, Any]],
    *,
    model: ModelInfo,
    as_of: datetime,
    zone: str = "UTC",
    simulated: bool = False,
    theme: Theme = "light",
    width: int = 960,
) -> str:
    """One person's stays (rows of a `sojourns` table) and touchpoints as SVG text.

    Dots are the person's touchpoints, rings the business's; larger ones are orders. Times are of
    the zone.
    """
    shown = [f"{touch['ts']}{touch['name']}" for touch in touches]
    canvas = Canvas(width, theme, digest("ribbon", list(stays), shown, model.id, width, theme))
    y = header(canvas, "What happened, and when", _beneath(touches, as_of, zone), simulated) + 12
    if not touches:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
        return canvas.render(y, "A journey", " ".join(EMPTY))
    label = 150.0 if canvas.width >= 560 else 112.0
    left, right = canvas.margin + label, canvas.width - canvas.margin
    first, last = touches[0]["ts"], max(touches[-1]["ts"], touches[0]["ts"] + SHORTEST)
    end = max(last, min(as_of, last + (last - first) / 4 + DAY))
    span = Span(first, end, left, right)
    colors = dict(zip((s.id for s in model.stages), stage_colors(len(model.stages)), strict=True))
    names = {stage.id: clean(stage.name) for stage in model.stages}
    canvas.text(canvas.margin, y + RIBBON / 2 + 5, "Stage", weight=700, within=label - 12)
    _stages(canvas, span, stays, colors, names, y)
    y = _rows(canvas, span, touches, label, y + RIBBON + 18)
    y = _ticks(canvas, span, zone, y + 4)
    y = footer(canvas, y + 16, [_legend(touches)])
    said = [f"{count(len(touches), 'touchpoint')}.", *_sentences(stays, names)]
    return canvas.render(y, "What happened, and when", " ".join(said))


def _beneath(touches: Sequence[Mapping[str, Any]], as_of: datetime, zone: str) -> list[str]:
    told = [count(len(touches), "touchpoint")]
    if touches:
        days = (touches[-1]["ts"] - touches[0]["ts"]) / DAY
        told.append(f"from {_date(touches[0]['ts'], zone)} to {_date(touches[-1]['ts'], zone)}")
        told.append(duration(days))
    return [*told, f"as of {_date(as_of, zone)}"]


def _date(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def _stages(
    canvas: Canvas,
    span: Span,
    stays: Sequence[Mapping[str, Any]],
    colors: Mapping[str, str],
    names: Mapping[str, str],
    y: float,
) -> None:
    canvas.rect(span.left, y, span.right - span.left, RIBBON, fill=canvas.colors.line, radius=5)
    for stay in stays:
        start, left = stay["entered_at"], stay["left_at"] or span.end
        x, end = span.x(start), span.x(left)
        wide = max(end - x, 2.5)
        color = colors.get(stay["stage"], canvas.colors.muted)
        canvas.rect(x, y, wide, RIBBON, fill=color)
        name = names.get(stay["stage"], str(stay["stage"]))
        if width_of(name, look.SMALL, 700) + 10 <= wide:
            plate = width_of(name, look.SMALL, 700) + 10
            canvas.rect(x + 3, y + 9, plate, 18, fill=canvas.colors.card, radius=4)
            canvas.text(x + 8, y + 22, name, size=look.SMALL, weight=700)


def _rows(
    canvas: Canvas, span: Span, touches: Sequence[Mapping[str, Any]], label: float, y: float
) -> float:
    """A row a channel, the busiest first; returns where they end."""
    tally = Counter(clean(touch["channel"] or UNKNOWN) for touch in touches)
    several = len(tally) > MOST_ROWS
    rows = [name for name, _ in tally.most_common(MOST_ROWS - 1 if several else MOST_ROWS)]
    rows += [OTHER] if several else []
    at = {name: y + i * ROW + ROW / 2 for i, name in enumerate(rows)}
    for name, middle in at.items():
        canvas.path(
            polyline([(span.left, middle), (span.right, middle)]),
            stroke=canvas.colors.line,
            thickness=1,
        )
        size = look.TEXT if canvas.width >= 560 else look.SMALL
        shown = fit(name, label - 12, size)
        canvas.text(canvas.margin, middle + 4.5, shown, size=size, fill=canvas.colors.muted)
    for touch in touches:
        middle = at.get(clean(touch["channel"] or UNKNOWN), at.get(OTHER, y))
        big = bool(touch["order_id"] or touch["value"])
        size, ink = ORDER if big else DOT, canvas.colors.ink
        if touch["actor"] == "business":
            canvas.circle(span.x(touch["ts"]), middle, size, fill=canvas.colors.paper, stroke=ink)
        else:
            canvas.circle(span.x(touch["ts"]), middle, size, fill=ink, stroke=canvas.colors.paper)
    return y + ROW * len(rows)


def _ticks(canvas: Canvas, span: Span, zone: str, y: float) -> float:
    """Dates beneath the rows, as many as there is room for."""
    room = span.right - span.left
    number = max(2, min(9, int(room // TICK)))
    days = (span.end - span.start) / DAY
    for i in range(number):
        moment = span.start + (span.end - span.start) * i / (number - 1)
        local = moment.astimezone(ZoneInfo(zone))
        date = f"{local.day} {MONTHS[local.month - 1][:3]}"
        text = f"{local:%H:%M}" if days < 2 else f"{date} {local:%y}" if days > 300 else date
        anchor = "start" if i == 0 else "end" if i == number - 1 else "middle"
        canvas.text(
            span.x(moment), y + 14, text, size=look.SMALL, fill=canvas.colors.muted,
            anchor=anchor,  # type: ignore[arg-type]
        )  # fmt: skip
    return y + 18


def _legend(touches: Sequence[Mapping[str, Any]]) -> str:
    told = ["A dot is something they did."]
    if any(touch["actor"] == "business" for touch in touches):
        told.append("A ring is something the business did.")
    if any(touch["order_id"] or touch["value"] for touch in touches):
        told.append("Larger ones carry an order or money.")
    return " ".join(told)


def _sentences(stays: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    told = []
    for stay in stays:
        name = names.get(stay["stage"], str(stay["stage"]))
        start = stay["entered_at"].astimezone(UTC)
        left = stay["left_at"]
        until = f"until {left.astimezone(UTC):%Y-%m-%d}" if left else "still here"
        told.append(f"{name} from {start:%Y-%m-%d} {until}.")
    return told
