"""Things that belong together: disjoint sets with near-constant joins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Joined(Generic[T]):
    """Disjoint sets (union-find, by size, with path halving).

    >>> sets = Joined[str]()
    >>> root = sets.join("a", "b")
    >>> sets.root("a") == sets.root("b"), "c" in sets
    (True, False)
    """

    def __init__(self) -> None:
        self._parent: dict[T, T] = {}
        self._size: dict[T, int] = {}

    def __contains__(self, thing: object) -> bool:
        return thing in self._parent

    def __iter__(self) -> Iterator[T]:
        return iter(self._parent)

    def add(self, thing: T) -> None:
        """Take a thing in, alone in its set unless it is known."""
        if thing not in self._parent:
            self._parent[thing] = thing
            self._size[thing] = 1

    def root(self, thing: T) -> T:
        """The thing that stands for the set of this one, which must be known."""
        parent = self._parent
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    def join(self, a: T, b: T) -> T:
        """Make the sets of two things one and return its root."""
        self.add(a)
        self.add(b)
        big, small = self.root(a), self.root(b)
        if big == small:
            return big
        if self._size[big] < self._size[small]:
            big, small = small, big
        self._parent[small] = big
        self._size[big] += self._size.pop(small)
        return big

    def groups(self) -> list[list[T]]:
        """The sets, each with its things in the order they were taken in."""
        members: dict[T, list[T]] = defaultdict(list)
        for thing in self._parent:
            members[self.root(thing)].append(thing)
        return list(members.values())
