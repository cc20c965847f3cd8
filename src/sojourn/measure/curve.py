"""How long until people move on? The whole curve of a stage, with lapsing as the other way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core.bucket import Bucket, Ints
from sojourn.core.competing import Curve, LogRank, Path, Stays, curve, grouped, interval, log_rank
from sojourn.core.durations import DAY
from sojourn.core.incidence import LAPSED, MOVED, STILL_HERE
from sojourn.core.multiple import holm
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.outlines import run
from sojourn.measure.select import Basis, Selected, columns_needed, select
from sojourn.measure.stages import CAUSE, merge_labels, with_block
from sojourn.measure.view import View

HORIZONS = (1, 7, 30, 90)
"""Days after entering at which shares are read off the curve."""
LAST = 365
"""Days after which it is told who has lapsed and who is still here: a lapse takes its time."""
MOST_BLOCKS = 40
"""More blocks than this are not compared: the test would need their every pair."""
ENDS = ("", "_low", "_high")

HEAD = (
    Column("stage", "text"),
    Column("name", "text"),
    Column("entered", "integer", "sojourns"),
    Column("moved", "integer", "sojourns"),
    Column("lapsed", "integer", "sojourns"),
    Column("here", "integer", "sojourns"),
)
COLUMNS = (
    *HEAD,
    *(Column(f"moved_{d}d{end}", "number", "share") for d in HORIZONS for end in ENDS),
    *(Column(f"lapsed_{LAST}d{end}", "number", "share") for end in ENDS),
    Column(f"here_{LAST}d", "number", "share"),
    Column("longest_days", "number", "days"),
)
TEST = (
    Column("log_rank", "number", "chi-square"),
    Column("df", "integer"),
    Column("p_value", "number"),
    Column("p_corrected", "number"),
)
POINTS = (
    Column("stage", "text"),
    Column("name", "text"),
    Column("days", "number", "days"),
    Column("at_risk", "integer", "sojourns"),
    *(Column(f"{way}{end}", "number", "share") for way in ("moved", "lapsed") for end in ENDS),
)
HOW = (
    "Intervals are 95%: Aalen-Johansen with the delta-method variance, on the log(-log) scale; "
    "none where nobody or everybody has left."
)
TESTED = (
    "The log-rank test compares how fast the blocks of a stage move on; p_corrected is Holm's, "
    "over the stages."
)


@dataclass(frozen=True)
class Watched:
    """One bucket's stays, equal ones together: the cell (block and stage) of each group.

    `overlap` is whether a stay is in more than one block, as personas may have it.
    """

    labels: Sequence[str]
    cell: Ints
    stays: Stays
    overlap: bool
    basis: Basis


@dataclass(frozen=True)
class CurveKernel:
    """Lists how long one bucket's stays were watched and how they ended."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> Watched:
        return self.of(select(self.view, bucket))

    def of(self, selected: Selected) -> Watched:
        """How long the stays of some people who have been walked were watched."""
        blocks, sojourns = selected.sojourn_blocks, selected.walked.sojourns
        left, outcome = (part[blocks.index] for part in selected.ended)
        entered = selected.bucket.ts[sojourns.row[blocks.index]]
        duration = np.minimum(left, self.view.as_of) - entered
        cell = blocks.block * selected.stages + sojourns.stage[blocks.index]
        return Watched(
            blocks.labels,
            *_by_cell(cell, duration, CAUSE[outcome].astype(np.int64)),
            len(np.unique(blocks.index)) < len(blocks.index),
            selected.basis(),
        )


def _by_cell(
    cell: Ints, duration: Ints, cause: Ints, count: Ints | None = None
) -> tuple[Ints, Stays]:
    """The stays of each cell together, equal ones counted."""
    order = np.argsort(cell, kind="stable")
    ends = np.cumsum(np.bincount(cell))
    parts, cells = [], []
    for number, (start, end) in enumerate(zip(np.append(0, ends)[:-1], ends, strict=True)):
        mine = order[start:end]
        if len(mine):
            part = grouped(duration[mine], cause[mine], None if count is None else count[mine])
            parts.append(part)
            cells.append(np.full(len(part.duration), number, np.int64))
    empty = np.zeros(0, np.int64)
    joined = (
        np.concatenate([empty, *(getattr(part, name) for part in parts)])
        for name in ("duration", "cause", "count")
    )
    return np.concatenate([empty, *cells]), Stays(*joined)


@dataclass(frozen=True)
class Curves:
    """Every block's and stage's stays and their curves, ready to be told in two ways."""

    view: View
    labels: Sequence[str]
    stays: Sequence[Stays]
    overlap: bool
    basis: Sequence[Basis]

    def summary(self) -> Table:
        """One row a stage (and block): shares moved on and lapsed within some days, intervals."""
        tested = self._tests() if self.view.by else None
        columns = with_block((*COLUMNS, *(TEST if self.view.by else ())), self.view.by)
        rows = [
            {
                **self._place(number),
                **_counts(stays),
                **_shares(stays),
                **(tested or {}).get(at, {}),
            }
            for number, stays in enumerate(self.stays)
            for at in [number % self._width]
        ]
        return self._table(
            "curve", columns, {c.name: [r.get(c.name) for r in rows] for c in columns}
        )

    def points(self) -> Table:
        """One row a moment at which anybody left a stage (and block): the curve itself."""
        columns = with_block(POINTS, self.view.by)
        data: dict[str, list[Any]] = {column.name: [] for column in columns}
        for number, stays in enumerate(self.stays):
            drawn = _steps(curve(stays))
            length = len(drawn["days"])
            for name, value in self._place(number).items():
                data[name].append(np.full(length, value, object))
            for name, values in drawn.items():
                data[name].append(values)
        joined: dict[str, Any] = {
            name: np.concatenate(parts) if parts else [] for name, parts in data.items()
        }
        return self._table("curve_points", columns, joined)

    @property
    def _width(self) -> int:
        return len(self.view.model.stages)

    def _place(self, number: int) -> dict[str, Any]:
        block, at = divmod(number, self._width)
        stage = self.view.model.stages[at]
        here = {"stage": stage.id, "name": stage.name}
        return here if self.view.by is None else {self.view.by: self.labels[block], **here}

    @property
    def _comparable(self) -> bool:
        return not self.overlap and 1 < len(self.labels) <= MOST_BLOCKS

    def _tests(self) -> dict[int, dict[str, Any]]:
        """For each stage, whether its blocks move on at different paces."""
        if not self._comparable:
            return {}
        found: dict[int, LogRank] = {}
        for at in range(self._width):
            test = log_rank(self.stays[at :: self._width])
            if test is not None:
                found[at] = test
        corrected = holm([test.p for test in found.values()])
        return {
            at: {"log_rank": t.statistic, "df": t.df, "p_value": t.p, "p_corrected": float(p)}
            for (at, t), p in zip(found.items(), corrected, strict=True)
        }

    def _table(self, kind: str, columns: Sequence[Column], data: dict[str, Any]) -> Table:
        return Table.of(kind, columns, data, notes(self.view, self.basis, self._remarks()))

    def _remarks(self) -> list[str]:
        here = sum(int(s.count[s.cause == STILL_HERE].sum()) for s in self.stays)
        found = [HOW]
        if here:
            found.append(
                f"{here:,} stays have not ended yet: they count for as long as they were watched."
            )
        young = [self._place(n)["name"] for n, stays in enumerate(self.stays) if _young(stays)]
        if young:
            found.append(
                f"Nobody has been watched for {HORIZONS[-1]} days in "
                f"{', '.join(dict.fromkeys(young))}: later shares there are the last known ones."
            )
        if self.view.by is not None:
            found.append(TESTED if self._comparable else self._why_not())
        return found

    def _why_not(self) -> str:
        if self.overlap:
            return "These personas overlap, so no log-rank test compares them."
        if len(self.labels) > MOST_BLOCKS:
            return f"More than {MOST_BLOCKS} blocks are not compared by a log-rank test."
        return "A single block has nothing to be compared with."


def _young(stays: Stays) -> bool:
    """Whether what comes of some is not known, because nobody was watched for long enough."""
    if not len(stays) or int(stays.duration[-1]) >= HORIZONS[-1] * DAY:
        return False
    drawn = curve(stays)
    return float(drawn.moved.share[-1] + drawn.lapsed.share[-1]) < 1 - 1e-9


def _counts(stays: Stays) -> dict[str, int]:
    def many(cause: int) -> int:
        return int(stays.count[stays.cause == cause].sum())

    ended = {"moved": many(MOVED), "lapsed": many(LAPSED), "here": many(STILL_HERE)}
    return {"entered": len(stays), **ended}


def _shares(stays: Stays) -> dict[str, float | None]:
    """The shares at each horizon; nothing is known of a stage that nobody entered."""
    if not len(stays):
        return {}
    drawn = curve(stays)
    found: dict[str, float | None] = {}
    for days in HORIZONS:
        found |= _named(f"moved_{days}d", drawn.at(days, drawn.moved))
    found |= _named(f"lapsed_{LAST}d", drawn.at(LAST, drawn.lapsed))
    gone = drawn.at(LAST, drawn.moved)[0] + drawn.at(LAST, drawn.lapsed)[0]
    longest = float(stays.duration[-1]) / DAY
    return {**found, f"here_{LAST}d": max(0.0, 1 - gone), "longest_days": longest}


def _named(name: str, told: tuple[float, float | None, float | None]) -> dict[str, float | None]:
    return {name + end: value for end, value in zip(ENDS, told, strict=True)}


def _steps(drawn: Curve) -> dict[str, Any]:
    """The moments at which either share rises, with intervals."""
    both = drawn.moved.share + drawn.lapsed.share
    rises = np.flatnonzero(np.diff(both, prepend=0.0) > 0)
    found: dict[str, Any] = {"days": drawn.times[rises] / DAY, "at_risk": drawn.at_risk[rises]}
    for way, path in (("moved", drawn.moved), ("lapsed", drawn.lapsed)):
        found |= _band(way, Path(path.share[rises], path.variance[rises]))
    return found


def _band(way: str, path: Path) -> dict[str, Any]:
    ends = (path.share, *interval(path.share, path.variance))
    return {way + end: values for end, values in zip(ENDS, ends, strict=True)}


def curves(view: View) -> Curves:
    """The curves of leaving each stage (and block), moving on and lapsing as competing outcomes.

    Beginning again counts as moving on, as in `stages`, whose `moved_90d` is this curve's value.
    """
    parts: list[Watched] = run(view, CurveKernel(view))
    labels = merge_labels([part.labels for part in parts], view)
    place = {label: i for i, label in enumerate(labels)}
    width = len(view.model.stages)
    cells = []
    for part in parts:
        rows = np.array([place[label] for label in part.labels], np.int64)
        cells.append(
            rows[part.cell // width] * width + part.cell % width if len(rows) else part.cell
        )
    empty = np.zeros(0, np.int64)
    cell = np.concatenate([empty, *cells])
    duration, cause, count = (
        np.concatenate([empty, *(getattr(part.stays, name) for part in parts)])
        for name in ("duration", "cause", "count")
    )
    cell, stays = _by_cell(cell, duration, cause, count)
    first = np.searchsorted(cell, np.arange(len(labels) * width + 1))
    split = [
        Stays(stays.duration[a:b], stays.cause[a:b], stays.count[a:b])
        for a, b in zip(first[:-1], first[1:], strict=True)
    ]
    overlap = any(part.overlap for part in parts)
    return Curves(view, labels, split, overlap, [part.basis for part in parts])
