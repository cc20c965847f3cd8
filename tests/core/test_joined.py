from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.joined import Joined

pairs = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)))


@given(pairs)
def test_things_are_together_when_a_path_of_joins_leads_from_one_to_the_other(joins):
    sets = Joined[int]()
    plain = {}
    for a, b in joins:
        root = sets.join(a, b)
        assert root in (sets.root(a), sets.root(b))
        union = plain.get(a, {a}) | plain.get(b, {b})
        plain.update((thing, union) for thing in union)
    assert {frozenset(group) for group in sets.groups()} == {frozenset(g) for g in plain.values()}
    assert set(sets) == set(plain)
    for a in plain:
        assert {b for b in plain if sets.root(a) == sets.root(b)} == plain[a]


def test_a_thing_taken_in_is_alone_until_it_is_joined():
    sets = Joined[str]()
    sets.add("a")
    sets.add("a")
    assert sets.groups() == [["a"]]
    assert "b" not in sets


def test_a_long_chain_of_joins_needs_no_deep_path():
    sets = Joined[int]()
    for i in range(200_000):
        sets.join(i, i + 1)
    assert sets.root(0) == sets.root(200_000)
    assert len(sets.groups()) == 1
