"""All measurements of one size, in order: each step finds what the steps before it made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks import checks, peers
from benchmarks.peers import PEERS, NoEnvironment, Peer
from benchmarks.places import HERE, Place
from benchmarks.process import Measured, MeasurementFailed, joined, measured
from benchmarks.questions import QUESTIONS, Question
from benchmarks.rows import SCAN, PeerRow, Row
from sojourn.store.build import Rules, up_to_date
from sojourn.store.log import Log
from sojourn.store.trail import Trail

IMPORT_BAR, TRAIL_BAR = 2.5, 1.5
LOAD = "load csv"
"""From the CSV to what can be asked: for us the log and the trail on disk, for peers a frame."""


@dataclass(frozen=True)
class Suite:
    """The measurements of one size; `only` chooses rows by a part of their name.

    `tell` is given a line for each thing that goes wrong; the rest goes on.
    """

    place: Place
    size: str
    repetitions: int
    only: str = ""
    tell: Callable[[str], None] = print

    def rows(self) -> Iterator[Row]:
        """Our rows, one after another as they are measured."""
        steps: list[tuple[str, Callable[[], Row]]] = [
            ("import from Parquet", partial(self._import, "Parquet", "workspace"))
        ]
        if self.place.has_csv:
            steps.append(("import from CSV", partial(self._import, "CSV", "scratch/from-csv")))
            lines = partial(self._import, "JSON Lines", "scratch/from-lines")
            steps.append(("import from JSON Lines", lines))
        steps.append(("trail", self._trail))
        steps += [(q.name, partial(self._question, q)) for q in QUESTIONS]
        for name, step in steps:
            if self.only.lower() in name.lower():
                try:
                    yield step()
                except MeasurementFailed as failure:
                    self.tell(f"{name} failed: {failure}")

    def peer_rows(self, rows: list[Row]) -> Iterator[PeerRow]:
        """The peers' rows, beside ours of the same question."""
        ours = {row.name: row.ours for row in rows}
        if self.place.has_csv and self.only.lower() in LOAD:
            yield from self._loads()
        for peer in PEERS:
            asked = [question for question in peer.bars if question in ours]
            try:
                for question in asked:
                    yield self._peer(peer, question, ours[question])
            except (NoEnvironment, MeasurementFailed) as failure:
                self.tell(f"{peer.name} was not measured: {failure}")

    def _loads(self) -> Iterator[PeerRow]:
        """The peers' loaders of the CSV, beside our import and trail of it."""
        (ours,) = self._work("load csv")
        for peer in PEERS:
            try:
                theirs, answer = peers.load(peer, self.place, ours.facts)
                yield PeerRow(LOAD, peer.name, theirs, ours, None, answer)
            except (NoEnvironment, MeasurementFailed) as failure:
                self.tell(f"{peer.name} was not measured: {failure}")

    def _peer(self, peer: Peer, question: str, ours: Measured) -> PeerRow:
        theirs, answer = peers.ask(peer, question, self.place, self.repetitions)
        return PeerRow(question, peer.name, theirs, ours, peer.bars[question], answer)

    def _import(self, source: str, workspace: str) -> Row:
        ours, floor = self._in_turns(f"import {source.lower()}", f"copy {source.lower()}")
        answer = checks.log_holds_the_file(self.place, workspace)
        return Row(f"import from {source}", ours, floor, "DuckDB copy", IMPORT_BAR, answer)

    def _trail(self) -> Row:
        self._need_log()
        ours, floor = self._in_turns("build trail", "sort and write")
        answer = checks.said(ours.facts["rows"] == self.place.rows)
        return Row("trail", ours, floor, "DuckDB sort, write", TRAIL_BAR, answer)

    def _question(self, question: Question) -> Row:
        self._need_trail()
        ours, floor = self._work(question.name)
        answer = checks.answer_is_right(self.place, question.name)
        return Row(question.name, ours, floor, SCAN, question.bar, answer)

    def _in_turns(self, work: str, floor: str) -> tuple[Measured, Measured]:
        """Work and its floor, one after the other, each time in a process of its own."""
        pairs = [(*self._work(floor), *self._work(work)) for _ in range(self.repetitions)]
        return joined([ours for _, ours in pairs]), joined([bare for bare, _ in pairs])

    def _work(self, task: str) -> list[Measured]:
        home = str(self.place.folder.parent)
        command = ("-m", "benchmarks.work", task, self.size, home, str(self.repetitions))
        return measured([sys.executable, *command], HERE.parent)

    def _need_log(self) -> None:
        if not Log(self.place.workspace).exists():
            self._work("import parquet")

    def _need_trail(self) -> None:
        self._need_log()
        if not up_to_date(self.place.workspace, Trail(self.place.workspace), Rules()):
            self._work("build trail")
