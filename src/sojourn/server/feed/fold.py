"""The fold: brings the feed up to the trail and the clock, and tells each change once.

What is said of a person is compared with what is so: both are sets of keys, so it does not matter
how a change came about, or whether the worker was killed since. The rows, everybody's new digest
and how far the log is folded are committed together.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from sojourn.core.bucket import Bucket, Ints
from sojourn.core.durations import DAY, MINUTE
from sojourn.core.model import Model, model_to_mapping
from sojourn.core.stride import NEVER
from sojourn.server.feed.kernel import ALWAYS, NOBODY, Look, Seen
from sojourn.server.feed.table import (
    AMENDED,
    CORRECTED,
    FRESH,
    TOLD,
    FeedTable,
    Folded,
    Key,
    Row,
    Run,
    Said,
)
from sojourn.store.trail import TrailNote

LATE = DAY
"""What is noticed more than so long after it happened is told as backfill."""

JUMP = MINUTE
"""A clock that went back by less than this waits; by more, everybody is looked at anew."""

BUSY = 20_000
"""Who has more touchpoints than this is walked only now and then: a robot, a till."""

NOW_AND_THEN = 30.0
"""After so many seconds the busy ones are looked at again."""

SOON = 0.2
"""After so many seconds of looking what was found is written, whatever is to be looked at yet."""

AT_ONCE = 5_000
"""So many people of several buckets are looked at together."""

MOST_CHANGES = 200_000
"""So many changes are compared and written at once."""


class Source(Protocol):
    """What is walked: a version of the trail, or arrays in memory."""

    note: TrailNote

    @property
    def numbers(self) -> list[int]: ...

    def stamp(self, number: int) -> str: ...

    def since(self, number: int, stamp: str) -> tuple[Ints, Ints] | None: ...

    def load(self, number: int, columns: Collection[str] = ()) -> Bucket: ...

    def of(self, people: Ints, columns: Collection[str] = ()) -> Bucket: ...

    def sizes(self, people: Ints) -> Ints: ...

    def shown(self, key: int) -> str | None: ...


class Followed(NamedTuple):
    """A model as it is followed: what it is, and the name of just this meaning of it."""

    model: Model
    version: str


class Moment(NamedTuple):
    """One look: as of which instant, when that is noticed, and which numbers were imported."""

    as_of: int
    noticed_at: int
    imported: Sequence[tuple[int, int]] = ()


def version_of(model: Model, rules: Mapping[str, Any]) -> str:
    """A name that is another as soon as the model, or a rule of the workspace, means another thing.

    Names, questions and sources mean nothing to the walk.
    """
    said = model_to_mapping(model)
    stages = [{k: v for k, v in s.items() if k not in ("name", "question")} for s in said["stages"]]
    meant = {"lapse": said.get("lapse"), "restart": said.get("restart"), "stages": stages, **rules}
    return hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()[:12]


class Fold:
    """Keeps one workspace's feed; what it remembers is in its tables, too, and read from there.

    `pulse` is called after each of the commits that a long fold is made of.
    """

    def __init__(self, root: Path, pulse: Callable[[], None] = lambda: None) -> None:
        self.table = FeedTable(root)
        self.pulse = pulse
        self._threads = max(1, min(4, os.cpu_count() or 1))
        self.start_over()

    def start_over(self) -> None:
        """Remember nothing but what the tables say."""
        self._known = self.table.digests()
        self._stamps: dict[int, str] = {}
        self._buckets = 0
        self._waiting: dict[int, int] = {}
        self._busy_at = 0.0

    def bring_up(self, source: Source, followed: Sequence[Followed], moment: Moment) -> int:
        """Bring the feed up to the trail as it is at a moment; how many rows that added."""
        before = self.table.last()
        try:
            self._follow(followed, moment.noticed_at)
            self._bring_up(source, {(e.model.id, e.version): e.model for e in followed}, moment)
        except BaseException:
            self.start_over()
            raise
        return self.table.last() - before

    def _follow(self, followed: Sequence[Followed], noticed_at: int) -> None:
        """See to it that just these versions are followed."""
        now = {(run.model, run.version) for run in self.table.runs()}
        wanted = {(each.model.id, each.version): each.model for each in followed}
        if now == set(wanted):
            return
        with self.table.at_once():
            for name in sorted({model for model, _ in now} - {model for model, _ in wanted}):
                self.table.leave(name)
            for (name, version), model in wanted.items():
                if (name, version) not in now:
                    stages = [stage.id for stage in model.stages]
                    self.table.begin(name, version, stages, noticed_at)

    def _bring_up(
        self, source: Source, models: Mapping[tuple[str, str], Model], moment: Moment
    ) -> None:
        runs, done = self.table.runs(), self.table.folded()
        last = moment.as_of if done.as_of is None else done.as_of
        back = last - moment.as_of
        as_of = moment.as_of if back > JUMP else max(last, moment.as_of)
        everyone = back > JUMP or not all(run.whole for run in runs)
        due = self.table.due(as_of)
        numbers = self._numbers(source, due, everyone)
        waits = bool(self._waiting) and time.monotonic() - self._busy_at > NOW_AND_THEN
        same = done == (source.note.covered, as_of, done.at)
        if not numbers and not everyone and not waits and same:
            return
        chosen = [models[run.model, run.version] for run in runs]
        look = Look(chosen, self._known, due, as_of, source.note.buckets, everyone)
        writing = _Writing(self.table, source, runs, moment, done.seq)
        folded = Folded(source.note.covered, as_of, int(time.time() * 1e6))
        stamps = {number: source.stamp(number) for number in source.numbers}
        found, size, began = list[Seen](), 0, time.monotonic()
        for seen in self._looked(source, look, numbers, last):
            found.append(seen)
            size += sum(map(len, seen.changes))
            if size > MOST_CHANGES or (size and time.monotonic() - began > SOON):
                writing.commit(found)
                self._remember(found)
                self.pulse()
                found, size, began = [], 0, time.monotonic()
        writing.commit(found, folded)
        self._remember(found)
        self._stamps, self._buckets = stamps, source.note.buckets

    def _numbers(self, source: Source, due: Ints, everyone: bool) -> list[int]:
        """The buckets to look at: those that hold anything else now, or somebody who is due."""
        there = set(source.numbers)
        if everyone or source.note.buckets != self._buckets:
            people = np.flatnonzero(self._known != NOBODY)
            return sorted({*there, *np.unique(people % source.note.buckets).tolist()})
        other = {n for n in there if self._stamps.get(n) != source.stamp(n)}
        gone = set(self._stamps) - there
        return sorted({*other, *gone, *np.unique(due % source.note.buckets).tolist()})

    def _looked(
        self, source: Source, look: Look, numbers: Sequence[int], upto: int
    ) -> Iterator[Seen]:
        there, asked = set(source.numbers), [np.zeros((2, 0), np.int64)]
        whole = list[int]()
        for number in numbers:
            some = self._some(source, look, number, upto) if number in there else None
            if some is None:
                whole.append(number)
            else:
                asked.append(np.stack(some))

        def one(number: int) -> Seen:
            if number not in there:
                return look.nobody(number)
            return look(source.load(number, look.columns))

        for people, since in self._at_leisure(source, *np.concatenate(asked, axis=1)):
            for start in range(0, len(people), AT_ONCE):
                these = people[start : start + AT_ONCE]
                yield look(source.of(these, look.columns), these, since[start : start + AT_ONCE])
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(one, whole)

    def _at_leisure(self, source: Source, people: Ints, since: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Those to look at now, ascending: the busy ones, whose walks are long, wait together
        and come last."""
        found = dict(zip(people.tolist(), since.tolist(), strict=True))
        everybody = np.array(sorted({*found, *self._waiting}), np.int64)
        for person in everybody[source.sizes(everybody) > BUSY].tolist():
            first = min(found.pop(person, NEVER), self._waiting.get(person, NEVER))
            self._waiting[person] = int(first)
        yield _sorted(found)
        if time.monotonic() - self._busy_at > NOW_AND_THEN:
            waiting, self._waiting, self._busy_at = self._waiting, {}, time.monotonic()
            yield _sorted(waiting)

    def _some(self, source: Source, look: Look, number: int, upto: int) -> tuple[Ints, Ints] | None:
        """Whom of a bucket to look at, and from which moment on they may have changed; None for
        all. Until `upto` everything was told."""
        before = self._stamps.get(number)
        if look.everyone or before is None or source.note.buckets != self._buckets:
            return None
        touched = source.since(number, before)
        if touched is None:
            return None
        due = look.due[look.due % look.buckets == number]
        people = np.union1d(touched[0], due)
        since = np.full(len(people), ALWAYS)
        since[np.searchsorted(people, touched[0])] = np.minimum(touched[1], upto)
        since[np.searchsorted(people, due)] = ALWAYS
        return people, since

    def _remember(self, found: Iterable[Seen]) -> None:
        for seen in found:
            if not len(seen.person):
                continue
            size = int(seen.person.max()) + 1
            if size > len(self._known):
                grown = np.zeros(max(size, 2 * len(self._known)), np.int64)
                grown[: len(self._known)] = self._known
                self._known = grown
            self._known[seen.person] = seen.digest


def _sorted(since: Mapping[int, int]) -> tuple[Ints, Ints]:
    people = np.array(sorted(since), np.int64)
    return people, np.array([since[person] for person in people.tolist()], np.int64)


class _Writing:
    """Compares what is so with what is said, and writes the difference."""

    def __init__(
        self, table: FeedTable, source: Source, runs: Sequence[Run], moment: Moment, upto: int
    ) -> None:
        self.table = table
        self.source = source
        self.runs = runs
        self.moment = moment
        self.upto = upto
        self._new = {run.run for run in runs if not run.whole}

    def commit(self, found: Sequence[Seen], folded: Folded | None = None) -> None:
        """Write what was found in one commit; with `folded`, that this was all."""
        people = [np.concatenate([getattr(s, name) for s in found]) if found else np.zeros(0, int)
                  for name in ("person", "digest", "due", "since")]  # fmt: skip
        with self.table.at_once():
            said = self.table.standing(people[0], people[3], [run.run for run in self.runs])
            self.table.append(self._rows(found, said))
            self.table.keep(*people[:3])
            if folded is not None:
                self.table.fold(folded)

    def _rows(self, found: Sequence[Seen], was: Mapping[Key, Said]) -> list[Row]:
        so, rows = self._so(found), list[Row]()
        for key, said in was.items():
            if key not in so:
                rows.append(self._row(key, said[0], said[1], CORRECTED, bool(said[4]), said))
        for key, (at, other, cause) in so.items():
            before = was.get(key)
            if before is None:
                rows.append(self._row(key, at, other, FRESH, self._imported(key[0], cause), None))
            elif before[0] != at or before[1] != other:
                past = self._imported(key[0], cause)
                rows.append(self._row(key, at, other, AMENDED, past, before))
        rows.sort(key=lambda r: (r.told != TOLD.index(CORRECTED), r.at, r.person, r.run, *r[5:8]))
        first = self.table.last() + 1
        return [row._replace(position=first + i) for i, row in enumerate(rows)]

    def _so(self, found: Sequence[Seen]) -> dict[Key, tuple[int, int, int]]:
        """What is so now: of each key the moment, the other stage, and the row that made it."""
        so = dict[Key, tuple[int, int, int]]()
        for seen in found:
            order = np.argsort(seen.person)
            for run, each, causes in zip(self.runs, seen.changes, seen.causes, strict=False):
                mine = order[np.searchsorted(seen.person, each.person, sorter=order)]
                open_ = each.at >= seen.since[mine]
                fields = ("person", "cycle", "stage", "kind")
                keys = zip(*(getattr(each, f)[open_].tolist() for f in fields), strict=True)
                parts = (each.at, each.other, causes)
                told = zip(*(part[open_].tolist() for part in parts), strict=True)
                so |= {(run.run, *key): what for key, what in zip(keys, told, strict=True)}
        return so

    def _row(
        self, key: Key, at: int, other: int, told: str, past: bool, before: Said | None
    ) -> Row:
        run, person, cycle, stage, kind = key
        return Row(
            position=0,
            noticed_at=self.moment.noticed_at,
            run=run,
            person=person,
            shown=self.source.shown(person) or (None if before is None else before[3]),
            cycle=cycle,
            stage=stage,
            kind=kind,
            at=at,
            other=other,
            told=TOLD.index(told),
            backfill=past or self.moment.noticed_at - at > LATE,
            replaces=None if before is None else before[2],
            standing=told != CORRECTED,
        )

    def _imported(self, run: int, cause: int) -> bool:
        """Whether a file or another model brought this up, not a touchpoint that came in."""
        if run in self._new:
            return True
        return cause > self.upto and any(a <= cause <= b for a, b in self.moment.imported)
