"""What the timed processes do: `python -m benchmarks.work TASK SIZE HOME REPETITIONS`.

Only the work itself is on the clock; clearing away what an earlier run left is not.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import floors
from benchmarks.places import Place, place_of
from benchmarks.process import Clock, peak_memory, report
from benchmarks.questions import BY_QUESTION, journey_of
from sojourn.store.build import Rules, build
from sojourn.store.importers import ImportOptions, import_file
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log
from sojourn.store.trail import FOLDER, Trail

Work = Callable[[Place], Mapping[str, Any]]


def bring_in(source: Path, workspace: Path) -> Mapping[str, Any]:
    """Import a file into a log of its own, all of it."""
    workspace.mkdir(parents=True)
    found = import_file(Log(workspace), source, ImportOptions())
    return {"rows": found.rows_read, "touchpoints": found.touchpoints}


def import_parquet(place: Place) -> Mapping[str, Any]:
    """Parquet into the log of the workspace that the questions are about."""
    return bring_in(place.parquet, place.workspace)


def import_csv(place: Place) -> Mapping[str, Any]:
    """CSV into a workspace that is only compared with the other."""
    return bring_in(place.csv, place.scratch / "from-csv")


def import_json_lines(place: Place) -> Mapping[str, Any]:
    """JSON Lines into a workspace that is only compared with the others."""
    return bring_in(place.lines, place.scratch / "from-lines")


def load_csv(place: Place) -> Mapping[str, Any]:
    """CSV into a workspace, and its trail: what can then be asked anything."""
    folder = place.scratch / "loaded"
    found = bring_in(place.csv, folder)
    with WriterLock(folder):
        trail = build(folder, Rules())
    return {**found, "people": trail.note.sizes["person"]}


def copy_parquet(place: Place) -> Mapping[str, Any]:
    """The floor of importing Parquet."""
    floors.copy(place.parquet, place.scratch / "copy.parquet")
    return {}


def copy_csv(place: Place) -> Mapping[str, Any]:
    """The floor of importing CSV."""
    floors.copy(place.csv, place.scratch / "copy.parquet")
    return {}


def copy_json_lines(place: Place) -> Mapping[str, Any]:
    """The floor of importing JSON Lines."""
    floors.copy(place.lines, place.scratch / "copy.parquet")
    return {}


def sort_and_write(place: Place) -> Mapping[str, Any]:
    """The floor of building the trail."""
    files = [str(file.path) for file in Log(place.workspace).files()]
    floors.sort_and_write(files, place.scratch / "sorted.parquet")
    return {}


def build_trail(place: Place) -> Mapping[str, Any]:
    """The whole trail from the log."""
    with WriterLock(place.workspace):
        trail = build(place.workspace, Rules(), whole=True)
    return {"rows": trail.note.rows, "people": trail.note.sizes["person"]}


WORK: Mapping[str, tuple[Work, tuple[str, ...]]] = {
    "import parquet": (import_parquet, ("workspace",)),
    "import csv": (import_csv, ("scratch/from-csv",)),
    "import json lines": (import_json_lines, ("scratch/from-lines",)),
    "load csv": (load_csv, ("scratch/loaded",)),
    "copy json lines": (copy_json_lines, ("scratch/copy.parquet",)),
    "copy parquet": (copy_parquet, ("scratch/copy.parquet",)),
    "copy csv": (copy_csv, ("scratch/copy.parquet",)),
    "sort and write": (sort_and_write, ("scratch/sorted.parquet",)),
    "build trail": (build_trail, (f"workspace/{FOLDER}", "workspace/dictionaries")),
}
"""Each piece of work with what must not be there when it begins."""


def once(task: str, place: Place) -> None:
    """Do a piece of work once and say how long it took."""
    work, before = WORK[task]
    if "lines" in task:
        floors.write_lines(place.parquet, place.lines)
    for name in before:
        path = place.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    clock = Clock()
    with clock:
        facts = work(place)
    report(clock, peak=peak_memory(), **facts)


def asked(name: str, place: Place, repetitions: int) -> None:
    """Ask a question and scan its columns in turns; keep the answer about the whole log."""
    question = BY_QUESTION[name]
    trail = Trail(place.workspace)
    files = [place.workspace / FOLDER / file.path for file in trail.files.values()]
    recorded = trail.note.last_ts or 0
    clock, floor, answers = Clock(), Clock(), list[pa.Table]()
    for repetition in range(repetitions):
        with floor:
            rows = floors.scan(files, question.columns)
        with clock:
            answer = question.ask(journey_of(place.workspace, recorded, repetition))
        answers = answers or [answer]
    peak = peak_memory()
    pq.write_table(answers[0], place.answer(name))
    report(clock, floor, peak=peak, rows=rows)


def main(task: str, size: str, home: str, repetitions: str) -> None:
    """Do the work that the arguments name."""
    place = place_of(size, Path(home))
    if task in WORK:
        once(task, place)
    else:
        asked(task, place, int(repetitions))


if __name__ == "__main__":
    main(*sys.argv[1:])
