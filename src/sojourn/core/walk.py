"""The walk: the exact meaning of a journey, as a fold over one person's touchpoints.

This is the definition, written to be read; it is also what runs live, one touchpoint at a
time. `core/stride.py` computes the same for whole buckets, and a property test makes the two
agree. Times are microseconds since 1970 in UTC.

1. A person's touchpoints are taken in order `(ts, seq)`.
2. A stage is seen at a touchpoint whose evidence for it is true; the touchpoint's level is the
   furthest stage seen at it.
3. Signs of life are the person's own touchpoints and the very first touchpoint. A later own
   touchpoint opens a new cycle when it comes more than `lapse` after the last sign of life, or
   when `restart` is true for it and the cycle holds a level at or past the neck. A business
   touchpoint that comes more than `lapse` after the last sign of life belongs to no cycle.
4. Within a cycle a person's stage is the furthest level so far.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Outcome = Literal["moved", "restarted", "lapsed", "stalled", "open"]


class Step(NamedTuple):
    """What the walk must know of a touchpoint: `seen` has bit k set for each stage k seen."""

    ts: int
    own: bool
    seen: int
    restart: bool
    event_id: str


class Rules(NamedTuple):
    """What the walk must know of a model: the neck's position and the lapse."""

    neck: int
    lapse: int | None


@dataclass(frozen=True)
class Sojourn:
    """One stay in one stage of one cycle: facts that no clock changes."""

    cycle: int
    stage: int
    entered_at: int
    entered_by: str
    skipped: int
    touches: int = 0
    moved_at: int | None = None
    next_stage: int | None = None
    restarted_at: int | None = None
    last_sign: int = 0


@dataclass(frozen=True)
class State:
    """Where one person stands: the cycle they are in and its sojourns so far."""

    cycle: int = 0
    last_sign: int = 0
    seen: int = 0
    past_neck: bool = False
    sojourns: tuple[Sojourn, ...] = ()


def step(state: State, touch: Step, rules: Rules) -> tuple[State, tuple[Sojourn, ...]]:
    """Take one touchpoint; give the new state and the sojourns that can no longer change."""
    first = state.cycle == 0
    late = not first and rules.lapse is not None and touch.ts - state.last_sign > rules.lapse
    if late and not touch.own:
        return state, ()
    again = not first and touch.own and touch.restart and state.past_neck
    if first or late or again:
        restarted_at = touch.ts if again and not late else None
        done = finish(state, restarted_at)
        opened = State(cycle=state.cycle + 1, last_sign=touch.ts)
        return _within(opened, touch, rules), done
    return _within(state, touch, rules), ()


def _within(state: State, touch: Step, rules: Rules) -> State:
    level = touch.seen.bit_length() - 1
    sojourns = state.sojourns
    here = sojourns[-1].stage if sojourns else -1
    if level > here:
        if sojourns:
            left = replace(sojourns[-1], moved_at=touch.ts, next_stage=level)
            sojourns = (*sojourns[:-1], left)
        entered = Sojourn(state.cycle, level, touch.ts, touch.event_id, level - here - 1)
        sojourns = (*sojourns, entered)
    if sojourns:
        sojourns = (*sojourns[:-1], replace(sojourns[-1], touches=sojourns[-1].touches + 1))
    return State(
        cycle=state.cycle,
        last_sign=touch.ts if touch.own else state.last_sign,
        seen=state.seen | touch.seen,
        past_neck=state.past_neck or level >= rules.neck,
        sojourns=sojourns,
    )


def finish(state: State, restarted_at: int | None = None) -> tuple[Sojourn, ...]:
    """The sojourns of the current cycle as they stand, with the cycle's last sign of life."""
    done = [replace(sojourn, last_sign=state.last_sign) for sojourn in state.sojourns]
    if done and restarted_at is not None:
        done[-1] = replace(done[-1], restarted_at=restarted_at)
    return tuple(done)


def walk(touches: Iterable[Step], rules: Rules) -> list[Sojourn]:
    """All sojourns of one person whose touchpoints come in order.

    >>> day = 86_400_000_000
    >>> steps = [Step(0, True, 0b01, False, "a"), Step(day, True, 0b10, False, "b")]
    >>> [(s.stage, s.moved_at, s.touches) for s in walk(steps, Rules(1, None))]
    [(0, 86400000000, 1), (1, None, 1)]
    """
    state, found = State(), list[Sojourn]()
    for touch in touches:
        state, done = step(state, touch, rules)
        found += done
    return [*found, *finish(state)]


def outcome(
    sojourn: Sojourn, as_of: int, lapse: int | None, patience: int | None
) -> tuple[int | None, Outcome]:
    """When the stay ended and how, seen from the instant `as_of`."""
    if sojourn.moved_at is not None:
        return sojourn.moved_at, "moved"
    if sojourn.restarted_at is not None:
        return sojourn.restarted_at, "restarted"
    if lapse is not None and as_of > sojourn.last_sign + lapse:
        return sojourn.last_sign + lapse, "lapsed"
    if patience is not None and as_of - sojourn.entered_at > patience:
        return None, "stalled"
    return None, "open"
