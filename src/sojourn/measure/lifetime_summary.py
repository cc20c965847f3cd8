"""Lifetime from a ready summary: how often each person bought again, when last, seen how long."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bools, Reals
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.lifetime_estimate import ESTIMATES, Bought, estimates

NEEDED = ("frequency", "recency", "T")
VALUE = "monetary_value"


def lifetime_from_summary(frame: Any, *, horizon: float = 12.0) -> Table:
    """What each person of a summary is expected to buy in the next `horizon` units of its time.

    `frame` has a row a person: `frequency` (repeat purchases), `recency` (from the first purchase
    to the last), `T` (from the first purchase to the end) and, if known, `monetary_value` (the
    mean of the repeat purchases). The answer has the same rows in the same order; its notes hold
    `r, alpha, a, b, log_likelihood` and `p, q, gamma`. Raises QuestionError, naming the row.
    """
    if not (np.isfinite(horizon) and horizon > 0):
        raise QuestionError(f"found horizon {horizon}, expected a time longer than nothing")
    data = _table(frame)
    x, tx, span = (_numbers(data, name) for name in NEEDED)
    mean = _numbers(data, VALUE, missing=True) if VALUE in data.column_names else None
    _check(x, tx, span, mean)
    found = estimates(Bought(x, tx, span, mean), horizon)
    columns = [Column("frequency", "integer", "orders"), *(Column(n, "number") for n in NEEDED[1:])]
    columns += [Column(VALUE, "number", "money")] if mean is not None else []
    columns += ESTIMATES
    seen: dict[str, Any] = {"frequency": x.astype(np.int64), "recency": tx, "T": span, VALUE: mean}
    notes = {"people": len(x), "horizon": horizon, **found.notes, "remarks": list(found.remarks)}
    return Table.of("lifetime", columns, {**seen, **found.columns}, notes)


def _table(frame: Any) -> pa.Table:
    try:
        data = frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise QuestionError(
            f"the summary is no table: {error}", hint=f"Its columns are {', '.join(NEEDED)}."
        ) from None
    for name in NEEDED:
        if name not in data.column_names:
            close = get_close_matches(name, data.column_names, 1)
            raise QuestionError(
                f"the summary has no column {name!r}; found {', '.join(data.column_names)}",
                hint=f"Rename {close[0]!r}?" if close else f"Expected {', '.join(NEEDED)}.",
            )
    return data


def _numbers(data: pa.Table, name: str, missing: bool = False) -> Reals:
    try:
        found = np.asarray(data[name].cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowException as error:
        raise QuestionError(f"column {name!r} holds what is no number: {error}") from None
    wrong = np.isinf(found) if missing else ~np.isfinite(found)
    _refuse(wrong, f"{name} is no finite number")
    return found


def _check(x: Reals, tx: Reals, span: Reals, mean: Reals | None) -> None:
    _refuse((x < 0) | (x != np.floor(x)), "frequency is not a whole number from 0 on")
    _refuse(tx < 0, "recency is below 0")
    _refuse(tx > span, "recency is greater than T")
    _refuse((x == 0) & (tx > 0), "recency is not 0 though there was no repeat purchase")
    if mean is not None:
        _refuse(np.abs(np.nan_to_num(mean)) > 1e12, "monetary_value is too large")


def _refuse(wrong: Bools, why: str) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise QuestionError(f"row {row + 1} of the summary: {why}")
