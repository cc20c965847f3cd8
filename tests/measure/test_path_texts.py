"""Paths are put in order by their nodes exactly as their texts would be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sojourn.measure import path_texts
from sojourn.measure.path_texts import in_order, texts
from sojourn.measure.paths import distinct_paths

PLAIN = ["(start)", "Ad", "Buy", "Éclair", "Zoo"]
ALIKE = ["Page", "Page Viewed", "Page !", "Page > Page", "", "P"]


def told(paths, names):
    """Paths one after another as the distinct texts with their counts, in order."""
    nodes = np.array([node for path in paths for node in path], np.int32)
    starts = np.cumsum([0, *map(len, paths)])[:-1].astype(np.int64)
    found = distinct_paths(nodes, starts)
    order = in_order(found, names)
    return list(
        zip(texts(found, order, names).to_pylist(), found.count[order].tolist(), strict=True)
    )


def plain(paths, names):
    """The same by counting and sorting texts."""
    counts = {}
    for path in paths:
        counts[tuple(path)] = counts.get(tuple(path), 0) + 1
    said = [(" > ".join(names[node] for node in path), count) for path, count in counts.items()]
    return sorted(said, key=lambda each: (-each[1], each[0]))


def walks(most):
    return st.lists(st.lists(st.integers(0, most - 1), min_size=1, max_size=40), max_size=30)


@given(walks(len(PLAIN)))
def test_paths_come_as_sorting_their_texts_would_put_them(paths):
    assert told(paths, PLAIN) == plain(paths, PLAIN)


@given(walks(len(ALIKE)))
def test_names_that_begin_like_others_are_sorted_as_texts(paths):
    assert told(paths, ALIKE) == plain(paths, ALIKE)


def test_paths_that_are_alike_for_very_long_are_told_apart(monkeypatch):
    monkeypatch.setattr(path_texts, "DEEP", 2)
    paths = [[1] * 200 + [2], [1] * 200, [1] * 199 + [2], [1] * 200, [3], [1] * 198 + [4, 2]]
    assert told(paths, PLAIN) == plain(paths, PLAIN)


def test_texts_are_written_piece_by_piece(monkeypatch):
    monkeypatch.setattr(path_texts, "PIECE", 5)
    paths = [[1, 2, 3], [2], [3] * 12, [4, 4], [1], [2, 1, 2, 1]]
    assert told(paths, PLAIN) == plain(paths, PLAIN)


def test_no_paths_are_no_texts():
    assert told([], PLAIN) == []
