"""The peers: each in an environment of its own, asked the same of the same log as a pandas frame.

Their clock runs for the question alone: the frame is loaded, sorted and prepared before. Ours
opens the workspace and reads the trail while it runs.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.checks import between, said, same_rows
from benchmarks.floors import connection
from benchmarks.places import ENVIRONMENTS, HERE, Place
from benchmarks.process import Measured, measured

QUIET = {"RETENTIONEERING_NO_TRACK": "1"}
"""Retentioneering reports its use to its makers unless it is told not to."""


class NoEnvironment(Exception):
    """A peer could not be installed; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A peer, its pinned requirement, and by how many times we mean to be faster at what."""

    name: str
    requirement: str
    bars: Mapping[str, float]

    @property
    def script(self) -> str:
        """The module that asks it."""
        return f"benchmarks.peer_scripts.ask_{self.name.lower()}"


PEERS = (
    Peer("pm4py", "pm4py==2.7.23.11", {"follows": 50, "variants": 8}),
    Peer("Retentioneering", "retentioneering==5.2.4", {"follows": 25, "open funnel": 2}),
    Peer("pandas", "pandas", {}),
)


def environment(peer: Peer) -> Path:
    """The Python of the peer's environment, made when there is none for this requirement."""
    folder = ENVIRONMENTS / peer.name.lower()
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "installed"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == peer.requirement:
        return python
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, *peer.requirement.split(), "pandas", "pyarrow"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise NoEnvironment(lines[-1] if lines else f"{command[0]} ended badly")
    stamp.write_text(peer.requirement, encoding="utf-8")
    return python


def frame_of(place: Place) -> Path:
    """The log's persons, names and times in the order of the log, as a file for the peers."""
    path = place.folder / "frame.parquet"
    if not path.is_file():
        with connection(place.scratch) as con:
            con.execute(
                f"copy (select user_id, name, ts from read_parquet('{place.parquet}', "  # noqa: S608
                f"file_row_number = true) order by ts, file_row_number) to '{path}'"
            )
    return path


def ask(peer: Peer, question: str, place: Place, repetitions: int) -> tuple[Measured, str]:
    """The peer's seconds, and whether its answer is the same as ours, which must be there."""
    answer = place.answer(f"{peer.name}-{question}")
    command = (environment(peer), "-m", peer.script, question, frame_of(place), answer, repetitions)
    (found,) = measured([str(part) for part in command], cwd=HERE.parent, **QUIET)
    ours, theirs = pq.read_table(place.answer(question)), pq.read_table(answer)
    if question == "follows":
        return found, said(same_rows(between(ours).drop_columns("people"), theirs))
    if question == "open funnel":
        return found, said(same_rows(ours.select(["name", "people"]), theirs))
    return found, said(same_rows(ours.drop_columns("share"), theirs))


def load(peer: Peer, place: Place, ours: Mapping[str, Any]) -> tuple[Measured, str]:
    """The seconds of the peer's loader, and whether it found as many rows and people as we did."""
    command = (environment(peer), "-m", "benchmarks.peer_scripts.load_csv", peer.name, place.csv)
    (found,) = measured([str(part) for part in command], cwd=HERE.parent, **QUIET)
    return found, said(all(found.facts[name] == ours[name] for name in ("rows", "people")))
