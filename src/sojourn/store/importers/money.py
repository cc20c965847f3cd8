"""Amounts of money as exact decimals, whichever way a column writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.core.touchpoint import MONEY
from sojourn.errors import ImportFailed
from sojourn.store.importers.times import Undecided, is_text, trimmed

POINT = "point"
COMMA = "comma"
MARKS = {POINT: ".", COMMA: ","}
CENTS = Decimal("0.0001")
TOO_MUCH = Decimal(10) ** 14
SAFE_REALS = 1e9
PLAIN = r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$"
_SPACE = re.compile(r"[\s\u00a0\u202f'\u2019]")
_CURRENCY = re.compile(
    r"[$€£¥₹₽₩₺₫₴₪฿]|^(?:[^\W\d_]{1,3}[.$]?)(?=['\d(+-])|(?<=[\d)'])(?:[^\W\d_]{2,4}\.?)$"
)
_DIGITS = re.compile(r"[0-9.,']*[0-9][0-9.,']*(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True)
class MoneyReading:
    """Which mark stands before the cents; None while no value needed to know.

    `doubt` is an amount whose comma was taken for that of thousands, as no value proves it.
    """

    mark: str | None = None
    sure: bool = False
    doubt: str | None = None

    def __str__(self) -> str:
        return {POINT: "1,234.50", COMMA: "1.234,50", None: "whole numbers"}[self.mark]


class Amounts(NamedTuple):
    """Decimals, which rows could be read (null is fine), and how many had to be rounded."""

    values: pa.Array[Any]
    good: Bools
    rounded: int = 0


@dataclass
class MoneyEvidence:
    """What the values of `column` say about the mark before the cents."""

    column: str
    proved: dict[str, tuple[int, str]] = field(default_factory=dict)
    unclear: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, column: pa.Array[Any], rows: Ints) -> None:
        """Look at some values; `rows` are their numbers in the file."""
        if not is_text(column.type) or len(self.proved) > 1:
            return
        coded = trimmed(column).dictionary_encode()
        codes = np.asarray(coded.indices.fill_null(-1))
        distinct: list[Any] = coded.dictionary.to_pylist()
        for code, text in enumerate(distinct):
            proof, mark = mark_of(text)
            seen = self.proved if proof else self.unclear
            if mark is not None and mark not in seen:
                seen[mark] = (int(rows[int(np.argmax(codes == code))]), text)


def decide_money(evidence: MoneyEvidence, asked: str | None, *, whole: bool) -> MoneyReading:
    """How to read the column; raises ImportFailed when its values contradict each other."""
    if asked is not None and asked not in MARKS:
        raise ImportFailed(f"{asked!r} is no decimal mark.", hint="Say `point` or `comma`.")
    if asked:
        return MoneyReading(asked, sure=True)
    proved, unclear = evidence.proved, evidence.unclear
    if len(proved) == 2:
        (row, text), (other_row, other) = proved[POINT], proved[COMMA]
        raise ImportFailed(
            f"The amounts in {evidence.column!r} contradict each other: row {row} ({text}) has a "
            f"decimal point, row {other_row} ({other}) a decimal comma.",
            hint="Say which with `--decimal point` or `--decimal comma`.",
        )
    if whole and not proved and POINT in unclear:
        row, text = unclear[POINT]
        raise ImportFailed(
            f"The amounts in {evidence.column!r} can be read in two ways: {text} (row {row}) may "
            "be a whole number in thousands or have three decimals, and no row tells which.",
            hint="Say which with `--decimal point` or `--decimal comma`.",
        )
    if whole and unclear and not proved:
        return MoneyReading(POINT, sure=True, doubt=unclear[COMMA][1])
    return MoneyReading(next(iter(proved), None), sure=whole)


@lru_cache(maxsize=1 << 16)
def mark_of(text: str) -> tuple[bool, str | None]:
    """Which decimal mark an amount speaks for, and whether it proves it.

    >>> mark_of("1.234,50"), mark_of("1,234"), mark_of("17")
    ((True, 'comma'), (False, 'comma'), (False, None))
    """
    number = _bare(text)[1]
    proof, mark = _told_by(number)
    return (False, None) if mark and _plain(number, mark) is None else (proof, mark)


def _told_by(number: str) -> tuple[bool, str | None]:
    points, commas = number.count("."), number.count(",")
    if not (points or commas):
        return False, None
    if points and commas:
        return True, POINT if number.rfind(".") > number.rfind(",") else COMMA
    mark, other = (POINT, COMMA) if points else (COMMA, POINT)
    if points + commas > 1:
        return True, other
    head, _, tail = number.partition(MARKS[mark])
    thousands = len(tail) == 3 and tail.isdigit() and 1 <= len(head) <= 3 and head[0] != "0"
    return not thousands, mark


def read_money(column: pa.Array[Any], reading: MoneyReading) -> Amounts:
    """The column as decimals(18,4), rounded half to even; raises Undecided as times do."""
    if not is_text(column.type):
        return _typed(column)
    texts = trimmed(column)
    texts = pc.if_else(pc.equal(texts, pa.scalar("")), None, texts)
    plain = pc.match_substring_regex(texts, PLAIN if reading.mark == POINT else r"^-?[0-9]{1,14}$")
    if pc.all(plain, min_count=0).as_py():
        return Amounts(texts.cast(MONEY), np.ones(len(texts), bool))
    return _looked_up(texts, lambda text: amount_of(text, reading))


@lru_cache(maxsize=1 << 16)
def amount_of(text: str, reading: MoneyReading) -> tuple[Decimal, bool] | None:
    """An amount and whether it was rounded; None when the text is none.

    >>> amount_of("(€ 1.234,50)", MoneyReading("comma"))
    (Decimal('-1234.5000'), False)
    >>> amount_of("NaN", MoneyReading("point")) is None
    True
    """
    negative, number = _bare(text)
    _, mark = mark_of(text)
    if (
        mark
        and not reading.sure
        and (reading.mark is None or mark_of(text) == (True, _other(reading.mark)))
    ):
        raise Undecided
    plain = _plain(number, reading.mark or POINT)
    return None if plain is None else _exact(Decimal(plain) * (-1 if negative else 1))


def _other(mark: str) -> str:
    return COMMA if mark == POINT else POINT


def _bare(text: str) -> tuple[bool, str]:
    """Whether an amount is negative, and its digits and marks alone ("" when it is none)."""
    body = _CURRENCY.sub("", _SPACE.sub("'", text.strip())).strip("'")
    negative = body.startswith("(") and body.endswith(")")
    if negative:
        body = _CURRENCY.sub("", body[1:-1].strip("'")).strip("'")
    if body[:1] in {"+", "-", "\u2212"}:
        negative, body = negative != (body[0] != "+"), body[1:]
    elif body[-1:] == "-":
        negative, body = not negative, body[:-1]
    body = _CURRENCY.sub("", body.strip("'")).strip("'")
    return negative, body if _DIGITS.fullmatch(body) else ""


def _plain(number: str, mark: str) -> str | None:
    """The number as Python writes it; None when its thousands are not in groups of three."""
    head, _, tail = number.partition(MARKS[mark])
    if not number or not re.fullmatch(r"[0-9]*(?:[eE][+-]?[0-9]+)?", tail):
        return None
    groups = re.split(r"[.,']", head)
    if len(groups) > 1 and not (
        1 <= len(groups[0]) <= 3
        and len(groups[-1]) == 3
        and all(2 <= len(group) <= 3 for group in groups[1:])
        and len(set(re.findall(r"[.,']", head))) == 1
    ):
        return None
    whole = "".join(groups)
    return f"{whole or 0}.{tail}" if tail and tail[0].isdigit() else f"{whole or 0}{tail}"


def _exact(amount: Decimal) -> tuple[Decimal, bool] | None:
    if not amount.is_finite() or abs(amount) >= TOO_MUCH:
        return None
    cents = amount.quantize(CENTS, ROUND_HALF_EVEN)
    return cents, cents != amount


def _typed(column: pa.Array[Any]) -> Amounts:
    """Typed numbers; floats as the decimal that they print as."""
    if pa.types.is_boolean(column.type) or not _is_number(column.type):
        column = column.cast(pa.string())
        return Amounts(pa.nulls(len(column), MONEY), ~np.asarray(column.is_valid()))
    kind: Any = column.type
    if pa.types.is_decimal(kind) and kind.scale <= 4 and kind.precision - kind.scale <= 14:
        return Amounts(column.cast(MONEY), np.ones(len(column), bool))
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        reals = np.asarray(column.fill_null(0.0))
        if (np.abs(reals) < SAFE_REALS).all():
            return _from_reals(reals, column.is_null())
    return _looked_up(column, lambda value: _exact(Decimal(str(value))))


def _looked_up(column: Any, read: Callable[[Any], tuple[Decimal, bool] | None]) -> Amounts:
    """Read each distinct value once."""
    coded = column.dictionary_encode()
    known = [read(value) for value in coded.dictionary.to_pylist()]
    values = pa.array([k[0] if k else None for k in known], MONEY).take(coded.indices)
    codes = np.asarray(coded.indices.fill_null(len(known)))
    good = np.array([*(k is not None for k in known), True])[codes]
    rounded = np.array([*(bool(k and k[1]) for k in known), False])[codes]
    return Amounts(values, good, int(rounded.sum()))


def _from_reals(reals: Reals, missing: pa.Array[Any]) -> Amounts:
    """Floats so small that their nearest ten-thousandth is beyond doubt."""
    scaled = np.rint(reals * 10_000)
    rounded = np.abs(reals - scaled / 10_000) > np.abs(reals) * 1e-15
    whole = pa.array(scaled.astype(np.int64), mask=np.asarray(missing))
    decimals = whole.cast(pa.decimal128(19, 0))
    values: Any = pa.Array.from_buffers(MONEY, len(decimals), decimals.buffers())
    return Amounts(values, np.ones(len(values), bool), int(rounded.sum()))


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))
