"""What a detector hands over: cases in which something could go wrong, and how each went on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from sojourn.core.bucket import Ints

if TYPE_CHECKING:
    from sojourn.measure.friction.ground import Ground

Bad: TypeAlias = Literal["late", "met", "lost"]
"""When a case is bad: its answer came late or never, it met something, or it is lost itself."""


@dataclass(frozen=True)
class Cases:
    """Some cases of one subject, one element a case.

    `row` is the touchpoint at which a case begins, `met_row` the one that answered it or that it
    met (-1: none did), `on` the microsecond at which the person went on (NEVER: not until
    `as_of`). A case is lost when that is more than `within` after it began to count; None is the
    patience of the stage. `limit` is how long an answer may take, or how long after its
    beginning a case may meet something; None: three times the usual. Cases of one `root` are of
    one thing; those that are `described` may be divided by the properties of their `row`.
    """

    subject: str
    row: Ints
    met_row: Ints
    on: Ints
    within: int | None = None
    limit: int | None = None
    root: str = ""
    described: bool = True
    position: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True)
class Detector:
    """One kind of friction: its question in plain words, and how exposure and loss are defined.

    `find` gives the cases of one bucket. With `waits` a case counts from its limit on, when it is
    known whether it is bad, and those who have gone on by then are left out; else from its
    beginning. `always` says on which division a constant excess is a friction too, not only one
    that began: `nothing`, or `device`, or `everybody` (bad cases against the others).
    `lost` says what the people lost did or did not do, `kept` what the others did.
    """

    id: str
    question: str
    lost: str
    kept: str
    bad: Bad
    find: Callable[[Ground], Sequence[Cases]]
    waits: bool = True
    always: Literal["nothing", "device", "everybody"] = "everybody"
    worth: bool = True
