"""Which people of a bucket are not as they were when they were last looked at, and what is so now.

Whoever has other touchpoints than before is known by a digest of their numbers, so it is all one
why: a new touchpoint, a late one, an import, a merge, a split, an import taken back. Whoever is
the same is walked again only when an instant has passed at which waiting changes something.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.changes import Changes, changes_in, next_instants, stays_of
from sojourn.core.frame import TouchpointFrame, columns_of, evidence
from sojourn.core.model import Model
from sojourn.core.stride import NEVER, stride
from sojourn.core.walk import Rules

NOBODY = np.int64(0)
"""The digest of who has no touchpoints, or was never looked at."""

NOT_ANY = np.zeros(0, np.int64)

ALWAYS = np.iinfo(np.int64).min
"""Before every moment: anything said of somebody may have changed."""


@dataclass(frozen=True)
class Seen:
    """What was found in a bucket: the people that were walked again, with what is so now.

    `digest` is NOBODY for those who have no touchpoints any more, `due` the instant after which
    they must be looked at again (NEVER: not before something happens). `changes` are those of each
    model, `causes` the numbers in the log of the rows that made them.
    """

    person: Ints
    digest: Ints
    due: Ints
    since: Ints
    changes: tuple[Changes, ...]
    causes: tuple[Ints, ...]


@dataclass(frozen=True)
class Look:
    """Looks at buckets through some models at the instant `as_of`.

    `known` is everybody's digest by key, `due` the ascending keys of those whose instant has
    passed, `everyone` whether all are walked again; person p is in bucket `p % buckets`.
    """

    models: Sequence[Model]
    known: Ints
    due: Ints
    as_of: int
    buckets: int = 1
    everyone: bool = False
    columns: Collection[str] = field(init=False)

    def __post_init__(self) -> None:
        conditions = [each for model in self.models for each in model.conditions]
        object.__setattr__(self, "columns", columns_of(conditions) | {"seq"})

    def __call__(
        self, bucket: Bucket, people: Ints | None = None, since: Ints | None = None
    ) -> Seen:
        """Walk those again who are not as they were.

        The bucket may hold only some `people` (ascending), of whom each has changed only from the
        moment `since` on.
        """
        starts = bucket.starts
        person, digest = bucket.person[starts], digests(bucket)
        gone = self.gone(bucket.number, person, people)
        again = self._again(person, digest)
        seen = self._found(gone, NOT_ANY, NOT_ANY, None)
        if again.any():
            counts = np.diff(starts, append=len(bucket))
            some = bucket.take(np.repeat(again, counts))
            seen = self._found(gone, person[again], digest[again], some)
        if people is None or since is None:
            return seen
        return replace(seen, since=since[np.searchsorted(people, seen.person)])

    def gone(self, number: int, person: Ints, among: Ints | None = None) -> Ints:
        """Who was in a bucket and is not among these."""
        theirs = np.arange(number, len(self.known), self.buckets, dtype=np.int64)
        if among is not None:
            theirs = among[among < len(self.known)]
        return np.setdiff1d(theirs[self.known[theirs] != NOBODY], person)

    def nobody(self, number: int) -> Seen:
        """What is found in a bucket that holds nobody any more."""
        return self._found(self.gone(number, NOT_ANY), NOT_ANY, NOT_ANY, None)

    def _again(self, person: Ints, digest: Ints) -> Bools:
        if self.everyone:
            return np.ones(len(person), bool)
        was = np.zeros(len(person), np.int64)
        old = person < len(self.known)
        was[old] = self.known[person[old]]
        return (was != digest) | np.isin(person, self.due)

    def _found(self, gone: Ints, person: Ints, digest: Ints, some: Bucket | None) -> Seen:
        due = np.full(len(person), NEVER)
        found, causes = list[Changes](), list[Ints]()
        if some is not None:
            cut = some.until(self.as_of)
            frame, seq = TouchpointFrame(cut), np.asarray(cut.columns["seq"]).astype(np.int64)
            later = some.ts > self.as_of
            np.minimum.at(due, np.searchsorted(person, some.person[later]), some.ts[later] - 1)
            for model in self.models:
                mine, who, instant = through(model, frame, self.as_of)
                np.minimum.at(due, np.searchsorted(person, who), instant)
                found.append(mine)
                causes.append(seq[mine.row])
        return Seen(
            np.concatenate([person, gone]),
            np.concatenate([digest, np.full(len(gone), NOBODY)]),
            np.concatenate([due, np.full(len(gone), NEVER)]),
            np.full(len(person) + len(gone), ALWAYS),
            tuple(found),
            tuple(causes),
        )


def through(model: Model, frame: TouchpointFrame, as_of: int) -> tuple[Changes, Ints, Ints]:
    """What a model says has changed, and whom to look at again after which instant."""
    bucket = frame.bucket
    seen, restart = evidence(model, frame)
    walked = stride(bucket, seen, restart, Rules(model.neck, model.lapse), len(model.stages))
    patience = [stage.patience for stage in model.stages]
    stays = stays_of(bucket, walked, as_of, model.lapse, patience)
    return changes_in(bucket, walked, stays, as_of), *next_instants(bucket, stays, as_of)


def digests(bucket: Bucket) -> Ints:
    """A number for each person that is another as soon as they have other touchpoints.

    The sum of well-mixed numbers (Steele and others, SplitMix, 2014) of their rows in the log:
    it does not depend on their order, and is never NOBODY.
    """
    mixed = np.asarray(bucket.columns["seq"]).astype(np.uint64)
    mixed += np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    if not len(mixed):
        return np.zeros(0, np.int64)
    sums = np.add.reduceat(mixed, bucket.starts).view(np.int64)
    sums[sums == NOBODY] = 1
    return sums
