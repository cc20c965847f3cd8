"""Attribution from ready paths: a table of paths with how often each converted, or did not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Reals
from sojourn.core.credit import Touched
from sojourn.core.table import Table
from sojourn.errors import QuestionError
from sojourn.measure import attribution_rows as made_rows
from sojourn.measure import attribution_tally as tallies
from sojourn.measure.attribution_rows import Names
from sojourn.measure.attribution_tally import UNITS, Ask, Weighed, checked, chosen_models, tally
from sojourn.measure.select import NONE

SEPARATOR = " > "
KNOWN = ("path", "conversions", "value", "nulls")
MOST = 1e12
"""The largest number that a cell may hold: money stays exact."""


def attribution_from_paths(
    frame: Any, model: str | Sequence[str] | None = None, *, order: int = 1
) -> Table:
    """Divide conversions among the channels of ready paths.

    `frame` (a pandas, Polars or Arrow table, or a mapping of columns) has `path` (channels joined
    by ` > `; an empty one counts as `(none)`), `conversions`, and optionally `value` (the money of
    all of them together) and `nulls` (how often the path did not convert). Models are those of
    the measure but `time-decay`, which needs times. Raises QuestionError, naming the row.

    >>> paths = {"path": ["Ad > Email", "Email"], "conversions": [3, 1], "nulls": [1, 3]}
    >>> [(r["credit"], r["conversions"]) for r in attribution_from_paths(paths, "linear")]
    [('Email', 2.5), ('Ad', 1.5)]
    """
    data = _frame(frame)
    models = chosen_models(model)
    if tallies.TIME_DECAY in models:
        raise QuestionError(
            "time-decay needs to know when each touch was, which ready paths do not say",
            hint="Import the touchpoints and ask the log, or choose another model.",
        )
    touched, labels = _touched(data["path"])
    won, value, lost = (_numbers(data, name) for name in KNOWN[1:])
    ask = checked(Ask(models, len(labels), order, half_life=1))
    units = np.rint(value * UNITS).astype(np.int64)
    weighed = Weighed(touched, won, units, np.zeros(len(won), np.int64), lost)
    made = made_rows.rows(ask, tally(ask, weighed), Names(labels, [None]))
    columns = made_rows.COLUMNS
    answer = {column.name: [row[column.name] for row in made] for column in columns}
    said = _notes(ask, data, won, lost)
    said["remarks"] += _joined_otherwise(labels)
    return Table.of("attribution", columns, answer, said)


def _frame(frame: Any) -> pa.Table:
    try:
        data = frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise QuestionError(
            f"the paths are no table: {error}", hint=f"Its columns are {', '.join(KNOWN)}."
        ) from None
    for name in KNOWN[:2]:
        if name not in data.column_names:
            close = get_close_matches(name, data.column_names, 1)
            raise QuestionError(
                f"the paths have no column {name!r}; found {', '.join(data.column_names)}",
                hint=(f"Rename {close[0]!r}? " if close else "")
                + f"Expected {', '.join(KNOWN)}; the last two may be missing.",
            )
    return data


def _touched(column: pa.ChunkedArray) -> tuple[Touched, list[str]]:
    """The paths as numbers, and the text of each; the last is `(none)`."""
    texts = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    texts = pc.fill_null(texts.cast(pa.string()), "")
    lists = pc.split_pattern(texts, SEPARATOR)
    parts = pc.utf8_trim_whitespace(lists.flatten()).dictionary_encode()
    values = parts.dictionary.to_pylist()
    labels = [text for text in values if text not in ("", NONE)] + [NONE]
    place = {text: number for number, text in enumerate(labels)}
    table = np.array([place.get(text, len(labels) - 1) for text in values], np.int32)
    offsets = lists.offsets.to_numpy().astype(np.int64)
    node = table[parts.indices.to_numpy()] if len(values) else np.zeros(0, np.int32)
    direct = np.array([label.lower() == "direct" for label in labels])
    return Touched(node, offsets[:-1], direct[node]), labels


def _numbers(data: pa.Table, name: str) -> Reals:
    """A column of numbers; what is missing counts as 0."""
    if name not in data.column_names:
        return np.zeros(len(data))
    try:
        found = data[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise QuestionError(f"column {name!r} holds what is no number: {error}") from None
    wrong = np.flatnonzero((np.abs(found) > MOST) | (name != "value") * (found < 0))
    if len(wrong):
        row = int(wrong[0])
        expected = f"a number up to {MOST:,.0f}" + ("" if name == "value" else " and not below 0")
        raise QuestionError(
            f"row {row + 1} ({data['path'][row].as_py()!r}): found {found[row]} {name}, "
            f"expected {expected}"
        )
    return np.nan_to_num(found)


def _notes(ask: Ask, data: pa.Table, won: Reals, lost: Reals) -> dict[str, Any]:
    said: dict[str, Any] = {
        "paths": len(data),
        "conversions": float(won.sum()),
        "paths_that_never_converted": float(lost.sum()),
    }
    if tallies.MARKOV in ask.models:
        said["order"] = ask.order
    remarks = [made_rows.CAUTION]
    if not won.any():
        remarks.append("Nobody converted: there is nothing to divide.")
    if "nulls" not in data.column_names and tallies.MARKOV in ask.models:
        remarks.append("There is no column nulls: the chain knows only paths that converted.")
    missing = [n for n in KNOWN[1:] if n in data.column_names and _missing(data[n])]
    remarks += [f"Missing {name} count as 0." for name in missing]
    return {**said, "remarks": remarks}


def _joined_otherwise(labels: Sequence[str]) -> list[str]:
    odd = [label for label in labels if SEPARATOR.strip() in label]
    return [f"Touches are joined by ' > ', with spaces; {odd[0]!r} counts as one."] if odd else []


def _missing(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.is_null(column, nan_is_null=True)).as_py())
