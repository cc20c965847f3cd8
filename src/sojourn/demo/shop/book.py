"""The book in which touchpoints are told: columns of numbers, each text a code."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Ints
from sojourn.demo.shop.people import NO_ONE

MISSING = -1

NOBODY, BY_DEVICE, BY_USER, BY_BOTH, BY_EMAIL, BY_CARD, BY_USER_AND_CARD, SIGNING_UP = range(8)
"""Under which aliases somebody shows; SIGNING_UP is user, device and e-mail address together."""

Numbers: TypeAlias = NDArray[Any]

Text: TypeAlias = str | Numbers | None
"""A text for all rows, or the code of each row's text, or nothing."""

TEXTS = ("name", "channel", "campaign", "content", "page", "text", "properties")
NUMBERS = ("who", "at", "by", "unit", "landing", "cents", "order", "friend")


class Book:
    """Rows of touchpoints in columns; times are seconds of the shop's clock since its first day."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._columns: dict[str, list[Numbers]] = {
            name: [] for name in (*TEXTS, *NUMBERS, "sentiment")
        }

    def code(self, text: str) -> int:
        """The number of a text in this book."""
        return self._codes.setdefault(text, len(self._codes))

    def codes(self, texts: list[str]) -> Ints:
        """The numbers of some texts: index it with positions to get a column."""
        return np.array([self.code(text) for text in texts], np.int64)

    def write(
        self, name: Text, who: Ints, at: Ints, by: Numbers | int = BY_USER, *,
        unit: Numbers | int = 0, landing: Numbers | int = 0, cents: Numbers | int = 0,
        order: Numbers | int = MISSING, friend: Numbers | int = NO_ONE,
        sentiment: Numbers | float = np.nan, **texts: Text,
    ) -> None:  # fmt: skip
        """Write one touchpoint a person; `landing` rows carry the referrer of their channel."""
        if texts.keys() - TEXTS:
            raise TypeError(f"the book has no {', '.join(sorted(texts.keys() - TEXTS))}")
        numbers = (who, at, by, unit, landing, cents, order, friend)
        for column, value in zip(NUMBERS, numbers, strict=True):
            self._columns[column].append(np.broadcast_to(value, len(who)))
        self._columns["sentiment"].append(np.broadcast_to(sentiment, len(who)))
        for column in TEXTS:
            told = name if column == "name" else texts.get(column)
            code = self.code(told) if isinstance(told, str) else MISSING if told is None else told
            self._columns[column].append(np.broadcast_to(code, len(who)))

    def columns(self) -> dict[str, Numbers]:
        """All that was written, in the order of writing."""
        return {name: np.concatenate(pieces) for name, pieces in self._columns.items()}

    @property
    def texts(self) -> list[str]:
        """The text of each code."""
        return list(self._codes)
