"""Bringing the trail up to the log: whole, by the buckets that new rows touch, or beside them.

Few new rows in a large trail are put beside its buckets, which take them in when they are folded.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sojourn.core.condition import parse
from sojourn.core.identity import USER, Alias, People, changed_spans
from sojourn.core.touchpoint import CODED
from sojourn.store import claims, delta, dictionaries
from sojourn.store.adding import MOST_FRESH, Adding, worth_it
from sojourn.store.dictionaries import PERSON
from sojourn.store.held import Held
from sojourn.store.log import Log, LogFile
from sojourn.store.moving import MOST_ROWS, Moves, moved_rows
from sojourn.store.progress import Progress, done, part, say
from sojourn.store.recognising import Asked, Recognised, recognised, recognised_since
from sojourn.store.rewriting import MOST_TEXTS, PEOPLE, Outgrown, Rewriting
from sojourn.store.rules import Rules
from sojourn.store.scatter import leftovers
from sojourn.store.trail import Trail, TrailNote

__all__ = ["Builder", "Rules", "build", "up_to_date"]

ROWS_A_BUCKET = 200_000
MOST_BUCKETS = 4096
FOLD_SHARE = 20
"""A bucket takes in what lies beside it when that is one row to so many."""


def up_to_date(root: Path, trail: Trail, rules: Rules) -> bool:
    """Whether the trail covers the whole log and all claims under these rules."""
    log = delta.open_table(root / "log")
    if log is None:
        return trail.version < 0
    covered = trail.note.log_version, trail.note.claims_version
    now = int(log.version()), claims.version(root)
    return trail.version >= 0 and covered == now and rules.made(trail.note)


def build(
    root: Path, rules: Rules, *, whole: bool = False, progress: Progress | None = None
) -> Trail:
    """Bring the trail up to the log and give a reader of it; the caller holds the lock."""
    return Builder(root).build(rules, whole=whole, progress=progress)


@dataclass(frozen=True)
class _Job:
    """What is to be built: the log as it is, whose it is by its claims, and by which rules."""

    root: Path
    rules: Rules
    log_version: int
    claims_version: int
    files: Sequence[LogFile]
    progress: Progress | None

    @property
    def paths(self) -> list[str]:
        return [str(file.path) for file in self.files]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def asked(self) -> Asked:
        """Where its claims are."""
        rules = self.rules
        return Asked(self.root, self.files, self.claims_version, rules.blocked, rules.contacts)

    def newer(self, note: TrailNote) -> list[str]:
        """The files with rows that a trail lacks."""
        return [str(file.path) for file in self.files if file.max_seq > note.covered]

    def told(self, note: TrailNote) -> TrailNote:
        """A note that says of which log and claims its trail is."""
        return replace(note, log_version=self.log_version, claims_version=self.claims_version)


class Builder:
    """Brings the trail of the workspace in `root` up to its log, again and again.

    It remembers who is who and the dictionaries as it left them, so that the next time only what
    is new need be looked at. Files that are `held` in memory are not read again.
    """

    def __init__(self, root: Path, held: Held | None = None) -> None:
        self.root = root
        self.held = held
        self._known: Recognised | None = None
        self._last: Trail | None = None
        self._at = -1
        self._dictionaries = dictionaries.Kept(root)

    def build(
        self, rules: Rules, *, whole: bool = False, progress: Progress | None = None
    ) -> Trail:
        """Bring the trail up to the log and give a reader of it; the caller holds the lock."""
        for rest in leftovers(self.root):
            shutil.rmtree(rest, ignore_errors=True)
        log, trail = Log(self.root), Trail(self.root, held=self.held)
        if not log.exists() or (up_to_date(self.root, trail, rules) and not whole):
            return trail
        job = _Job(
            self.root, rules, log.version(), claims.version(self.root), log.files(), progress
        )
        say(progress, "resolving people")
        before, after, changed = self._people(trail, job, whole)
        done(part(progress, 0, PEOPLE))
        moves = None if before is None else self._moves(trail, before, after.people, changed)
        self._known = None
        if moves is None:
            self._anew(trail, job, after.people)
        else:
            self._more(trail, job, after.people, moves)
        self._known = after
        done(progress)
        trail = self.trail()
        self._at = trail.version
        return trail

    def prepare(self, rules: Rules) -> None:
        """Learn now what the next build would have to: who is who in the trail."""
        trail = Trail(self.root, held=self.held)
        if trail.version < 0 or not rules.made(trail.note) or rules.unit == "account":
            return
        job = _Job(self.root, rules, -1, trail.note.claims_version, Log(self.root).files(), None)
        if not _lost_rows(job, trail.note):
            self._known, self._at = self._before(trail, job), trail.version
            self._dictionaries.load(trail.note.coded)

    def _before(self, trail: Trail, job: _Job) -> Recognised:
        """Who was who in the trail: as it is remembered, if nobody else has written it since."""
        if self._known is not None and trail.version == self._at:
            return self._known
        return recognised(replace(job.asked, told=trail.note.claims_version), trail.note.covered)

    def trail(self) -> Trail:
        """The trail as it is, with what is in memory of it, and of no other one any more.

        One version is one trail: what was found out of it once need not be again.
        """
        trail = Trail(self.root, held=self.held, names=self._dictionaries.names())
        if self.held is None:
            return trail
        known = self._last
        if known is not None and known.version == trail.version:
            return known
        self.held.keep_only({*trail.paths})
        self._last = trail
        return trail

    def fold(self, rules: Rules, most: int = 1) -> int:
        """Let the buckets with the most rows beside them take these in; how many did.

        Nothing where few rows lie there. The caller holds the lock.
        """
        trail = self.trail()
        if trail.version < 0 or not rules.made(trail.note):
            return 0
        counts = trail.fresh.counts()
        fullest = sorted(int(n) for n in (-counts).argsort(kind="stable")[:most])
        full = [number for number in fullest if _is_full(trail, number)]
        if full:
            known = self._dictionaries.load(trail.note.coded)
            Rewriting(self.root, (), rules, People(), trail.note, trail, known, also=full).run(0)
            delta.sweep(self.root / dictionaries.FOLDER)
            self._at = Trail(self.root).version if self._at == trail.version else -1
        return len(full)

    def _people(
        self, trail: Trail, job: _Job, whole: bool
    ) -> tuple[People | None, Recognised, Collection[Alias]]:
        """Who was who in the trail, who is who now, and which aliases may have changed hands.

        Nobody was anybody where all must be built anew.
        """
        rules, asked = job.rules, job.asked
        if rules.unit == "account":
            nobody = People(blocked=frozenset(rules.blocked))
            now = Recognised(
                nobody, frozenset(), -1, -1, frozenset(), (rules.blocked, rules.contacts)
            )
            return None if whole or self._is_other(trail, job) else nobody, now, ()
        if whole or self._is_other(trail, job):
            return None, recognised(asked), ()
        known = self._before(trail, job)
        found = recognised_since(known, asked)
        if found is not None:
            return known.people, *found
        after = recognised(asked)
        users = {Alias(USER, text) for text in {*known.people.merged, *after.people.merged}}
        return known.people, after, {*known.people.steps, *after.people.steps, *users}

    def _is_other(self, trail: Trail, job: _Job) -> bool:
        """Whether the trail is another one than that which the log only adds to."""
        note = trail.note
        if trail.version < 0 or not job.rules.made(note) or _lost_rows(job, note):
            return True
        return job.rows > 4 * ROWS_A_BUCKET * note.buckets or _too_many(note)

    def _anew(self, trail: Trail, job: _Job, everybody: People) -> None:
        note = job.told(_fresh_note(job.rows, job.rules))
        replaced = [*trail.files.values(), *trail.fresh.files]
        while True:
            known = self._dictionaries.load(note.coded)
            work = Rewriting(
                self.root, job.paths, job.rules, everybody, note, None, known, job.progress
            )
            try:
                work.run(job.rows, replaced)
            except Outgrown as column:
                self._dictionaries.forget()
                note = replace(note, coded=tuple(c for c in note.coded if c != column.column))
            else:
                return

    def _more(self, trail: Trail, job: _Job, everybody: People, moves: Moves) -> None:
        """Put what is new beside the buckets, or into them where it is much."""
        known, note = self._dictionaries.load(trail.note.coded), job.told(trail.note)
        order = parse(job.rules.order, where="orders.condition", zone=job.rules.zone)
        new, beside = job.rows - _held(trail.note), len(trail.fresh)
        if not order.history and worth_it(trail.note, beside, new + 2 * len(moves.seqs)):
            moved = moved_rows(moves, everybody, job.paths, known, note.coded, job.rules.unit)
            Adding(trail, everybody, known, order, job.rules.unit).add(job.newer(note), moved, note)
            return
        also = trail.fresh.numbers() if beside + new > MOST_FRESH else ()
        Rewriting(
            self.root, job.paths, job.rules, everybody, note, trail, known, job.progress, moves,
            also=also,
        ).run(job.rows)  # fmt: skip

    def _moves(
        self, trail: Trail, before: People, after: People, changed: Collection[Alias]
    ) -> Moves | None:
        """The rows of those in the trail who is somebody else now; None where these are many."""
        known = self._dictionaries.load(trail.note.coded)[PERSON]
        had = {f"{c.before.kind}:{c.before.id}" for c in changed_spans(before, after, changed)}
        keys = np.unique(known.find(sorted(had)))
        rows = trail.of(keys[keys >= 0].astype(np.int64), ["seq"]).columns["seq"]
        seqs = np.sort(np.asarray(rows).astype(np.int64))
        return Moves(before, seqs) if len(seqs) <= MOST_ROWS else None


def _is_full(trail: Trail, number: int) -> bool:
    """Whether so many rows lie beside a bucket that it should take them in."""
    beside = int(trail.fresh.counts()[number])
    mine = trail.files[number].rows if number in trail.files else 0
    return beside > 0 and (beside * FOLD_SHARE >= mine or 2 * len(trail.fresh) > MOST_FRESH)


def _held(note: TrailNote) -> int:
    return note.rows + note.nobody + note.bots


def _lost_rows(job: _Job, note: TrailNote) -> bool:
    """Whether rows that the trail holds are no longer in the log: an import was taken back."""
    covered = sum(file.rows for file in job.files if file.max_seq <= note.covered)
    return covered != _held(note)


def _too_many(note: TrailNote) -> bool:
    return any(note.sizes.get(column, 0) > 2 * MOST_TEXTS for column in note.coded)


def _fresh_note(rows: int, rules: Rules) -> TrailNote:
    wanted = max(1, -(-rows // ROWS_A_BUCKET))
    return TrailNote(
        buckets=min(MOST_BUCKETS, 1 << (wanted - 1).bit_length()),
        coded=CODED,
        order=rules.order,
        unit=rules.unit,
        blocked=rules.blocked,
        contacts=rules.written_contacts,
    )
