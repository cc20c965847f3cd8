"""A process of the server never outlives the one that watches it."""

from __future__ import annotations

import ctypes
import signal
from contextlib import suppress

_DEATH_SIGNAL = 1


def die_with_parent() -> None:
    """Ask the system for SIGTERM when the parent dies, however it does; only Linux can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)
