"""How people feel: a curve over the stages with its interval band, or a row a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.curve import Curve, stroke
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polygon
from sojourn.pictures.text import clean, count, fit, width_of
from sojourn.pictures.theme import ACCENTS, Theme, stage_colors

NEEDED = ("n", "people", "mean", "low", "high", "good", "neutral", "bad", "sources")
NONE = "(none)"
MOST_ROWS, MOST_STAGES = 40, 12
HIGH, ROW = 230.0, 34.0
FEW = 5
"""With fewer people heard, a dot is hollow: little rests on it."""

EMPTY = (
    "Nobody has said how they feel yet.",
    "Stars, survey answers (NPS, CSAT, CES) and a sentiment from -1 to 1 are read.",
)


@dataclass(frozen=True)
class Felt:
    """One row of the table, with its name and colour."""

    name: str
    color: str
    n: int
    people: int
    mean: float
    low: float | None
    high: float | None


def emotions(
    table: Table, *, names: Mapping[str, str] | None = None, theme: Theme = "light",
    width: int = 960,
) -> str:  # fmt: skip
    """An `emotions` table of one block as SVG text; `names` are those of the stages.

    Stages are drawn as a curve where there is room, anything else a row a value, the most heard
    first. Raises PictureError for another kind of table, one of several blocks, or of periods.
    """
    rows, block = one_block(table, [_of(table), *NEEDED])
    canvas = Canvas(width, theme, digest("emotions", rows, dict(table.notes), width, theme))
    of = _of(table)
    stages = of == "stage"
    shown = _staged(rows, names or {}) if stages else _valued(rows, of)
    title = "How people feel" + ("" if stages else f", by {clean(of)}")
    beneath = [count(sum(row["n"] for row in rows), "feeling"), *about(table.notes, block, None)]
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 16
    if not shown:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    elif stages and canvas.width >= 560 and len(shown) <= MOST_STAGES:
        y = _curve(canvas, shown, y)
    else:
        y = _rows(canvas, shown, y)
    y = footer(canvas, y + 6, _small_print(rows, shown, names or {} if stages else None))
    return canvas.render(y, title, " ".join(map(_sentence, shown)) or EMPTY[0])


def _of(table: Table) -> str:
    """The column that the feelings are grouped by: the one before the figures."""
    names = [column.name for column in table.columns]
    return names[max(names.index("n") - 1, 0)] if "n" in names else "n"


def _staged(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[Felt]:
    order = list(names) or [row["stage"] for row in rows if row["stage"] != NONE]
    colors = dict(zip(order, stage_colors(len(order)), strict=True))
    return [
        _felt(row, names.get(row["stage"], row["stage"]), colors.get(row["stage"], ACCENTS[0]))
        for row in rows
        if row["stage"] != NONE
    ]


def _valued(rows: Sequence[Mapping[str, Any]], of: str) -> list[Felt]:
    chosen = sorted(rows, key=lambda row: (-row["n"], row[of]))[:MOST_ROWS]
    return [_felt(row, row[of], ACCENTS[0]) for row in chosen]


def _felt(row: Mapping[str, Any], name: str, color: str) -> Felt:
    return Felt(
        clean(name) or "-", color, row["n"], row["people"], row["mean"], row["low"], row["high"]
    )


def _curve(canvas: Canvas, shown: Sequence[Felt], top: float) -> float:
    left, right = canvas.margin + 62, canvas.width - canvas.margin - 20
    step = (right - left) / max(len(shown), 1)
    xs = [left + step * (i + 0.5) for i in range(len(shown))]

    def at(score: float) -> float:
        return top + HIGH * (1 - score) / 2

    for score, words in ((1.0, "delighted"), (0.0, "neutral"), (-1.0, "upset")):
        y = at(score)
        canvas.path(f"M{left} {y}H{right}", stroke=canvas.colors.line, thickness=1)
        canvas.text(canvas.margin, y + 4, words, size=look.SMALL, fill=canvas.colors.muted)
    known = [(x, f) for x, f in zip(xs, shown, strict=True) if f.low is not None]
    if len(known) > 1:
        upper = [(x, at(f.high if f.high is not None else f.mean)) for x, f in known]
        lower = [(x, at(f.low if f.low is not None else f.mean)) for x, f in reversed(known)]
        canvas.path(polygon([*upper, *lower]), fill=ACCENTS[0], opacity=0.13)
    if len(shown) > 1:
        line = Curve(tuple((x, f.mean) for x, f in zip(xs, shown, strict=True)))
        path = stroke(line, xs[0], xs[-1], lambda x, score: (x, at(score)))
        canvas.path(path, stroke=canvas.colors.muted, thickness=2)
    for x, each in zip(xs, shown, strict=True):
        _whisker(canvas, (x, at(each.low or 0)), (x, at(each.high or 0)), each)
        _dot(canvas, x, at(each.mean), each)
        above = at(each.high if each.high is not None else each.mean) - 12
        canvas.text(x, max(above, top - 4), _signed(each.mean), weight=700, anchor="middle")
        foot = top + HIGH + 26
        canvas.text(
            x, foot, each.name, size=look.TEXT, weight=700, anchor="middle", within=step - 6
        )
        heard = fit(count(each.people, "person", "people"), step - 4, look.SMALL)
        canvas.text(x, foot + 17, heard, size=look.SMALL, fill=canvas.colors.muted, anchor="middle")
    return top + HIGH + 66


def _rows(canvas: Canvas, shown: Sequence[Felt], top: float) -> float:
    small = canvas.width < 560
    label = 92.0 if small else min(260.0, max(width_of(f.name, look.TEXT, 700) for f in shown) + 16)
    left, right = canvas.margin + label, canvas.width - canvas.margin - (58 if small else 96)

    def at(score: float) -> float:
        return left + (right - left) * (score + 1) / 2

    muted = canvas.colors.muted
    for score, words in ((-1.0, "upset"), (0.0, "neutral"), (1.0, "delighted")):
        x = at(score)
        canvas.path(f"M{x} {top + 8}V{top + 12 + ROW * len(shown)}", stroke=canvas.colors.line)
        side = "middle" if score == 0 else "start" if score < 0 else "end"
        canvas.text(x, top, words, size=look.SMALL, fill=muted, anchor=side)  # type: ignore[arg-type]
    for number, each in enumerate(shown):
        y = top + 10 + ROW * (number + 0.5)
        canvas.text(canvas.margin, y + 4, each.name, weight=700, within=label - 10)
        _whisker(canvas, (at(each.low or 0), y), (at(each.high or 0), y), each)
        _dot(canvas, at(each.mean), y, each)
        end = canvas.width - canvas.margin
        canvas.text(end, y - 1, _signed(each.mean), weight=700, anchor="end")
        canvas.text(end, y + 13, f"n {each.n:,}", size=10.5, fill=muted, anchor="end")
    return top + 34 + ROW * len(shown)


def _whisker(canvas: Canvas, one: tuple[float, float], other: tuple[float, float], f: Felt) -> None:
    if f.low is not None and f.high is not None:
        path = f"M{one[0]:.2f} {one[1]:.2f}L{other[0]:.2f} {other[1]:.2f}"
        canvas.path(path, stroke=f.color, thickness=5, opacity=0.45)


def _dot(canvas: Canvas, x: float, y: float, each: Felt) -> None:
    sure = each.people >= FEW
    canvas.circle(x, y, 6.5, fill=each.color if sure else canvas.colors.paper, stroke=each.color)


def _signed(mean: float) -> str:
    return "0.00" if abs(mean) < 0.005 else f"{mean:+.2f}".replace("-", "\u2212")


def _small_print(
    rows: Sequence[Mapping[str, Any]], shown: Sequence[Felt], stages: Mapping[str, str] | None
) -> list[str]:
    if not shown:
        return []
    found = [
        "Scale: \u22121 the worst that could be said, +1 the best. Bars and band: 95% interval "
        "of the mean, with people as the unit.",
    ]
    if any(each.people < FEW for each in shown):
        found.append(f"Hollow: fewer than {FEW} people were heard.")
    heard = {row.get("stage") for row in rows}
    silent = [clean(name) for stage, name in (stages or {}).items() if stage not in heard]
    if silent:
        found.append(f"Nobody was heard in {', '.join(silent)}.")
    if stages is None and len(rows) > len(shown):
        found.append(f"The {len(shown)} most heard of {len(rows):,} values are shown.")
    return found


def _sentence(each: Felt) -> str:
    between = "" if each.low is None else f", between {each.low:.2f} and {each.high:.2f}"
    return f"{each.name}: {each.mean:.2f}{between}, from {count(each.people, 'person', 'people')}."
