"""What both answers on referrals rest on: the parts of all buckets, joined, and the chains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bools, Ints
from sojourn.core.identity import is_blocked
from sojourn.core.table import Table
from sojourn.measure.by_people import by_people, stacked
from sojourn.measure.notes import notes
from sojourn.measure.referrals.chains import Chains, chains_of
from sojourn.measure.referrals.kernel import INVITED, Lives, Part, ReferralsKernel, Said, Sales
from sojourn.measure.referrals.rates import k_interval
from sojourn.measure.view import View
from sojourn.store.named import NOBODY, UNKNOWN

Find = Callable[[Sequence[str], Sequence[int]], Ints]
"""The key of the person that each id names at its moment (microseconds), -1 for somebody who is
not in the log, -2 where it names nobody."""

Columns = TypeVar("Columns", Said, Sales, Lives)


@dataclass(frozen=True)
class Asked:
    """Everything known of the referrals that a view asks about; `invited` is of `inviter`."""

    view: View
    chains: Chains
    sales: Sales
    lives: Lives
    inviter: Ints
    invited: Ints
    waited: int
    strays: int
    parts: Sequence[Part]

    @property
    def counted(self) -> Bools:
        """The referrals of chosen people by somebody in the log."""
        return self.chains.kept & (self.chains.advocate >= 0)


def by_shown_id(view: View) -> Find:
    """Ids as answers show them: what is known without the claims about who is who."""

    def find(texts: Sequence[str], _: Sequence[int]) -> Ints:
        place = {str(text): key for key, text in enumerate(view.ids().to_pylist())}
        keys = [NOBODY if is_blocked(text) else place.get(text, UNKNOWN) for text in texts]
        return np.array(keys, np.int64)

    return find


def ask(view: View, find: Find, *, lives: bool = False) -> Asked:
    """Run the kernel on every bucket and find out who brought whom."""
    whole = replace(view, within="person", by=None)
    parts: list[Part] = view.run(ReferralsKernel(whole, lives))
    said = _joined(Said, [part.said for part in parts])
    advocate = find(said.text, said.ts.tolist())
    inviter = np.concatenate([_NONE, *(part.inviter for part in parts)])
    invited = np.concatenate([_NONE, *(part.invited for part in parts)])
    order = np.argsort(inviter, kind="stable")
    return Asked(
        whole,
        chains_of(said.person, advocate, said.ts, said.seq, said.kept),
        _joined(Sales, [part.sales for part in parts]),
        _joined(Lives, [part.lives for part in parts]),
        inviter[order],
        invited[order],
        sum(part.waited for part in parts),
        sum(part.strays for part in parts),
        parts,
    )


_NONE = np.zeros(0, np.int64)


def _joined(kind: type[Columns], parts: Sequence[Columns]) -> Columns:
    """The columns of all parts, one after another."""
    found: dict[str, Any] = {}
    for field in fields(kind):
        columns = [getattr(part, field.name) for part in parts]
        if columns and isinstance(columns[0], list):
            found[field.name] = [text for column in columns for text in column]
        elif columns:
            found[field.name] = np.concatenate(columns)
        else:
            found[field.name] = [] if field.name in ("text", "currency") else _NONE
    if "kept" in found:
        found["kept"] = np.asarray(found["kept"], bool)
    return kind(**found)


def in_blocks(view: View, answer: Callable[[View], Table]) -> Table:
    """The answer for each block of people; the notes are those of everybody, K among them."""
    assert view.by is not None  # noqa: S101 - only then there is something to divide by
    whole, parts = answer(replace(view, by=None)), by_people(view, answer)
    found = stacked(view.by, whole, parts)
    brought = {label: table.notes["brought"] for label, table in parts}
    return replace(found, notes={**found.notes, "brought_by_block": brought})


def shown(view: View, keys: Ints) -> list[str]:
    """The ids of people, as answers show them."""
    return [str(text) for text in view.ids().take(pa.array(keys, pa.int64())).to_pylist()]


def told(asked: Asked, remarks: Sequence[str]) -> dict[str, Any]:
    """The notes of both answers: how many were brought, by whom, K, and who was left out."""
    chains, counted = asked.chains, asked.counted
    left = {"own": chains.own, "nobody": chains.nobody, "circles": chains.circles}
    unknown = int((chains.kept & (chains.advocate == UNKNOWN)).sum())
    everybody, k = _k(asked)
    found = {
        "referred": int(counted.sum()) + unknown + sum(map(len, left.values())),
        "brought": int(counted.sum()),
        "brought_by_unknown": unknown,
        "left_out": sum(map(len, left.values())),
        "left_out_in_circles": len(chains.circles),
        "left_out_own_id": len(chains.own),
        "left_out_naming_nobody": len(chains.nobody),
        "advocates": everybody,
        **k,
    }
    said = notes(asked.view, [part.basis for part in asked.parts], remarks)
    last = said.pop("remarks", [])
    return {**said, **found, "remarks": [*last, *_remarks(asked, everybody)]}


def _k(asked: Asked) -> tuple[int, dict[str, float | None]]:
    """How many invited or brought somebody, and how many people each of them brought."""
    found, brought = np.unique(asked.chains.advocate[asked.counted], return_counts=True)
    everybody = len(np.union1d(found, asked.inviter))
    counts = np.append(brought, np.zeros(everybody - len(found), np.int64))
    names = ("k", "k_low", "k_high")
    return everybody, dict(zip(names, k_interval(counts), strict=True))


def _remarks(asked: Asked, everybody: int) -> list[str]:
    found = []
    if everybody and not len(asked.inviter):
        found.append(
            f"No {INVITED} is in the log: only who succeeded is known as an advocate, so K is at "
            "least 1 and says nothing of those who invited in vain."
        )
    if asked.strays:
        found.append(f"{asked.strays:,} refunds name no known order and are taken off nothing.")
    return found
