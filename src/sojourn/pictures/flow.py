"""The flow: what follows what, as ribbons from what happened to what came next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.facts import FEW, ModelInfo, one_block, stage_name, whole
from sojourn.pictures.sankey import Ends, Picture, Ribbon, draw_picture, sums
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, count, percent
from sojourn.pictures.theme import Theme, stage_colors

Pairs: TypeAlias = Counter[tuple[str, str]]

START, END, OTHER = "(start)", "(end)", "(other)"
AGAIN, LAPSED = "(again)", "(lapsed)"
NAMES = {AGAIN: "Began again", LAPSED: "Lapsed"}
MAIN, REST = 0.6, 0.2
"""How opaque a ribbon is: the one that most often comes next, and the others."""


def flow(
    table: Table,
    *,
    theme: Theme = "light",
    width: int = 960,
    title: str | None = None,
    top: int = 12,
) -> str:
    """Draw a `flow` table as ribbons from what happened to what came next, as SVG text.

    The `top` most frequent names have a node of their own; the others are together in `(other)`.
    What most often comes next after each is coloured. Raises PictureError for several blocks.
    """
    if top < 1:
        raise PictureError(f"A flow needs at least one name of its own, not top={top}.")
    rows, block = one_block(table, ("from", "to", "count"))
    pairs = _capped(_pairs((row["from"], row["to"], row["count"]) for row in rows), top)
    canvas = Canvas(width, theme, digest("flow", rows, table.notes, theme, width, title, top))
    main, ink, muted = _main(pairs), canvas.colors.ink, canvas.colors.muted
    ribbons = [
        Ribbon(a, b, n, *((look.ACCENTS[0], MAIN) if main[a] == b else (muted, REST)))
        for (a, b), n in sorted(pairs.items())
    ]
    order = [START, *_frequent(pairs), OTHER, END]
    picture = Picture(
        title=clean(title or "What follows what"),
        block=block,
        notes=table.notes,
        headings=("What happened", "What came next"),
        ends=_ends(order, {key: key for key in order}, pairs, dict.fromkeys(order, ink)),
        ribbons=ribbons,
        small="Blue: what most often comes next, (other) aside. (end): nothing more, so far.",
    )
    return draw_picture(canvas, picture)


def moves_flow(
    moves: Table,
    *,
    model: ModelInfo,
    theme: Theme = "light",
    width: int = 960,
    title: str | None = None,
) -> str:
    """Draw a `moves` table as ribbons from each stage to where people went, as SVG text.

    Raises PictureError for a table of several blocks, of another kind or of another model.
    """
    rows, block = one_block(moves, ("from_stage", "to_stage", "kind", "count"))
    places = {"restarted": AGAIN, "lapsed": LAPSED}
    pairs = _pairs(
        (r["from_stage"], places.get(r["kind"], r["to_stage"]), r["count"]) for r in rows
    )
    names = {clean(stage.id): stage_name(stage) for stage in model.stages}
    _check_stages(pairs, {*names, *NAMES}, model)
    canvas = Canvas(width, theme, digest("moves", rows, moves.notes, theme, width, title, names))
    colors = dict(zip(names, stage_colors(len(names)), strict=True))
    ribbons = [
        Ribbon(a, b, n, colors[a], MAIN if b in names else REST)
        for (a, b), n in sorted(pairs.items())
    ]
    labels = names | NAMES
    shades = colors | dict.fromkeys(NAMES, canvas.colors.muted)
    picture = Picture(
        title=clean(title or f"{model.name or model.id}: from stage to stage"),
        block=block,
        notes=moves.notes,
        headings=("From", "Went to"),
        ends=_ends(list(labels), labels, pairs, shades),
        ribbons=ribbons,
        small="Those still in a stage are not in this picture; they may yet go on.",
    )
    return draw_picture(canvas, picture)


def _check_stages(pairs: Pairs, known: set[str], model: ModelInfo) -> None:
    strange = sorted({key for pair in pairs for key in pair} - known)
    if strange:
        raise PictureError(
            f"The table has a stage {strange[0]!r} that the model {model.id!r} lacks.",
            hint="Give the model that was asked.",
        )


def _pairs(rows: Iterable[tuple[Any, Any, Any]]) -> Pairs:
    pairs: Pairs = Counter()
    for start, end, number in rows:
        if whole(number, 0) > 0:
            pairs[clean(start) or OTHER, clean(end) or OTHER] += whole(number, 0)
    return pairs


def _capped(pairs: Pairs, top: int) -> Pairs:
    """Join the names beyond the most frequent into `(other)`; no pair is left out."""
    kept = {START, END, OTHER, *_frequent(pairs)[:top]}
    joined: Pairs = Counter()
    for (start, end), number in pairs.items():
        joined[start if start in kept else OTHER, end if end in kept else OTHER] += number
    return joined


def _frequent(pairs: Pairs) -> list[str]:
    """The names, the most frequent first: the same order on both sides of the picture."""
    out, into = sums(pairs)
    total = out + into
    names = [name for name in total if name not in (START, END, OTHER)]
    return sorted(names, key=lambda name: (-total[name], name))


def _main(pairs: Pairs) -> dict[str, str]:
    """What most often comes next after each name; `(other)` only where nothing else does."""
    best: dict[str, tuple[bool, int, str]] = {}
    for (start, end), number in sorted(pairs.items()):
        rank = (end != OTHER, number, end)
        if start not in best or rank[:2] > best[start][:2]:
            best[start] = rank
    return {start: end for start, (_, _, end) in best.items()}


def _ends(
    order: list[str], labels: Mapping[str, str], pairs: Pairs, colors: Mapping[str, str]
) -> tuple[list[Ends], list[Ends]]:
    out, into = sums(pairs)
    main = _main(pairs)
    left = [
        Ends(
            key,
            labels[key],
            (count(out[key], "time"), _then(key, labels, pairs, main)),
            colors[key],
        )
        for key in order
        if out[key]
    ]
    right = [
        Ends(key, labels[key], (count(into[key], "time"),), colors[key])
        for key in order
        if into[key]
    ]
    return left, right


def _then(key: str, labels: Mapping[str, str], pairs: Pairs, main: Mapping[str, str]) -> str:
    number, total = pairs[key, main[key]], sums(pairs)[0][key]
    share = f"{number:,} of {total:,}" if total < FEW else percent(number / total)
    return f"{share} again" if main[key] == key else f"{share} then {labels[main[key]]}"
