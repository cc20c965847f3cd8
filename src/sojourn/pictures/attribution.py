"""Attribution as ranges: a row a channel, a dot a model, a line from the least to the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, fit, percent, width_of
from sojourn.pictures.theme import Theme, stage_colors

NEEDED = ("model", "credit", "conversions", "share")
MOST = 20
ROW, LABEL, DOT, RANGE = 30.0, 178.0, 5.5, 96.0
LANE = 2.2
"""How far apart models stand, so that equal shares do not hide each other."""
NONE = "(none)"
EMPTY = ("Nobody converted.", "There is nothing to divide among channels.")


@dataclass(frozen=True)
class Chart:
    """The shares by credit value and model, and where they stand."""

    credits: list[str]
    models: list[str]
    colors: dict[str, str]
    shares: dict[str, dict[str, float]]
    least: float
    most: float
    left: float
    right: float

    def x(self, share: float) -> float:
        """Where a share stands."""
        part = (share - self.least) / (self.most - self.least)
        return self.left + (self.right - self.left) * part


def attribution(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """An `attribution` table of one block as SVG text.

    Every model's dots have one colour; the line between them says how far the models disagree.
    Beyond 20 credit values those with the largest shares are drawn. Raises PictureError for
    another kind of table, or one of several blocks.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("attribution", rows, dict(table.notes), width, theme))
    notes = table.notes
    credit = clean(notes.get("credit", "channel"))
    title = f"What each {credit} is credited with"
    people = notes.get("people")
    beneath = [*_rules(table), *about(notes, block, int(people) if people is not None else None)]
    y = header(canvas, title, beneath, bool(notes.get("simulated"))) + 16
    chart, more = _chart(canvas, rows)
    if chart.credits:
        y = _draw(canvas, chart, y)
        y = _legend(canvas, chart, y + 26)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 6, _small_print(chart, more))
    said = [f"Shares of conversions by {credit}.", *_sentences(chart)]
    return canvas.render(y, title, " ".join(said))


def _rules(table: Table) -> list[str]:
    notes = table.notes
    found = ["share of conversions"]
    conversions = notes.get("conversions")
    if conversions is not None:
        found = [f"share of {conversions:,.0f} {clean(notes.get('convert', '')) or 'conversions'}"]
    return [*found, *([f"lookback {notes['lookback']}"] if notes.get("lookback") else [])]


def _chart(canvas: Canvas, rows: Sequence[dict[str, Any]]) -> tuple[Chart, int]:
    """The credits with the largest shares, `(none)` last, and how many are left out."""
    models = list(dict.fromkeys(row["model"] for row in rows))
    shares: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["share"] is not None:
            mine = shares.setdefault(row["credit"], {})
            mine[row["model"]] = mine.get(row["model"], 0.0) + row["share"]
    largest = sorted(shares, key=lambda c: (-max(shares[c].values()), c))
    shown = largest[:MOST]
    shown.sort(key=lambda c: (c == NONE, -_middle(shares[c]), c))
    values = [share for credit in shown for share in shares[credit].values()]
    small = canvas.width < 560
    left = canvas.margin + (104.0 if small else LABEL)
    right = canvas.width - canvas.margin - (8.0 if small else RANGE)
    colors = dict(zip(models, stage_colors(len(models)), strict=True))
    least, most = min([0.0, *values]), max([0.0, *values]) or 1.0
    return Chart(shown, models, colors, shares, least, most, left, right), len(largest) - len(shown)


def _middle(shares: dict[str, float]) -> float:
    return sum(shares.values()) / len(shares)


def _draw(canvas: Canvas, chart: Chart, y: float) -> float:
    muted, line = canvas.colors.muted, canvas.colors.line
    high = y + 20 + ROW * len(chart.credits)
    for tick in _ticks(chart):
        x = chart.x(tick)
        canvas.path(f"M{x:.1f} {y + 14:.1f}V{high:.1f}", stroke=line, thickness=1)
        canvas.text(x, y + 6, percent(tick), size=look.SMALL, fill=muted, anchor="middle")
    for row, credit in enumerate(chart.credits):
        _row(canvas, chart, credit, y + 20 + ROW * row + ROW / 2)
    return high


def _ticks(chart: Chart) -> list[float]:
    """Round shares along the axis, as many as there is room for."""
    span = chart.most - chart.least
    room = max(2, int((chart.right - chart.left) // 60))
    steps = [m * 10.0**e for e in range(-6, 3) for m in (1, 2, 5)]
    step = next((s for s in steps if span / s <= room), span)
    first, last = ceil(chart.least / step - 1e-9), floor(chart.most / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _row(canvas: Canvas, chart: Chart, credit: str, y: float) -> None:
    shares, muted = chart.shares[credit], canvas.colors.muted
    low, high = min(shares.values()), max(shares.values())
    words = fit(clean(credit), chart.left - canvas.margin - 14, look.TEXT, 700)
    fill = muted if credit == NONE else canvas.colors.ink
    canvas.text(canvas.margin, y + 5, words, size=look.TEXT, weight=700, fill=fill)
    if len(shares) > 1:
        path = f"M{chart.x(low):.1f} {y:.1f}H{chart.x(high):.1f}"
        canvas.path(path, stroke=muted, thickness=2)
    for lane, model in enumerate(chart.models):
        if model in shares:
            at = y + LANE * (lane - (len(chart.models) - 1) / 2)
            paper, color = canvas.colors.paper, chart.colors[model]
            canvas.circle(chart.x(shares[model]), at, DOT, fill=color, stroke=paper)
    if canvas.width >= 560:
        said = " - ".join(dict.fromkeys([percent(low), percent(high)]))
        right, small = canvas.width - canvas.margin, look.SMALL
        canvas.text(right, y + 4, said, size=small, fill=muted, anchor="end", within=RANGE - 12)


def _legend(canvas: Canvas, chart: Chart, y: float) -> float:
    x = canvas.margin
    for model in chart.models:
        wide = 18 + width_of(model, look.SMALL)
        if x > canvas.margin and x + wide > canvas.width - canvas.margin:
            x, y = canvas.margin, y + 20
        canvas.circle(x + 6, y - 4, DOT, fill=chart.colors[model])
        canvas.text(x + 18, y, model, size=look.SMALL, fill=canvas.colors.muted)
        x += wide + 20
    return y + 22


def _small_print(chart: Chart, more: int) -> list[str]:
    found = ["Association, not cause."]
    if len(chart.models) > 1 and chart.credits:
        found.append("The longer the line, the less the log alone can say.")
    if more:
        shown = len(chart.credits)
        found.append(f"The {shown} with the largest shares are shown, {more:,} are not.")
    return found


def _sentences(chart: Chart) -> list[str]:
    return [
        f"{clean(credit)}: "
        + ", ".join(f"{model} {percent(share)}" for model, share in chart.shares[credit].items())
        + "."
        for credit in chart.credits
    ]
