"""Who waits for us, who came, and what fell silent: the last days of every person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints
from sojourn.core.durations import DAY
from sojourn.core.feelings import NEUTRAL
from sojourn.core.history import ORDER_ROW
from sojourn.core.table import Column, Table
from sojourn.measure.felt import COLUMNS as FELT
from sojourn.measure.felt import felt
from sojourn.measure.notes import moment, notes
from sojourn.measure.select import NONE, Basis, Selected, columns_needed, select
from sojourn.measure.view import View

ANSWERS = ("Message Sent", "Call Made", "Support Solved", "Note Added", "Order Refunded")
"""What counts as an answer to somebody unhappy; a newsletter is none."""

WEEK, YEAR = 7, 364
"""Days; a year is 52 weeks, so that the same weekdays are compared."""

WATCHED = 63
"""For how many days back the rhythm of a channel is watched."""

PERSON = (
    Column("person", "text"),
    Column("ts", "time"),
    Column("name", "text"),
    Column("channel", "text"),
    Column("sentiment", "number", "-1..1"),
    Column("text", "text"),
)
CAME = (
    Column("channel", "text"),
    Column("last_week", "integer", "people"),
    Column("week_before", "integer", "people"),
    Column("year_ago", "integer", "people"),
)
SILENT = (
    Column("channel", "text"),
    Column("last_at", "time"),
    Column("silent_days", "integer", "days"),
    Column("usual_gap_days", "integer", "days"),
    Column("usual_a_week", "number", "touchpoints"),
)


@dataclass(frozen=True)
class Found:
    """One bucket's touchpoints of people who wait: who, when, what, how they felt."""

    person: list[int]
    ts: list[int]
    name: list[str]
    channel: list[str | None]
    sentiment: list[float | None]
    text: list[str | None]
    basis: Basis


@dataclass(frozen=True)
class UnhappyKernel:
    """Finds people whose last unhappy word of the last days nobody answered."""

    view: View
    days: int

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and what is told."""
        return columns_needed(self.view, ["name", "channel", "text", *FELT])

    def __call__(self, bucket: Bucket) -> Found:
        selected = select(self.view, bucket, "touchpoints")
        bucket = selected.bucket
        scored = felt(selected)
        recent = bucket.ts[scored.row] > self.view.as_of - self.days * DAY
        bad = scored.row[recent & (scored.score < -NEUTRAL) & bucket.own[scored.row]]
        score = dict(zip(scored.row.tolist(), scored.score.tolist(), strict=True))
        answers = np.flatnonzero(~bucket.own & _is(selected, ANSWERS))
        last = _last_of_each(bucket, bad)
        waits = [row for row in last.tolist() if _after(bucket, answers, row) is None]
        return _found(selected, waits, score)


@dataclass(frozen=True)
class UnheardKernel:
    """Finds people who bought in the last days and heard nothing of us in time."""

    view: View
    days: int
    within: int

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and what is told."""
        return columns_needed(self.view, ["name", "channel", "text"])

    def __call__(self, bucket: Bucket) -> Found:
        selected = select(self.view, bucket, "touchpoints")
        bucket, as_of = selected.bucket, self.view.as_of
        recent = (bucket.ts > as_of - self.days * DAY) & (bucket.ts <= as_of - self.within)
        bought = np.flatnonzero(recent & (bucket.order == ORDER_ROW) & selected.row_kept)
        ours = np.flatnonzero(~bucket.own)
        waits = []
        for row in _last_of_each(bucket, bought).tolist():
            after = _after(bucket, ours, row)
            if after is None or bucket.ts[after] - bucket.ts[row] > self.within:
                waits.append(row)
        return _found(selected, waits, {})


def _is(selected: Selected, names: Sequence[str]) -> Bools:
    name = _coded(selected, "name")
    wanted = [i for i, value in enumerate(name.values) if value in names]
    return np.isin(name.codes, wanted)


def _coded(selected: Selected, column: str) -> Coded:
    found = selected.bucket.columns[column]
    assert isinstance(found, Coded)  # noqa: S101 - the engine loads texts coded, always
    return found


def _last_of_each(bucket: Bucket, rows: Ints) -> Ints:
    """Of rows in order, the last of each person."""
    if not len(rows):
        return rows
    person = bucket.person[rows]
    return rows[np.append(person[1:] != person[:-1], True)]


def _after(bucket: Bucket, rows: Ints, row: int) -> int | None:
    """The next of some rows after one row of the same person."""
    place = int(np.searchsorted(rows, row, "right"))
    if place == len(rows) or bucket.person[rows[place]] != bucket.person[row]:
        return None
    return int(rows[place])


def _found(selected: Selected, rows: list[int], score: dict[int, float]) -> Found:
    bucket, at = selected.bucket, np.asarray(rows, np.int64)
    columns = [_coded(selected, column).take(at).decode() for column in ("name", "channel", "text")]
    name, channel, text = columns
    return Found(
        bucket.person[at].tolist(), bucket.ts[at].tolist(), [each or "" for each in name],
        channel, [score.get(row) for row in rows], text, selected.basis(),
    )  # fmt: skip


def unanswered(view: View, days: int = 30) -> Table:
    """One row a person who was unhappy in the last days and got no answer since, newest first.

    An answer is one of ours to that person after it: a message, a call, a note, a refund, or
    support solved.
    """
    return _people("unanswered", view, view.run(UnhappyKernel(view, days)))


def unheard(view: View, days: int = 14, within: int = 2 * DAY) -> Table:
    """One row a person whose last order of these days was followed by no word of ours in time.

    Orders younger than `within` (microseconds) still have time, and are left out.
    """
    return _people("unheard", view, view.run(UnheardKernel(view, days, within)))


def _people(kind: str, view: View, parts: Sequence[Found]) -> Table:
    ids = view.ids()
    rows = [
        (ids[person].as_py(), *rest)
        for part in parts
        for person, *rest in zip(
            part.person, part.ts, part.name, part.channel, part.sentiment, part.text, strict=True
        )
    ]
    rows.sort(key=lambda row: (-row[1], row[0]))
    data = {column.name: [row[i] for row in rows] for i, column in enumerate(PERSON)}
    data["ts"] = [moment(ts) for ts in data["ts"]]
    return Table.of(kind, PERSON, data, notes(view, [part.basis for part in parts]))


@dataclass(frozen=True)
class CameKernel:
    """Counts one bucket's new customers by week and by the channel that brought them."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and the channel."""
        return columns_needed(self.view, ["channel"])

    def __call__(self, bucket: Bucket) -> tuple[Counter[tuple[str, int]], Basis]:
        selected = select(self.view, bucket, "touchpoints")
        bucket = selected.bucket
        orders = np.flatnonzero((bucket.order == ORDER_ROW) & selected.row_kept)
        first = orders[np.unique(bucket.person[orders], return_index=True)[1]]
        age = (self.view.as_of - bucket.ts[first]) // DAY
        channel = _coded(selected, "channel")
        brought = channel.codes[bucket.start_of[first]]
        found: Counter[tuple[str, int]] = Counter()
        for code, days in zip(brought.tolist(), age.tolist(), strict=True):
            for which, start in enumerate((0, WEEK, YEAR)):
                if start <= days < start + WEEK:
                    found[channel.values[code] if code >= 0 else NONE, which] += 1
        return found, selected.basis()


def newcomers(view: View) -> Table:
    """One row a channel: new customers of the last 7 days, the 7 before, and a year ago.

    A new customer's first order is in the week; the channel is that of their first touchpoint.
    Weeks end at `as_of`; a year is 52 weeks.
    """
    parts: list[tuple[Counter[tuple[str, int]], Basis]] = view.run(CameKernel(view))
    total: Counter[tuple[str, int]] = Counter()
    for found, _ in parts:
        total += found
    channels = sorted({c for c, _ in total}, key=lambda c: (-total[c, 0], -total[c, 1], c))
    data = {
        "channel": channels,
        **{column.name: [total[c, i] for c in channels] for i, column in enumerate(CAME[1:])},
    }
    return Table.of("newcomers", CAME, data, notes(view, [basis for _, basis in parts]))


@dataclass(frozen=True)
class RhythmKernel:
    """Counts one bucket's touchpoints by channel and days back."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the filters read, and the channel."""
        return columns_needed(self.view, ["channel"])

    def __call__(self, bucket: Bucket) -> tuple[dict[str, Ints], Basis]:
        selected = select(self.view, bucket, "touchpoints")
        channel = _coded(selected, "channel")
        age = (self.view.as_of - selected.bucket.ts) // DAY
        row = np.flatnonzero((age < WATCHED) & (channel.codes >= 0) & selected.row_kept)
        found: dict[str, Ints] = {}
        for code in np.unique(channel.codes[row]).tolist():
            mine = age[row[channel.codes[row] == code]]
            found[channel.values[code]] = np.bincount(mine, minlength=WATCHED).astype(np.int64)
        return found, selected.basis()


def fallen_silent(view: View) -> Table:
    """One row a channel that has been silent for longer than is usual of it, longest first.

    Watched are 9 weeks: silent is who had touchpoints on at least 8 of the days before, and is
    quiet now for at least 2 days and more than twice the longest gap until then.
    """
    parts: list[tuple[dict[str, Ints], Basis]] = view.run(RhythmKernel(view))
    total: dict[str, Ints] = {}
    for found, _ in parts:
        for channel, days in found.items():
            total[channel] = total.get(channel, np.zeros(WATCHED, np.int64)) + days
    rows = []
    for channel, days in total.items():
        active = np.flatnonzero(days)
        silent, gap = int(active[0]), int(np.diff(active).max(initial=1)) - 1
        if len(active) >= 8 and silent >= max(2, 2 * gap + 1):
            weekly = float(days.sum()) / (WATCHED - silent) * WEEK
            rows.append((channel, moment(view.as_of - silent * DAY), silent, gap, weekly))
    rows.sort(key=lambda row: (-row[2], row[0]))
    data = {column.name: [row[i] for row in rows] for i, column in enumerate(SILENT)}
    return Table.of("fallen_silent", SILENT, data, notes(view, [basis for _, basis in parts]))
