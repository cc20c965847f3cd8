"""What do people tell others? Good and bad word of mouth, kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Ints
from sojourn.core.feelings import NEUTRAL
from sojourn.core.table import Column, Table
from sojourn.measure.felt import COLUMNS as READ
from sojourn.measure.felt import blocks_at, felt
from sojourn.measure.flow import shown_rows
from sojourn.measure.notes import notes
from sojourn.measure.personas import PERSONA, by_persona
from sojourn.measure.select import NONE, Basis, Selected, columns_needed, select
from sojourn.measure.stages import with_block
from sojourn.measure.view import View

TOLD = (
    "Review Posted", "Testimonial Given", "Mention Posted", "Product Shared", "Referral Invited",
)  # fmt: skip
"""What other people get to see or hear."""

KINDS = ("good", "neutral", "bad", "unscored")
COLUMNS = (
    Column("name", "text"),
    Column("n", "integer", "touchpoints"),
    Column("people", "integer", "people"),
    *(Column(kind, "integer", "touchpoints") for kind in KINDS),
    Column("good_people", "integer", "people"),
    Column("bad_people", "integer", "people"),
)
Counts = dict[str, int]


@dataclass(frozen=True)
class Told:
    """One bucket's counts by block and name."""

    counts: dict[tuple[str, str], Counts]
    basis: Basis


@dataclass(frozen=True)
class WordKernel:
    """Counts one bucket's word of mouth."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the filters read, the names, and what a feeling can be in."""
        return columns_needed(self.view, [*READ, "name"])

    def __call__(self, bucket: Bucket) -> Told:
        selected = select(self.view, bucket, "touchpoints")
        names = selected.bucket.columns["name"]
        assert isinstance(names, Coded)  # noqa: S101 - the engine loads texts coded, always
        told = [code for code, name in enumerate(names.values) if name in TOLD]
        row = np.flatnonzero(shown_rows(selected) & np.isin(names.codes, told))
        blocks, block = blocks_at(selected, row)
        code, kind = names.codes[row], _kinds(selected)[row]
        counts: dict[tuple[str, str], Counts] = {}
        for one in np.unique((block << 32) + code).tolist():
            mine = (block == one >> 32) & (code == one & 0xFFFFFFFF)
            key = blocks[one >> 32], names.values[one & 0xFFFFFFFF]
            counts[key] = _count(selected.bucket.person[row[mine]], kind[mine])
        return Told(counts, selected.basis())


def _kinds(selected: Selected) -> Ints:
    """The place in KINDS of each touchpoint of the bucket."""
    kind = np.full(len(selected.bucket), KINDS.index("unscored"))
    found = felt(selected)
    kind[found.row] = np.where(found.score > NEUTRAL, 0, np.where(found.score < -NEUTRAL, 2, 1))
    return kind


def _count(person: Ints, kind: Ints) -> Counts:
    return {
        "n": len(person),
        "people": len(np.unique(person)),
        **{name: int((kind == code).sum()) for code, name in enumerate(KINDS)},
        "good_people": len(np.unique(person[kind == 0])),
        "bad_people": len(np.unique(person[kind == 2])),
    }


def word_of_mouth(view: View) -> Table:
    """One row a way of telling others: how often with good, neutral or bad feeling, by how many.

    Nothing is taken for good because it was said: without stars, answer or sentiment it is
    `unscored`.
    """
    if view.by == PERSONA:
        return by_persona(view, word_of_mouth)
    parts: list[Told] = view.run(WordKernel(view))
    summed: dict[tuple[str, str], Counts] = {}
    for part in parts:
        for key, counts in part.counts.items():
            mine = summed.setdefault(key, dict.fromkeys(counts, 0))
            for name, count in counts.items():
                mine[name] += count
    keys = sorted(summed, key=lambda key: (key[0] == NONE, key[0], TOLD.index(key[1])))
    data: dict[str, Sequence[object]] = {
        c.name: [summed[key][c.name] for key in keys] for c in COLUMNS[1:]
    }
    data["name"] = [name for _, name in keys]
    if view.by is not None:
        data[view.by] = [block for block, _ in keys]
    remark = "What carries neither stars, nor an answer, nor a sentiment is unscored, not good."
    said = notes(view, [part.basis for part in parts], [remark])
    return Table.of("word_of_mouth", with_block(COLUMNS, view.by), data, said)
