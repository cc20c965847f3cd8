"""The feed's own tables: the rows in order, who was looked at, and how far it has come.

A file of its own beside the inbox, so that writing many moves never holds up a touchpoint that
is to be acknowledged. Everything that one look found is committed at once, with the new state.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.core.changes import KINDS, NOWHERE
from sojourn.core.stride import NEVER
from sojourn.server.inbox import FOLDER

FILE = "feed.sqlite3"
FRESH, AMENDED, CORRECTED = "fresh", "amended", "corrected"
TOLD = (FRESH, AMENDED, CORRECTED)
"""How a row tells its change: for the first time, with another time or stage, or as not so."""

_TABLES = """
create table if not exists runs (
    run integer primary key,
    model text not null,
    version text not null,
    stages text not null,
    followed integer not null,
    whole integer not null
);
create table if not exists feed (
    position integer primary key,
    noticed_at integer not null,
    run integer not null,
    person integer not null,
    shown text,
    cycle integer not null,
    stage integer not null,
    kind integer not null,
    at integer not null,
    other integer not null,
    told integer not null,
    backfill integer not null,
    replaces integer,
    standing integer not null
);
drop index if exists feed_standing;
create index if not exists feed_since on feed (person, at) where standing = 1;
create table if not exists looked (
    person integer primary key,
    digest integer not null,
    due integer
);
create index if not exists looked_due on looked (due) where due is not null;
create table if not exists folded (
    one integer primary key check (one = 1),
    seq integer not null,
    as_of integer,
    at integer not null
);
"""


class Run(NamedTuple):
    """A version of a model that the feed follows; `whole` once everybody was walked through it."""

    run: int
    model: str
    version: str
    stages: tuple[str, ...]
    whole: bool


Key = tuple[int, int, int, int, int]
"""Run, person, cycle, stage, kind."""

Said = tuple[int, int, int, str | None, int]
"""The moment, the other stage, the position, the person's shown id, and whether it was backfill."""


class Row(NamedTuple):
    """A row of the feed as the table holds it; stages by their position, kinds by theirs."""

    position: int
    noticed_at: int
    run: int
    person: int
    shown: str | None
    cycle: int
    stage: int
    kind: int
    at: int
    other: int
    told: int
    backfill: bool
    replaces: int | None
    standing: bool


class Folded(NamedTuple):
    """How far the feed has come: the log's last number in it, as of when, and when that was."""

    seq: int = -1
    as_of: int | None = None
    at: int = 0


class FeedTable:
    """The feed of the workspace in a folder; one connection, for one thread at a time."""

    def __init__(self, root: Path) -> None:
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        self.path = root / FOLDER / FILE
        self._con = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._con.execute("pragma journal_mode = wal")
        self._con.execute("pragma synchronous = full")
        self._con.executescript(_TABLES)
        self._con.execute(
            "create temp table if not exists asked (person integer primary key, since integer)"
        )

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is written within is committed whole, or not at all."""
        self._con.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._con.execute("rollback")
            raise
        self._con.execute("commit")

    # Models

    def runs(self) -> list[Run]:
        """The versions of models that are followed now."""
        found = self._con.execute(
            "select run, model, version, stages, whole from runs where followed = 1 order by run"
        )
        return [Run(r, m, v, tuple(json.loads(s)), bool(w)) for r, m, v, s, w in found]

    def begin(self, model: str, version: str, stages: Sequence[str], noticed_at: int) -> None:
        """Follow a version of a model; what an older one said is corrected."""
        corrected = TOLD.index(CORRECTED)
        self._con.execute(_CORRECT_OTHERS, (self.last(), noticed_at, model, version, corrected))
        self._con.execute(
            "update feed set standing = 0 where standing = 1 and run in "
            "(select run from runs where model = ? and version <> ?)",
            (model, version),
        )
        self._con.execute("update runs set followed = 0 where model = ?", (model,))
        taken = self._con.execute(
            "update runs set followed = 1, whole = 0 where model = ? and version = ?",
            (model, version),
        ).rowcount
        if not taken:
            self._con.execute(
                "insert into runs (model, version, stages, followed, whole) values (?, ?, ?, 1, 0)",
                (model, version, json.dumps(list(stages))),
            )

    def leave(self, model: str) -> None:
        """Follow a model no more; what was said stays as it is."""
        self._con.execute("update runs set followed = 0, whole = 0 where model = ?", (model,))

    # The fold

    def standing(self, people: Ints, since: Ints, runs: Sequence[int]) -> dict[Key, Said]:
        """What is said of these people, each from a moment on, and not corrected."""
        self._con.execute("delete from temp.asked")
        rows = zip(people.tolist(), since.tolist(), strict=True)
        self._con.executemany("insert or ignore into temp.asked values (?, ?)", rows)
        marks = ", ".join("?" * len(runs))
        found = self._con.execute(
            "select run, person, cycle, stage, kind, at, other, position, shown, backfill "  # noqa: S608
            "from temp.asked cross join feed indexed by feed_since using (person) "
            f"where standing = 1 and at >= since and run in ({marks})",
            runs,
        )
        return {row[:5]: row[5:] for row in found}

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows, which carry their positions already, and settle those that they replace."""
        rows = list(rows)
        marks = ", ".join("?" * len(Row._fields))
        self._con.executemany(f"insert into feed values ({marks})", rows)  # noqa: S608
        gone = [(row.replaces,) for row in rows if row.replaces is not None]
        self._con.executemany("update feed set standing = 0 where position = ?", gone)

    def keep(self, people: Ints, digests: Ints, due: Ints) -> None:
        """Remember of these people what they had, and when to look at them again."""
        told = zip(people.tolist(), digests.tolist(), due.tolist(), strict=True)
        self._con.executemany(
            "insert or replace into looked values (?, ?, ?)",
            [(person, digest, None if at == NEVER else at) for person, digest, at in told],
        )

    def folded(self) -> Folded:
        """How far the feed has come."""
        found = self._con.execute("select seq, as_of, at from folded").fetchone()
        return Folded(*found) if found else Folded()

    def fold(self, done: Folded) -> None:
        """Everything up to there is in the feed, through every model that is followed."""
        self._con.execute(
            "insert or replace into folded values (1, ?, ?, ?)", (done.seq, done.as_of, done.at)
        )
        self._con.execute("update runs set whole = 1 where followed = 1")

    def digests(self) -> Ints:
        """Everybody's digest, by key."""
        rows = self._con.execute("select person, digest from looked").fetchall()
        if not rows:
            return np.zeros(0, np.int64)
        person, digest = np.array(rows, np.int64).T
        known = np.zeros(int(person.max()) + 1, np.int64)
        known[person] = digest
        return known

    def due(self, as_of: int) -> Ints:
        """Whom to look at again because their instant has passed, ascending."""
        found = self._con.execute(
            "select person from looked where due < ? order by person", (as_of,)
        )
        return np.array([person for (person,) in found], np.int64)

    # Reading

    def last(self) -> int:
        """The position of the last row, 0 while there is none."""
        return int(self._con.execute("select coalesce(max(position), 0) from feed").fetchone()[0])

    def read(
        self, after: int = 0, limit: int = 100, model: str | None = None, kind: str | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """Rows after a position, oldest first, and the position to go on from.

        With a kind, rows that amend or correct one of that kind are among them.
        """
        upto = self.last()
        found = self._con.execute(
            _READ,
            {"after": after, "upto": upto, "limit": limit, "model": model, "kind": _code(kind)},
        ).fetchall()
        rows = [_told(*row) for row in found]
        return rows, rows[-1]["position"] if len(rows) == limit else max(after, upto)

    def newest(
        self, limit: int, model: str | None = None, kind: str | None = None
    ) -> list[dict[str, Any]]:
        """The last so many rows, oldest first."""
        found = self._con.execute(
            _READ.replace("order by position", "order by position desc"),
            {"after": 0, "upto": self.last(), "limit": limit, "model": model, "kind": _code(kind)},
        ).fetchall()
        return [_told(*row) for row in reversed(found)]

    def forget(self, people: Sequence[int]) -> int:
        """Take people's ids out of the feed for good; how many rows that were."""
        return self._con.executemany(
            "update feed set shown = null where person = ? and shown is not null",
            [(person,) for person in people],
        ).rowcount


_CORRECT_OTHERS = """
    insert into feed
    select ?1 + row_number() over (order by position), ?2, run, person, shown, cycle, stage, kind,
        at, other, ?5, 1, position, 0
    from feed where standing = 1
        and run in (select run from runs where model = ?3 and version <> ?4)
"""

_READ = """
    select position, noticed_at, feed.at, model, version, stages, shown, cycle, stage, kind, other,
        told, backfill, replaces
    from feed cross join runs using (run)
    where position > :after and position <= :upto
        and (:model is null or model = :model) and (:kind is null or kind = :kind)
    order by position limit :limit
"""


def there(root: Path) -> bool:
    """Whether a workspace has a feed."""
    return (root / FOLDER / FILE).is_file()


def _code(kind: str | None) -> int | None:
    return None if kind is None else KINDS.index(kind)


def _told(
    position: int, noticed_at: int, at: int, model: str, version: str, stages: str,
    shown: str | None, cycle: int, stage: int, kind: int, other: int,
    told: int, backfill: int, replaces: int | None,
) -> dict[str, Any]:  # fmt: skip
    """A row as readers see it; times in microseconds."""
    names, word = json.loads(stages), KINDS[kind]
    beside = None if other == NOWHERE else names[other]
    entered = word == "entered"
    return {
        "position": position,
        "told": TOLD[told],
        "kind": word,
        "person": shown,
        "model": model,
        "version": version,
        "cycle": cycle,
        "stage": names[stage],
        "from": beside if entered else names[stage],
        "to": names[stage] if entered else beside,
        "at": at,
        "noticed_at": noticed_at,
        "backfill": bool(backfill),
        "replaces": replaces,
    }
