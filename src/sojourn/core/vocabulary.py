"""The names of touchpoints: whose act each is and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from sojourn.core.data import load
from sojourn.core.touchpoint import BUSINESS

Actor: TypeAlias = Literal["person", "business"]
"""Whose act a touchpoint was."""

NO_OVERRIDES: Mapping[str, Actor] = MappingProxyType({})


@dataclass(frozen=True)
class NameInfo:
    """A touchpoint's name: whose act, what it means (a sentence), what usually comes with it.

    `fields` are columns of the log and `properties.x`; `group` says where in a customer's life
    it belongs.
    """

    name: str
    actor: Actor
    meaning: str
    fields: tuple[str, ...]
    group: str


class _Names(Mapping[str, NameInfo]):
    """The data file as a mapping, read on first use."""

    def __getitem__(self, name: str) -> NameInfo:
        return _names()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())


NAMES: Mapping[str, NameInfo] = _Names()
"""Every name that Sojourn knows, in the order of a customer's life."""


@cache
def _names() -> dict[str, NameInfo]:
    return {
        entry["name"]: NameInfo(
            entry["name"],
            entry["actor"],
            entry["meaning"],
            tuple(entry["fields"]),
            group["group"],
        )
        for group in load("names.yaml")["groups"]
        for entry in group["names"]
    }


def canonical(name: str) -> str:
    """The name that a name counts as; nearly always itself.

    >>> canonical("Product Reviewed"), canonical("Tree Hugged")
    ('Review Posted', 'Tree Hugged')
    """
    same_as: dict[str, str] = load("names.yaml")["same_as"]
    return same_as.get(name, name)


def actor_of(name: str, overrides: Mapping[str, Actor] = NO_OVERRIDES) -> Actor:
    """Whose act a touchpoint of this name is; a name that nobody listed is the person's.

    `overrides` are what a workspace says of its own or other names.

    >>> actor_of("Order Shipped"), actor_of("Tree Hugged")
    ('business', 'person')
    """
    known = canonical(name)
    told = overrides.get(name) or overrides.get(known)
    if told:
        return told
    return NAMES[known].actor if known in NAMES else "person"


@cache
def business_names() -> frozenset[str]:
    """The names of what the business does: ads shown, messages sent, orders shipped, ..."""
    return frozenset(info.name for info in NAMES.values() if info.actor == BUSINESS)


def nearest(name: str) -> list[str]:
    """Up to three known names that look like this one, best first.

    >>> nearest("order complete")
    ['Order Completed']
    """
    known = {each.casefold(): each for each in NAMES}
    return [known[found] for found in get_close_matches(name.casefold(), known, cutoff=0.75)]


def as_markdown() -> str:
    """The reference page of all names, as Markdown."""
    lines = _HEAD.splitlines()
    group = ""
    for info in NAMES.values():
        if info.group != group:
            group = info.group
            lines += ["", f"## {group}", "", "| name | whose act | meaning | usual fields |"]
            lines.append("|---|---|---|---|")
        fields = ", ".join(f"`{each}`" for each in info.fields)
        lines.append(f"| `{info.name}` | {info.actor} | {info.meaning} | {fields} |")
    return "\n".join(lines) + "\n"


_HEAD = """\
# Names of touchpoints

A touchpoint's name says what happened, in the form *Object Action*: `Product Viewed`, `Order
Completed`. These are the names that Sojourn knows; its journey models work on them as they are. The
names of the Segment specification are among them, and `Product Reviewed` counts as `Review
Posted`. Any other name is welcome: it is taken for the person's act unless the workspace says
otherwise.

*Whose act* matters: what the business does (an ad shown, an order shipped) proves something about
where a person is, but is no sign of life of theirs.

This page is made from the package's data file, `core/data/names.yaml`."""
