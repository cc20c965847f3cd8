"""What one text column alone settles of a condition, before anything else is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools

from .nodes import Junction, Node, Not, Ref
from .numeric import FALSE, TRUE
from .plan import Plan


@dataclass(frozen=True)
class Settled:
    """For each text, and at the end for a missing one, what it says of a condition.

    `sure`: the condition is true whatever else there is; `open`: that depends on other columns.
    """

    sure: Bools
    open: Bools


def settled(plan: Plan, node: Node, wanted: bool, ref: Ref, values: Sequence[str]) -> Settled:
    """Where a part is what is wanted (true, or false) by one column alone."""
    part = plan.parts[id(node)]
    size = len(values) + 1
    if part.lone == ref:
        kind = "boolean" if node.type == "null" else node.type
        found = plan.answers(node, kind, values).of(np.arange(size, dtype=np.int32))
        return Settled(found == (TRUE if wanted else FALSE), np.zeros(size, bool))
    if isinstance(node, Not):
        return settled(plan, node.operand, not wanted, ref, values)
    if isinstance(node, Junction) and part.lone is None:
        every = (node.word == "and") == wanted
        joined = np.logical_and if every else np.logical_or
        sure, maybe = np.full(size, every), np.full(size, every)
        for operand in node.operands:
            each = settled(plan, operand, wanted, ref, values)
            sure, maybe = joined(sure, each.sure), joined(maybe, each.sure | each.open)
        return Settled(sure, maybe & ~sure)
    return Settled(np.zeros(size, bool), np.ones(size, bool))
