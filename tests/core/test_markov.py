"""Chains of any size: rounds, elimination and walking them step by step say the same."""

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core import markov
from sojourn.core.credit import Touched
from support import plain_attribution as plain

touches = st.lists(st.integers(0, 3), min_size=1, max_size=6)
weights = st.sampled_from([0.0, 1.0, 2.0, 100.0])
rows = st.lists(st.tuples(touches, weights, weights), min_size=1, max_size=12)


def touched(paths):
    length = np.array([len(path) for path in paths])
    node = np.array([node for path in paths for node in path], np.int32)
    return Touched(node, np.cumsum(length) - length, np.zeros(len(node), bool))


def steps(paths, won, lost, nodes, order):
    return markov.steps(touched(paths), np.array(won), np.array(lost), nodes, order)


def by_elimination(found):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "MOST_TURNS", 0)
        return markov.removal_effects(found)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(1, 3))
def test_rounds_and_elimination_and_the_walk_agree(table, order):
    paths, won, lost = zip(*table, strict=True)
    found = steps(paths, won, lost, 5, order)
    quick = markov.removal_effects(found)
    assert quick == pytest.approx(by_elimination(found), abs=1e-10)
    walked = plain.removal_effects(table, order)
    assert [quick[node] for node in walked] == pytest.approx(list(walked.values()), abs=1e-9)


def test_a_channel_repeated_a_hundred_thousand_times_is_still_solved():
    paths = [[0] * 100_000 + [1], [1] * 50_000, [2, 0], [2]]
    found = steps(paths, [1.0, 0.0, 1.0, 1.0], [1.0, 3.0, 0.0, 9.0], 3, 1)
    assert markov.removal_effects(found) == pytest.approx(by_elimination(found), abs=1e-9)


def test_two_circles_that_hardly_ever_end_are_still_solved():
    paths = [[0, 1] * 3000, [2, 3] * 2990, [0, 2], [3]]
    found = steps(paths, [1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 5.0, 2.0], 4, 1)
    assert markov.removal_effects(found) == pytest.approx(by_elimination(found), abs=1e-9)


def test_columns_in_several_parts_are_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    paths = [rng.integers(0, 9, rng.integers(1, 9)).tolist() for _ in range(300)]
    found = steps(paths, rng.integers(0, 3, 300), rng.integers(0, 3, 300), 9, 2)
    whole = markov.removal_effects(found)
    monkeypatch.setattr(markov, "MOST_CELLS", 100)
    assert markov.removal_effects(found) == pytest.approx(whole, abs=1e-12)


def test_thousands_of_states_take_no_more_than_counting_their_steps():
    rng = np.random.default_rng(7)
    length = rng.geometric(0.2, 60_000)
    node = rng.integers(0, 16, length.sum()).astype(np.int32)
    paths = Touched(node, np.cumsum(length) - length, np.zeros(len(node), bool))
    won = (rng.random(60_000) < 0.2).astype(float)
    began = process_time()
    found = markov.steps(paths, won, 1 - won, 16, 3)
    counted = process_time() - began
    assert len(markov.states(found)) > 4000
    began = process_time()
    effects = markov.removal_effects(found)
    assert process_time() - began < 10 * max(counted, 0.05)
    assert ((effects > 0) & (effects < 1)).all()


def test_what_cannot_be_solved_is_not_answered(monkeypatch):
    monkeypatch.setattr(markov, "MOST_TURNS", 0)
    monkeypatch.setattr(markov, "MOST_ELIMINATED", 0)
    with pytest.raises(markov.Unsolved):
        markov.removal_effects(steps([[0, 1]], [1.0], [0.0], 2, 1))


def test_a_conversion_in_a_million_million_is_as_exact_as_any():
    paths, won = [[0], [1, 0], [2], [1]], [1e-3, 2e-3, 0.0, 0.0]
    found = steps(paths, won, [0.0, 0.0, 1e9, 1.0], 3, 1)
    effects = markov.removal_effects(found)
    assert effects[0] == 1.0
    assert effects[2] == 0.0
    assert effects[1] == pytest.approx(2 / 3, rel=1e-12)
