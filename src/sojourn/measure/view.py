"""A log read through a model at a moment, with its filters: what every question starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from sojourn.core.bucket import Bucket, Ints
from sojourn.core.condition import Condition
from sojourn.core.model import Model
from sojourn.core.persons import Trait
from sojourn.core.plan import Annotation, Goal
from sojourn.core.stride import Walked
from sojourn.core.walk import Rules
from sojourn.engine.base import Engine, Kernel, Source
from sojourn.store.costs import SCHEMA as COSTS


class Planned(Protocol):
    """The goals of all journeys, and what happened when; read when they are asked for."""

    def goals(self) -> tuple[Goal, ...]: ...

    def annotations(self) -> tuple[Annotation, ...]: ...


class NothingPlanned:
    """No goals, and nothing that happened."""

    def goals(self) -> tuple[Goal, ...]:
        """None."""
        return ()

    def annotations(self) -> tuple[Annotation, ...]:
        """None."""
        return ()


class Walks(Protocol):
    """What was walked for questions before, and is kept."""

    def walked(self, view: View) -> list[tuple[Bucket, Walked]] | None:
        """Everybody's cycles and stays; None where that is not enough for what is asked."""
        ...


@dataclass(frozen=True)
class View:
    """What is asked about: whose journeys, through which model, up to when.

    `as_of`, `start` and `end` are microseconds; the period is half-open and chooses cycles by
    their first `entered_at`. `people` chooses whole people, `members` does by ascending keys,
    `where` chooses cycles that hold a matching touchpoint, `only` hides touchpoints after the
    walk. Within a `person` a whole life counts as
    one cycle, whatever the model says. `ids` gives everybody's shown id in order of key, `costs`
    what was spent; `meant` is for which stage each content is meant; `plan` tells goals and
    what happened when; `alike` names the traits that
    people are compared by (None: every one there is); `walks` are those of questions before.
    """

    source: Source
    engine: Engine
    model: Model
    as_of: int
    zone: ZoneInfo
    clock: str = "recorded"
    start: int | None = None
    end: int | None = None
    people: Condition | None = None
    members: Ints | None = field(default=None, compare=False)
    where: Condition | None = None
    only: Condition | None = None
    by: str | None = None
    within: Literal["cycle", "person"] = "cycle"
    alike: tuple[str, ...] | None = ()
    personas: Mapping[str, Condition] = field(default_factory=dict)
    traits: Mapping[str, Trait] = field(default_factory=dict)
    ids: Callable[[], pa.StringArray] = field(default=lambda: pa.array([], pa.string()))
    costs: Callable[[], pa.Table] = field(default=COSTS.empty_table)
    meant: Mapping[str, str] = field(default_factory=dict)
    plan: Planned = field(default_factory=NothingPlanned, compare=False)
    about: Mapping[str, Any] = field(default_factory=dict)
    walks: Walks | None = field(default=None, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        """All that a kernel needs elsewhere: neither the engine nor the source travel with it."""
        stays = ("engine", "source", "costs", "plan", "walks")
        return {**vars(self), **dict.fromkeys(stays)}

    @property
    def everything(self) -> bool:
        """Whether nothing chooses among people, cycles and touchpoints, but the clock."""
        chosen = (self.people, self.members, self.where, self.only, self.start, self.end)
        return all(each is None for each in chosen)

    @property
    def rules(self) -> Rules:
        """What the walk needs of the model."""
        return Rules(self.model.neck, self.model.lapse)

    def run(self, kernel: Kernel[Any]) -> list[Any]:
        """Each bucket's partial."""
        return self.engine.run(self.source, kernel)
