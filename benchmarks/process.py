"""A process of its own for every measurement, so that its memory is its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

MARK = "measured: "
MEBIBYTE = 1 << 20


class MeasurementFailed(Exception):
    """A process ended badly; the text is the end of what it said."""


@dataclass(frozen=True)
class Measured:
    """Seconds of each repetition, those of the floor taken in turns, peak memory and the answer."""

    seconds: tuple[float, ...]
    floor: tuple[float, ...] = ()
    peak: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def typical(self) -> float:
        """The median of the seconds."""
        return median(self.seconds)


def joined(parts: Sequence[Measured]) -> Measured:
    """Repetitions that each had a process of their own as one measurement."""
    return Measured(
        seconds=tuple(s for part in parts for s in part.seconds),
        floor=tuple(s for part in parts for s in part.floor),
        peak=max(part.peak for part in parts),
        facts=parts[-1].facts,
    )


def measured(command: Sequence[str], cwd: Path, **environment: str) -> Measured:
    """Run a command whose last line of output is `report`'s."""
    found = subprocess.run(  # noqa: S603 - the commands are our own
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    lines = [line for line in found.stdout.splitlines() if line.startswith(MARK)]
    if found.returncode or not lines:
        said = (found.stderr or found.stdout).strip().splitlines()
        raise MeasurementFailed("\n".join(said[-12:]) or f"it ended with {found.returncode}")
    raw = json.loads(lines[-1].removeprefix(MARK))
    return Measured(tuple(raw["seconds"]), tuple(raw["floor"]), raw["peak"], raw["facts"])


def report(
    seconds: Sequence[float], floor: Sequence[float], peak: int, facts: Mapping[str, Any]
) -> None:
    """Say what was measured, for `measured` to read."""
    raw = {"seconds": list(seconds), "floor": list(floor), "peak": peak, "facts": dict(facts)}
    sys.stdout.write(f"{MARK}{json.dumps(raw)}\n")


def peak_memory() -> int:
    """The most memory that this process has held, in MiB.

    Linux hands a parent's `ru_maxrss` on to its children, so its own record comes first.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    unit = MEBIBYTE if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
