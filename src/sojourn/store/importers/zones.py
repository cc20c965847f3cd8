"""From clock times in a zone to instants: what `zoneinfo` says, for whole arrays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from sojourn.core.bucket import Bools, Ints

SECOND = 1_000_000
SLOT = 900 * SECOND
"""Zones change their offset on a quarter of an hour; where not, rows are looked up alone."""

EPOCH = datetime(1970, 1, 1)
FIRST = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z in microseconds."""

LAST = 253_402_300_800 * SECOND - 1
"""The last microsecond of the year 9999."""


class Instants(NamedTuple):
    """Microseconds since 1970 in UTC; which clock times were skipped, which came twice."""

    us: Ints
    skipped: Bools
    twice: Bools


def to_utc(clock: Ints, zone: str) -> Instants:
    """Clock times (microseconds, as if UTC) in a zone as instants.

    A time that the zone skips in spring is taken as much later as the skip is long; of a time
    that comes twice in autumn the first is taken.

    >>> import numpy as np
    >>> noon = np.array([1_750_000_000_000_000])
    >>> int(to_utc(noon, "Europe/Berlin").us[0] - noon[0]) // 3_600_000_000
    -2
    """
    none = np.zeros(len(clock), bool)
    if zone == "UTC" or not len(clock):
        return Instants(clock, none, none)
    slots, back = np.unique(clock // SLOT, return_inverse=True)
    looked = [_offset(zone, int(slot) * SLOT) for slot in slots.tolist()]
    ends = [_offset(zone, int(slot) * SLOT + SLOT - 1) for slot in slots.tolist()]
    table = np.array(looked, np.int64).reshape(-1, 3)[back]
    uneven = np.array([a != b for a, b in zip(looked, ends, strict=True)])[back]
    for row in np.flatnonzero(uneven).tolist():
        table[row] = _offset(zone, int(clock[row]))
    return Instants(clock - table[:, 0], table[:, 1] == 1, table[:, 2] == 1)


@lru_cache(maxsize=1 << 16)
def _offset(zone: str, clock: int) -> tuple[int, int, int]:
    """The offset of a clock time, and whether it is skipped or comes twice."""
    tz = ZoneInfo(zone)
    inside = min(max(clock, FIRST + 86_400 * SECOND), LAST - 86_400 * SECOND)
    first = (EPOCH + timedelta(microseconds=inside)).replace(tzinfo=tz)
    second = first.replace(fold=1)
    offset = first.utcoffset() or timedelta()
    if offset == (second.utcoffset() or timedelta()):
        return _us(offset), 0, 0
    there = first.astimezone(UTC).astimezone(tz).replace(tzinfo=None)
    skipped = there != first.replace(tzinfo=None)
    return _us(offset), int(skipped), int(not skipped)


def _us(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)
