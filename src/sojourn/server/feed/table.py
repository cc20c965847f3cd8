"""The feed's own tables: the rows in order, who was looked at, and how far it has come.

In SQLite it is a file of its own beside the inbox, so that writing many moves never holds up a
touchpoint that is to be acknowledged. Everything that one look found is committed at once, with
the new state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.core.changes import KINDS, NOWHERE
from sojourn.core.stride import NEVER
from sojourn.store.database import FEED, existing, opened

FRESH, AMENDED, CORRECTED = "fresh", "amended", "corrected"
TOLD = (FRESH, AMENDED, CORRECTED)
"""How a row tells its change: for the first time, with another time or stage, or as not so."""


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
        self._tables = opened(root, FEED)

    def close(self) -> None:
        """Let go of the database."""
        self._tables.close()

    def at_once(self) -> AbstractContextManager[None]:
        """What is written within is committed whole, or not at all."""
        return self._tables.at_once()

    # Models

    def runs(self) -> list[Run]:
        """The versions of models that are followed now."""
        found = self._tables.execute(
            "select run, model, version, stages, whole from runs where followed = 1 order by run"
        ).rows
        return [Run(r, m, v, tuple(json.loads(s)), bool(w)) for r, m, v, s, w in found]

    def begin(self, model: str, version: str, stages: Sequence[str], noticed_at: int) -> None:
        """Follow a version of a model; what an older one said is corrected."""
        corrected = TOLD.index(CORRECTED)
        told = (self.last(), noticed_at, corrected, model, version)
        self._tables.execute(_CORRECT_OTHERS, told)
        self._tables.execute(
            "update feed set standing = 0 where standing = 1 and run in "
            "(select run from runs where model = ? and version <> ?)",
            (model, version),
        )
        self._tables.execute("update runs set followed = 0 where model = ?", (model,))
        taken = self._tables.execute(
            "update runs set followed = 1, whole = 0 where model = ? and version = ?",
            (model, version),
        ).changed
        if not taken:
            self._tables.execute(
                "insert into runs (model, version, stages, followed, whole) values (?, ?, ?, 1, 0)",
                (model, version, json.dumps(list(stages))),
            )

    def leave(self, model: str) -> None:
        """Follow a model no more; what was said stays as it is."""
        self._tables.execute("update runs set followed = 0, whole = 0 where model = ?", (model,))

    # The fold

    def standing(self, people: Ints, since: Ints, runs: Sequence[int]) -> dict[Key, Said]:
        """What is said of these people, each from a moment on, and not corrected."""
        columns = ("person", "since")
        self._tables.execute(_ASKED)
        self._tables.execute("delete from asked")
        self._tables.load("asked", columns, zip(people.tolist(), since.tolist(), strict=True))
        marks = ", ".join("?" * len(runs))
        found = self._tables.execute(
            "select run, person, cycle, stage, kind, at, other, position, shown, backfill "  # noqa: S608
            "from asked {cross} feed {by:feed_since} using (person) "
            f"where standing = 1 and at >= since and run in ({marks})",
            runs,
        ).rows
        return {row[:5]: row[5:] for row in found}

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows, which carry their positions already, and settle those that they replace."""
        rows = list(rows)
        self._tables.load("feed", Row._fields, ([*map(_plain, row)] for row in rows))
        gone = [(row.replaces,) for row in rows if row.replaces is not None]
        self._tables.many("update feed set standing = 0 where position = ?", gone)

    def keep(self, people: Ints, digests: Ints, due: Ints) -> None:
        """Remember of these people what they had, and when to look at them again."""
        told = zip(people.tolist(), digests.tolist(), due.tolist(), strict=True)
        self._tables.many(
            "insert into looked values (?, ?, ?) on conflict (person) do update "
            "set digest = excluded.digest, due = excluded.due",
            [(person, digest, None if at == NEVER else at) for person, digest, at in told],
        )

    def folded(self) -> Folded:
        """How far the feed has come."""
        found = self._tables.execute("select seq, as_of, at from folded").rows
        return Folded(*found[0]) if found else Folded()

    def fold(self, done: Folded) -> None:
        """Everything up to there is in the feed, through every model that is followed."""
        self._tables.execute(
            "insert into folded values (1, ?, ?, ?) on conflict (one) do update "
            "set seq = excluded.seq, as_of = excluded.as_of, at = excluded.at",
            (done.seq, done.as_of, done.at),
        )
        self._tables.execute("update runs set whole = 1 where followed = 1")

    def digests(self) -> Ints:
        """Everybody's digest, by key."""
        rows = self._tables.execute("select person, digest from looked").rows
        if not rows:
            return np.zeros(0, np.int64)
        person, digest = np.array(rows, np.int64).T
        known = np.zeros(int(person.max()) + 1, np.int64)
        known[person] = digest
        return known

    def due(self, as_of: int) -> Ints:
        """Whom to look at again because their instant has passed, ascending."""
        found = self._tables.execute(
            "select person from looked where due < ? order by person", (as_of,)
        ).rows
        return np.array([person for (person,) in found], np.int64)

    # Reading

    def last(self) -> int:
        """The position of the last row, 0 while there is none."""
        query = "select coalesce(max(position), 0) from feed"
        return int(self._tables.execute(query).rows[0][0])

    def read(
        self, after: int = 0, limit: int = 100, model: str | None = None, kind: str | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """Rows after a position, oldest first, and the position to go on from.

        With a kind, rows that amend or correct one of that kind are among them.
        """
        upto = self.last()
        rows = self._between(after, upto, limit, model, kind, "asc")
        return rows, rows[-1]["position"] if len(rows) == limit else max(after, upto)

    def newest(
        self, limit: int, model: str | None = None, kind: str | None = None
    ) -> list[dict[str, Any]]:
        """The last so many rows, oldest first."""
        return self._between(0, self.last(), limit, model, kind, "desc")[::-1]

    def _between(
        self, after: int, upto: int, limit: int, model: str | None, kind: str | None, way: str
    ) -> list[dict[str, Any]]:
        query, args = _READ, list[Any]([after, upto])
        if model is not None:
            query, args = f"{query} and model = ?", [*args, model]
        if kind is not None:
            query, args = f"{query} and kind = ?", [*args, KINDS.index(kind)]
        query = f"{query} order by position {way} limit ?"
        return [_told(*row) for row in self._tables.execute(query, [*args, limit]).rows]

    def forget(self, people: Sequence[int]) -> int:
        """Take people's ids out of the feed for good; how many rows that were."""
        return self._tables.many(
            "update feed set shown = null where person = ? and shown is not null",
            [(person,) for person in people],
        )


_ASKED = "create temp table if not exists asked (person {key}, since bigint)"

_CORRECT_OTHERS = """
    insert into feed
    select cast(? as bigint) + row_number() over (order by position), cast(? as bigint), run,
        person, shown, cycle, stage, kind, at, other, cast(? as integer), 1, position, 0
    from feed where standing = 1
        and run in (select run from runs where model = ? and version <> ?)
"""

_READ = """
    select position, noticed_at, feed.at, model, version, stages, shown, cycle, stage, kind, other,
        told, backfill, replaces
    from feed {cross} runs using (run) where position > ? and position <= ?
"""


def there(root: Path) -> bool:
    """Whether a workspace has a feed."""
    tables = existing(root, FEED)
    if tables is not None:
        tables.close()
    return tables is not None


def _plain(value: Any) -> Any:
    """A flag as the number that the tables hold."""
    return int(value) if isinstance(value, bool) else value


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
