"""What a run was made on: ratios travel from machine to machine, seconds do not."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("sojourn", "numpy", "pyarrow", "duckdb", "deltalake")


def load() -> str:
    """How many processes wanted to run in the last minute, where the system says so."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def described(command: Sequence[str]) -> list[str]:
    """Lines that say on what, with what and by what command."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"Machine: {_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.system()}.",
        f"Python {platform.python_version()}, {libraries}.",
        f"Command: `{' '.join(command)}`.",
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "memory unknown"
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{size / (1 << 30):.0f} GiB"
