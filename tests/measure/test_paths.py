"""Paths are counted as whole sequences, whatever their hashes say."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.measure import paths as module
from sojourn.measure.paths import distinct_paths, merge

some_paths = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), max_size=30)


def found_in(paths):
    """The distinct paths of some sequences."""
    length = np.array([len(path) for path in paths], np.int64)
    nodes = np.array([node for path in paths for node in path], np.int32)
    return distinct_paths(nodes, np.cumsum(length) - length)


def counted(found):
    counts = Counter()
    for path, times in zip(found.sequences(), found.count.tolist(), strict=True):
        assert tuple(path) not in counts
        counts[tuple(path)] = times
    return counts


def plainly(paths):
    return Counter(map(tuple, paths))


@given(some_paths)
def test_each_path_comes_once_with_how_often_it_came(paths):
    assert counted(found_in(paths)) == plainly(paths)


@given(st.lists(some_paths, max_size=5))
def test_parts_together_count_what_one_part_would(parts):
    together = merge([found_in(part) for part in parts])
    assert counted(together) == plainly([path for part in parts for path in part])


@given(st.lists(some_paths, min_size=1, max_size=4))
def test_paths_that_share_a_hash_stay_apart(parts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_hashes", lambda _, starts: np.zeros(len(starts), np.uint64))
        together = merge([found_in(part) for part in parts])
    assert counted(together) == plainly([path for part in parts for path in part])


def test_a_path_has_the_same_hash_wherever_it_stands():
    first, second = found_in([[3, 1, 2]]), found_in([[1], [2, 2], [3, 1, 2]])
    assert first.hashes[0] in second.hashes.tolist()
    assert len({*second.hashes.tolist()}) == 3


def test_sequences_made_to_collide_stay_apart():
    """Thue-Morse sequences of 2,048 places have one hash for any multiplier modulo 2 ** 64."""
    one = [place.bit_count() % 2 for place in range(2048)]
    other = [1 - node for node in one]
    found = found_in([one, other, one])
    assert len(set(module._hashes(np.array(one + other, np.int32), np.array([0, 2048])))) == 1
    assert counted(found) == {tuple(one): 2, tuple(other): 1}
