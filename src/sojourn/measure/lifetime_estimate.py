"""From what people bought to what they are expected to buy, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core import bgnbd, gammagamma
from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.core.likelihood import Fitted, around, spread
from sojourn.core.table import Column
from sojourn.errors import QuestionError

FEWEST, FEW = 10, 100
"""With fewer people who bought again there is no answer; with fewer than the second, a warning."""

ESTIMATES = (
    Column("p_alive", "number", "share"),
    Column("expected_orders", "number", "orders"),
    Column("expected_orders_low", "number", "orders"),
    Column("expected_orders_high", "number", "orders"),
    Column("average_value", "number", "money"),
    Column("expected_value", "number", "money"),
    Column("expected_value_low", "number", "money"),
    Column("expected_value_high", "number", "money"),
)
INTERVALS = (
    "Intervals are of the expectation, 95%, by the delta method on the logarithm of the estimate; "
    "what one person does varies far more."
)


UNSETTLED = (
    "The data do not settle every parameter: there are intervals only where that makes no "
    "difference to what is expected."
)


@dataclass(frozen=True)
class Bought:
    """What people bought: repeats, times in one unit, mean value of repeats (NaN: not known)."""

    x: Reals
    tx: Reals
    T: Reals
    mean: Reals | None = None

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Estimates:
    """Each person's numbers, what they rest on, and what to say about them."""

    columns: Mapping[str, Reals]
    notes: Mapping[str, Any]
    remarks: tuple[str, ...]


def enough(bought: Bought) -> None:
    """Raise QuestionError if too few people bought again to say anything."""
    again = int((bought.x > 0).sum())
    if not len(bought):
        raise QuestionError(
            "too few data: nobody has bought yet",
            hint="Lifetime rests on orders: touchpoints named Order Completed, unless the "
            "workspace says otherwise.",
        )
    if again < FEWEST:
        raise QuestionError(
            f"too few data: {again:,} of {len(bought):,} people bought again, "
            f"expected at least {FEWEST}",
            hint="Take a longer log or more people, or ask `sojourns` and `moves` instead.",
        )


def estimates(bought: Bought, horizon: float) -> Estimates:
    """Fit both models and apply them to everybody."""
    enough(bought)
    seen, place = bgnbd.distinct(bought.x, bought.tx, bought.T)
    fit = bgnbd.fit(seen)

    def logs(parameters: Reals) -> Reals:
        return np.log(np.maximum(bgnbd.expected(seen, parameters, horizon), 1e-300))

    orders = bgnbd.expected(seen, fit.parameters, horizon)
    error = spread(fit, logs)
    low, high = around(orders, error)
    columns = {
        "p_alive": bgnbd.p_alive(seen, fit.parameters)[place],
        "expected_orders": orders[place],
        "expected_orders_low": low[place],
        "expected_orders_high": high[place],
    }

    def total(parameters: Reals) -> Reals:
        return np.log(seen.people @ bgnbd.expected(seen, parameters, horizon))

    whole = seen.people @ orders
    of_whole = spread(fit, total)
    least, most = around(whole, of_whole)
    notes = {
        **dict(zip(("r", "alpha", "a", "b"), map(float, fit.parameters), strict=True)),
        "log_likelihood": fit.log_likelihood,
        "expected_orders": float(whole),
        "expected_orders_low": _finite(least),
        "expected_orders_high": _finite(most),
    }
    value, spent, said = _value(bought, columns["expected_orders"], error[place], of_whole)
    return Estimates({**columns, **value}, {**notes, **spent}, (*_warnings(bought, fit), *said))


def _finite(number: Any) -> float | None:
    return float(number) if np.isfinite(number) else None


def _warnings(bought: Bought, fit: Fitted) -> list[str]:
    said = [INTERVALS]
    again = int((bought.x > 0).sum())
    if again < FEW:
        said.append(f"Few data: only {again:,} people bought again; the intervals are wide.")
    if not fit.settled:
        said.append(UNSETTLED)
    return said


def _value(
    bought: Bought, orders: Reals, error: Reals, of_whole: Reals
) -> tuple[dict[str, Reals], dict[str, Any], list[str]]:
    """What the expected orders are worth; NaN where there is nothing to go by."""
    names = [column.name for column in ESTIMATES[4:]]
    nothing = {name: np.full(len(bought), np.nan) for name in names}
    empty = dict.fromkeys(("p", "q", "gamma"))
    if bought.mean is None:
        return nothing, empty, []
    good = (bought.x > 0) & (np.nan_to_num(bought.mean) > 0)
    if int(good.sum()) < FEWEST:
        few = f"Too few data on value: {int(good.sum()):,} people bought again for more than 0."
        return nothing, empty, [few]
    x, m = np.where(good, bought.x, 0.0), np.where(good, bought.mean, 0.0)
    fit = gammagamma.fit(x[good], m[good])
    each = gammagamma.average(x, m, fit.parameters)
    seen, place = _distinct(x, m)

    def logs(parameters: Reals) -> Reals:
        return np.log(gammagamma.average(*seen, parameters))

    worth = orders * each
    low, high = around(worth, np.hypot(error, spread(fit, logs)[place]))
    spent = dict(zip(("p", "q", "gamma"), map(float, fit.parameters), strict=True))
    whole = _worth_of_all(orders, x, m, fit, of_whole)
    return (
        dict(zip(names, (each, worth, low, high), strict=True)),
        {**spent, **whole, "value_frequency_correlation": _together(x[good], m[good])},
        _doubts(x, good, bought, each),
    )


def _worth_of_all(
    orders: Reals, x: Reals, m: Reals, fit: Fitted, of_whole: Reals
) -> dict[str, float | None]:
    """What everybody's expected orders are worth together, with a 95% interval."""

    def total(parameters: Reals) -> Reals:
        return np.log(np.maximum(orders @ gammagamma.average(x, m, parameters), 1e-300))

    whole = orders @ gammagamma.average(x, m, fit.parameters)
    low, high = around(whole, np.hypot(of_whole, spread(fit, total)))
    names = ("expected_value", "expected_value_low", "expected_value_high")
    return dict(zip(names, map(_finite, (whole, low, high)), strict=True))


def _distinct(x: Reals, m: Reals) -> tuple[tuple[Reals, Reals], Ints]:
    seen, place = bgnbd.distinct(x, m, np.zeros(len(x)))
    return (seen.x, seen.tx), place


def _together(x: Reals, m: Reals) -> float | None:
    if x.std() == 0 or m.std() == 0:
        return None
    return float(np.corrcoef(x, m)[0, 1])


def _doubts(x: Reals, good: Bools, bought: Bought, each: Reals) -> list[str]:
    said = []
    assert bought.mean is not None  # noqa: S101 - asked only where values are known
    left = int(((bought.x > 0) & ~good).sum())
    if left:
        said.append(
            f"{left:,} people's repeat purchases are worth nothing or less on average, or have no "
            "value; they count with everybody's mean."
        )
    correlation = _together(x[good], bought.mean[good])
    if correlation is not None and abs(correlation) > 0.3:
        said.append(
            f"Who buys more often spends differently (correlation {correlation:.2f}), which "
            "Gamma-Gamma takes for impossible: expected values are biased."
        )
    if np.isnan(each).any():
        said.append("Everybody's mean value is not finite: values of one-time buyers are empty.")
    return said
