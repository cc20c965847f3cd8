"""A process of its own for every measurement, so that its memory is its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
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
    """What repetitions took: seconds, seconds of all cores together, peak memory in MiB, facts."""

    seconds: tuple[float, ...]
    cpu: tuple[float, ...] = ()
    peak: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def typical(self) -> float:
        """The median of the seconds."""
        return median(self.seconds)

    @property
    def typical_cpu(self) -> float:
        """The median of the seconds of all cores together."""
        return median(self.cpu)


@dataclass
class Clock:
    """Takes the time of one repetition after another.

    >>> clock = Clock()
    >>> with clock:
    ...     total = sum(range(10))
    >>> len(clock.seconds), len(clock.cpu)
    (1, 1)
    """

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    _begun: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> Clock:
        self._begun = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        seconds, cpu = self._begun
        self.seconds.append(time.perf_counter() - seconds)
        self.cpu.append(time.process_time() - cpu)


def joined(parts: Sequence[Measured]) -> Measured:
    """Repetitions that each had a process of their own as one measurement."""
    return Measured(
        seconds=tuple(s for part in parts for s in part.seconds),
        cpu=tuple(s for part in parts for s in part.cpu),
        peak=max(part.peak for part in parts),
        facts=parts[-1].facts,
    )


def measured(command: Sequence[str], cwd: Path, **environment: str) -> list[Measured]:
    """Run a command that ends with a `report`; what each of its clocks measured."""
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
    return [
        Measured(tuple(seconds), tuple(cpu), raw["peak"], raw["facts"])
        for seconds, cpu in raw["clocks"]
    ]


def report(*clocks: Clock, peak: int, **facts: Any) -> None:
    """Say what was measured, for `measured` to read."""
    raw = {"clocks": [(c.seconds, c.cpu) for c in clocks], "peak": peak, "facts": facts}
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
