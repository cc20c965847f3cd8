"""The currency that an amount names itself: `€5`, `12.50 USD`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.store.importers import coded
from sojourn.store.importers.times import is_text

SIGNS = {
    "€": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD",
    "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "R$": "BRL", "MX$": "MXN", "¥": "JPY",
    "CN¥": "CNY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "₫": "VND", "₴": "UAH",
    "₪": "ILS", "฿": "THB", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "FR": "CHF", "SFR": "CHF",
    "LEI": "RON",
}  # fmt: skip
"""Signs by the currency that they mean to most; a dollar may be another one."""

NAMES_ONE = r"[^0-9.,'()+\-\x{2019}\x{2212}\s\x{a0}\x{202f}]"
_EXPONENT = re.compile(r"(?<=[0-9])[eE][+-]?[0-9]{1,2}(?![0-9])")
_NUMBER = re.compile("[0-9.,'\u2019()+\\-\u2212\\s\u00a0\u202f]+")


@lru_cache(maxsize=1 << 12)
def currency_of(text: str) -> str | None:
    """The currency that an amount names; None for a bare number.

    >>> currency_of("€ 5"), currency_of("12.50 usd"), currency_of("-R$5"), currency_of("1e3")
    ('EUR', 'USD', 'BRL', None)
    """
    word = _NUMBER.sub("", _EXPONENT.sub("", text)).upper()
    return SIGNS.get(word, word) if 0 < len(word) <= 4 else None


def currencies_in(amounts: Any) -> Any | None:
    """The currency of each amount in a column, coded; None where none names any."""
    if not is_text(amounts.type):
        return None
    named: Any = pc.match_substring_regex(amounts, NAMES_ONE)
    if not pc.any(named, min_count=0).as_py():
        return None
    texts = pc.if_else(named, amounts, pa.scalar(None, pa.string()))
    return coded.looked_up(texts, currency_of)
