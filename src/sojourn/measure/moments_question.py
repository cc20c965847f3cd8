"""What a question about moments of truth asks, read from what people write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sojourn.core.durations import duration
from sojourn.core.persons import Trait
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.moments_pace import MOST_VALUES, usable

FEWEST_MOVES = 10
NOTHING = "none"


@dataclass(frozen=True)
class Asked:
    """The column whose values are tested, and how people are compared.

    `silence` is how long somebody silent is still watched (microseconds; None: the stage's
    patience), `alike` the traits by which people are compared with their like.
    """

    of: str
    values: Sequence[str]
    silence: int | None = None
    alike: tuple[str, ...] = ()
    fewest: int = FEWEST_MOVES


def names_of(alike: Sequence[str] | None) -> tuple[str, ...] | None:
    """The traits that must be read: those asked for, none, or (None) every one.

    >>> names_of(["traits.plan"]), names_of(["none"]), names_of(None)
    (('plan',), (), None)
    """
    if alike is None:
        return None
    names = tuple(dict.fromkeys(name.removeprefix("traits.") for name in alike))
    return () if names == (NOTHING,) else names


def ask(
    of: str,
    values: Sequence[str],
    silence: str | None,
    alike: Sequence[str] | None,
    traits: Mapping[str, Trait],
) -> Asked:
    """The question that these texts ask; `traits` holds those that `names_of(alike)` names.

    Without `alike` people are compared by every trait that has few enough values, with `none` by
    no trait. Raises QuestionError or UnknownName.
    """
    names = names_of(alike)
    found = usable(traits)
    if names is None:
        return Asked(of, values, _silence(silence), found)
    for name in names:
        if name not in traits:
            raise UnknownName(
                f"Nobody has a trait {name!r}.",
                hint="`--alike` takes the traits of people in this workspace, or `none`.",
            )
        if name not in found:
            raise QuestionError(
                f"The trait {name!r} has {len(traits[name].values):,} different values; people are "
                f"alike by at most {MOST_VALUES}.",
                hint="State a coarser trait, such as an age group instead of a birthday.",
            )
    return Asked(of, values, _silence(silence), tuple(sorted(names)))


def _silence(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise QuestionError(f"silence: {error}") from None
