"""A walked bucket as the detectors of friction see it: whose names, what came next, who went on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, Texts
from sojourn.core.history import ORDER_ROW, SECOND_REPORT
from sojourn.core.stride import NEVER
from sojourn.measure.friction.pairs import PROMISES, SAYS_SO, is_trouble
from sojourn.measure.friction.scores import scored
from sojourn.measure.select import Selected

VISIT_GAP = 30 * 60 * 1_000_000
"""Own touchpoints with gaps under half an hour belong to one visit."""


@dataclass(frozen=True)
class Ground:
    """A bucket whose cycles were chosen; cases may begin at the rows that are `shown`.

    Whoever buys should hear from the business `heard_within` microseconds.
    """

    selected: Selected
    shown: Bools
    heard_within: int

    @property
    def bucket(self) -> Bucket:
        """The touchpoints."""
        return self.selected.bucket

    @cached_property
    def names(self) -> Coded:
        """The names of the touchpoints."""
        return self.texts("name")

    def texts(self, column: str) -> Coded:
        """A text column."""
        found = self.bucket.columns[column]
        assert isinstance(found, Coded)  # noqa: S101 - the engine loads texts coded, always
        return found

    @property
    def known(self) -> Sequence[str]:
        """The names of the whole log: what belongs together is the same in every bucket."""
        return self.names.values

    def rows(self, names: Collection[str], *, whose: bool | None = None) -> Ints:
        """The rows that bear one of these names, second reports of orders left out."""
        table = np.array([*(name in names for name in self.names.values), False], bool)
        found = table[self.names.codes] & (self.bucket.order != SECOND_REPORT)
        if whose is not None:
            found = found & (self.bucket.own == whose)
        return np.flatnonzero(found)

    @cached_property
    def orders(self) -> Ints:
        """The rows that are orders."""
        return np.flatnonzero(self.bucket.order == ORDER_ROW)

    @cached_property
    def gone_on(self) -> Ints:
        """The rows at which somebody went on: a further stage, an order, or a cycle begun again."""
        walked = self.selected.walked
        stays = walked.sojourns
        moved = stays.row[1:][stays.cycle[1:] == stays.cycle[:-1]]
        again = walked.cycles.row[1:][walked.cycles.restarted_at[:-1] != NEVER]
        return np.unique(np.concatenate([moved, again, self.orders]))

    def after(self, rows: Ints, among: Ints) -> Ints:
        """The next of `among` (ascending) of the same person after each row, -1: there is none."""
        place = np.searchsorted(among, rows, side="right")
        found = np.append(among, -1)[place]
        mine = self.bucket.person[rows] == self.bucket.person[found] if len(self.bucket) else found
        return np.where((found >= 0) & mine, found, -1)

    def when(self, rows: Ints) -> Ints:
        """The time of each row, NEVER for -1."""
        return np.where(rows >= 0, np.append(self.bucket.ts, NEVER)[rows], NEVER)

    def on_after(self, rows: Ints) -> Ints:
        """When the people of these rows went on, after them."""
        return self.when(self.after(rows, self.gone_on))

    def beginning(self, rows: Iterable[int] | Ints) -> Ints:
        """Those of the rows at which a case may begin."""
        rows = np.asarray(rows, np.int64)
        return rows[self.shown[rows]]

    @cached_property
    def troubles(self) -> Ints:
        """The rows that tell of something that went wrong, by their name or their properties."""
        named = self.rows([name for name in self.known if is_trouble(name)])
        said = np.flatnonzero(self.matching("properties", SAYS_SO))
        return np.union1d(named, said)

    @cached_property
    def promises(self) -> Bools:
        """The rows whose properties may name a day that was promised."""
        return self.matching("properties", PROMISES)

    @cached_property
    def scores(self) -> tuple[Ints, Bools]:
        """The rows that carry somebody's feeling, and which are low."""
        return scored(self.selected)

    @cached_property
    def anchors(self) -> Ints:
        """Where a stay in a stage or life after an order begins."""
        rows = np.concatenate([self.selected.walked.sojourns.row, self.orders])
        return self.beginning(np.unique(rows))

    @cached_property
    def visits(self) -> tuple[Ints, Ints]:
        """The people's own rows, and which visit (a number) each belongs to."""
        own = np.flatnonzero(self.bucket.own & (self.bucket.order != SECOND_REPORT))
        person, ts = self.bucket.person[own], self.bucket.ts[own]
        opens = np.ones(len(own), bool)
        opens[1:] = (person[1:] != person[:-1]) | (ts[1:] - ts[:-1] >= VISIT_GAP)
        return own, np.cumsum(opens)

    def matching(self, column: str, pattern: str) -> Bools:
        """Which rows have a text that a pattern is found in, looked up once a distinct text."""
        coded = self.texts(column)
        values = coded.values
        array = values.array if isinstance(values, Texts) else pa.array(list(values), pa.string())
        table = pc.match_substring_regex(array, pattern).to_numpy(zero_copy_only=False)
        return np.append(table.astype(bool), False)[coded.codes]
