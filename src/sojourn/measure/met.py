"""What do people meet in each stage, and what do they say there? The raw matter of a map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import NO_CODE, Bucket, Coded, Ints
from sojourn.core.table import Column, Table
from sojourn.measure.felt import COLUMNS as FELT
from sojourn.measure.felt import felt, stage_at
from sojourn.measure.flow import shown_rows
from sojourn.measure.notes import moment, notes
from sojourn.measure.select import NONE, Basis, Selected, columns_needed, select
from sojourn.measure.view import View

MET = (
    Column("stage", "text"),
    Column("name", "text"),
    Column("actor", "text"),
    Column("people", "integer", "people"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("channel", "text"),
    Column("device", "text"),
)
SAID = (
    Column("stage", "text"),
    Column("person", "text"),
    Column("ts", "time"),
    Column("name", "text"),
    Column("channel", "text"),
    Column("sentiment", "number", "-1..1"),
    Column("text", "text"),
)
MOST = 20
"""How many verbatims a bucket gives a stage, so that memory is bounded."""

Key = tuple[int, str, str]


@dataclass
class Tally:
    """Of one stage, name and actor: people, touchpoints, and how often on each channel, device."""

    people: int
    touchpoints: int
    channels: Counter[str]
    devices: Counter[str]


@dataclass(frozen=True)
class MetKernel:
    """Tallies one bucket's touchpoints by the stage in which they were met."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and what is tallied."""
        return columns_needed(self.view, ["name", "channel", "device"])

    def __call__(self, bucket: Bucket) -> tuple[dict[Key, Tally], Basis]:
        selected = select(self.view, bucket, "touchpoints")
        row = np.flatnonzero(shown_rows(selected))
        stage = stage_at(selected, row)
        row, stage = row[stage >= 0], stage[stage >= 0]
        name = _coded(selected, "name")
        code = name.codes[row].astype(np.int64)
        own = selected.bucket.own[row]
        whole = (stage << 40) + ((code + 1) << 1) + own
        groups, group = np.unique(whole, return_inverse=True)
        pairs = np.unique((group.astype(np.int64) << 40) + selected.bucket.person[row])
        people = np.bincount(pairs >> 40, minlength=len(groups))
        touches = np.bincount(group, minlength=len(groups))
        channels = _most(selected, "channel", row, group, len(groups))
        devices = _most(selected, "device", row, group, len(groups))
        found: dict[Key, Tally] = {}
        for i, each in enumerate(groups.tolist()):
            word = name.values[((each & 0xFFFFFFFFFF) >> 1) - 1]
            key = each >> 40, word, "person" if each & 1 else "business"
            found[key] = Tally(int(people[i]), int(touches[i]), channels[i], devices[i])
        return found, selected.basis()


def _coded(selected: Selected, column: str) -> Coded:
    found = selected.bucket.columns[column]
    assert isinstance(found, Coded)  # noqa: S101 - the engine loads texts coded, always
    return found


def _most(
    selected: Selected, column: str, row: Ints, group: Ints, groups: int
) -> list[Counter[str]]:
    """How often each value of a column is in each group."""
    coded = _coded(selected, column)
    pairs = (group.astype(np.int64) << 32) + coded.codes[row] + 1
    used, number = np.unique(pairs, return_counts=True)
    found: list[Counter[str]] = [Counter() for _ in range(groups)]
    for pair, n in zip(used.tolist(), number.tolist(), strict=True):
        code = (pair & 0xFFFFFFFF) - 1
        if code != NO_CODE:
            found[pair >> 32][coded.values[code]] += n
    return found


def met(view: View) -> Table:
    """One row a stage and touchpoint name met in it, by most people first.

    `channel` and `device` are those on which it was met most often, null when none is known.
    """
    parts: list[tuple[dict[Key, Tally], Basis]] = view.run(MetKernel(view))
    whole: dict[Key, Tally] = {}
    for found, _ in parts:
        for key, tally in found.items():
            mine = whole.setdefault(key, Tally(0, 0, Counter(), Counter()))
            mine.people += tally.people
            mine.touchpoints += tally.touchpoints
            mine.channels += tally.channels
            mine.devices += tally.devices
    keys = sorted(whole, key=lambda k: (k[0], -whole[k].people, -whole[k].touchpoints, k[1], k[2]))
    tallies = [whole[key] for key in keys]
    stages = view.model.stages
    data = {
        "stage": [stages[stage].id for stage, _, _ in keys],
        "name": [name for _, name, _ in keys],
        "actor": [actor for _, _, actor in keys],
        "people": [tally.people for tally in tallies],
        "touchpoints": [tally.touchpoints for tally in tallies],
        "channel": [_top(tally.channels) for tally in tallies],
        "device": [_top(tally.devices) for tally in tallies],
    }
    return Table.of("met", MET, data, notes(view, [basis for _, basis in parts]))


def _top(counts: Counter[str]) -> str | None:
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


@dataclass(frozen=True)
class Verbatim:
    """One thing that somebody said."""

    stage: int
    person: int
    ts: int
    name: str
    channel: str | None
    sentiment: float | None
    text: str


@dataclass(frozen=True)
class SaidKernel:
    """Picks what one bucket's people said: the strongest feelings first, then the newest."""

    view: View
    most: int

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and what is told."""
        return columns_needed(self.view, ["name", "channel", "text", *FELT])

    def __call__(self, bucket: Bucket) -> tuple[list[Verbatim], Basis]:
        selected = select(self.view, bucket, "touchpoints")
        text = _coded(selected, "text")
        row = np.flatnonzero(shown_rows(selected) & (text.codes >= 0) & selected.bucket.own)
        score = np.full(len(selected.bucket), np.nan)
        scored = felt(selected)
        score[scored.row] = scored.score
        stage, feeling = stage_at(selected, row), score[row]
        strength = np.nan_to_num(np.abs(feeling), nan=-1.0)
        order = np.lexsort((-selected.bucket.ts[row], -strength, stage))
        place = np.arange(len(order)) - np.searchsorted(stage[order], stage[order])
        chosen = order[place < self.most]
        return [self._told(selected, text, row[i], stage[i], feeling[i]) for i in chosen], (
            selected.basis()
        )

    def _told(
        self, selected: Selected, text: Coded, row: int, stage: int, feeling: float
    ) -> Verbatim:
        bucket = selected.bucket
        name, channel = _coded(selected, "name"), _coded(selected, "channel")
        on = int(channel.codes[row])
        return Verbatim(
            int(stage), int(bucket.person[row]), int(bucket.ts[row]),
            name.values[int(name.codes[row])], channel.values[on] if on >= 0 else None,
            None if np.isnan(feeling) else float(feeling), text.values[int(text.codes[row])],
        )  # fmt: skip


def verbatims(view: View, most: int = MOST) -> Table:
    """One row a thing that people said, at most so many a stage: strong feelings first, then new.

    `stage` is the one in which it was said, `(none)` before any; `sentiment` is null where the
    words alone are known.
    """
    parts: list[tuple[list[Verbatim], Basis]] = view.run(SaidKernel(view, most))
    every = [said for found, _ in parts for said in found]
    every.sort(key=lambda s: (s.stage < 0, s.stage, -abs(s.sentiment or 0.0), -s.ts, s.text))
    kept, seen = list[Verbatim](), Counter[int]()
    for said in every:
        seen[said.stage] += 1
        if seen[said.stage] <= most:
            kept.append(said)
    ids, stages = view.ids(), view.model.stages
    data = {
        "stage": [stages[s.stage].id if s.stage >= 0 else NONE for s in kept],
        "person": [ids[s.person].as_py() for s in kept],
        "ts": [moment(s.ts) for s in kept],
        "name": [s.name for s in kept],
        "channel": [s.channel for s in kept],
        "sentiment": [s.sentiment for s in kept],
        "text": [s.text for s in kept],
    }
    return Table.of("verbatims", SAID, data, notes(view, _bases(parts)))


def _bases(parts: Sequence[tuple[list[Verbatim], Basis]]) -> list[Basis]:
    return [basis for _, basis in parts]
