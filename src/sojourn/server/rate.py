"""How often somebody may ask: a bucket of tokens that fills at a steady rate."""

from __future__ import annotations

import math

BURST = 2.0
"""For so many seconds' worth somebody may ask at once who was quiet before."""

MOST_NAMES = 10_000


class Rates:
    """Counts by name; `wait` says how many seconds somebody comes too early.

    >>> rates = Rates(per_second=1)
    >>> [rates.wait("a", at) for at in (0.0, 0.0, 0.0, 1.0)]
    [0, 0, 1, 0]
    """

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self.most = max(1.0, per_second * BURST)
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, name: str, at: float) -> int:
        """Take a token at a moment in seconds: 0, or after how many whole seconds there is one."""
        left, since = self._left.get(name, (self.most, at))
        left = min(self.most, left + max(0.0, at - since) * self.per_second)
        if left < 1:
            self._left[name] = left, at
            return math.ceil((1 - left) / self.per_second)
        if len(self._left) > MOST_NAMES:
            self._left.clear()
        self._left[name] = left - 1, at
        return 0
