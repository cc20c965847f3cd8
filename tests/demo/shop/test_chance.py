import numpy as np
import pytest

from sojourn.demo.shop.chance import Chance

MANY = 200_000


@pytest.fixture
def chance() -> Chance:
    return Chance(7)


def test_the_same_key_gives_the_same_draws_and_another_key_others():
    assert Chance(1, 2).uniform(5).tolist() == Chance(1, 2).uniform(5).tolist()
    assert Chance(1, 2).uniform(5).tolist() != Chance(2, 1).uniform(5).tolist()


def test_the_raw_stream_is_the_one_that_every_machine_has():
    assert Chance(1).uniform(3).tolist() == [
        0.5118216247002567,
        0.9504636963259353,
        0.14415961271963373,
    ]


def test_a_hazard_happens_within_a_day_with_one_minus_exp(chance):
    for rate in (0.0, 0.01, 0.5, 3.0):
        share = chance.happens(np.full(MANY, rate)).mean()
        assert share == pytest.approx(1 - np.exp(-rate), abs=0.004)


def test_of_two_hazards_each_wins_in_proportion(chance):
    on, off = chance.either(np.full(MANY, 0.3), np.full(MANY, 0.1))
    assert not (on & off).any()
    assert (on | off).mean() == pytest.approx(1 - np.exp(-0.4), abs=0.004)
    assert on.sum() / off.sum() == pytest.approx(3.0, rel=0.04)


def test_without_any_hazard_nothing_happens(chance):
    on, off = chance.either(np.zeros(100), np.zeros(100))
    assert not on.any()
    assert not off.any()


def test_waits_counts_and_noise_have_the_moments_that_they_claim(chance):
    assert chance.wait(4.0, MANY).mean() == pytest.approx(4.0, rel=0.02)
    counts = chance.several(1.6, MANY)
    assert counts.mean() == pytest.approx(1.6, rel=0.02)
    assert counts.var() == pytest.approx(1.6, rel=0.03)
    noise = chance.noise(MANY)
    assert (noise.mean(), noise.std()) == pytest.approx((0.0, 1.0), abs=0.01)
    assert np.abs(noise).max() <= 3


def test_whole_days_are_cut_at_the_most(chance):
    days = chance.whole_days(5.0, 9, MANY)
    assert days.dtype == np.int64
    assert (days.min(), days.max()) == (0, 9)


def test_picks_follow_their_weights_and_never_take_a_weight_of_nothing(chance):
    picked = np.bincount(chance.pick(np.array([1.0, 0.0, 3.0, 0.0]), MANY), minlength=4) / MANY
    assert picked.tolist() == pytest.approx([0.25, 0, 0.75, 0], abs=0.005)


def test_picks_by_group_follow_the_group_s_own_weights(chance):
    group = np.repeat([0, 1], MANY // 2)
    picked = chance.pick_by(np.array([[1.0, 0.0], [1.0, 4.0]]), group)
    assert picked[group == 0].max() == 0
    assert picked[group == 1].mean() == pytest.approx(0.8, abs=0.01)
