import numpy as np

from sojourn.demo.shop.chance import Chance
from sojourn.demo.shop.people import draw_people, mix
from sojourn.demo.shop.personas import ENTRY_CHANNELS, PERSONAS, VISIT_CHANNELS
from sojourn.demo.shop.stories import plan
from sojourn.demo.shop.world import DEVICES, PRODUCTS, REGION_SHARES, REGIONS, TABLET

PLAN = plan(18, None)


def drawn(count: int = 20_000, stories=None):
    return draw_people(count, plan(18, stories), Chance(1, 2))


def test_shares_of_personas_and_regions_are_those_of_the_world():
    people = drawn()
    shares = np.bincount(people.persona) / len(people)
    assert np.abs(shares - [each.share for each in PERSONAS]).max() < 0.01
    assert np.abs(np.bincount(people.region) / len(people) - REGION_SHARES).max() < 0.01
    assert len(REGIONS) == len(REGION_SHARES)


def test_everybody_arrives_while_the_shop_runs():
    people = drawn()
    assert people.arrival.min() >= 0
    assert people.arrival.max() < PLAN.days


def test_the_viral_wave_holds_those_who_are_marked_and_is_gone_without_the_story():
    people = drawn()
    wave = people.arrival[people.viral]
    assert wave.min() == PLAN.viral
    assert wave.max() < PLAN.viral + 10
    assert 0.06 < people.viral.mean() < 0.09
    assert not drawn(stories=()).viral.any()


def test_device_ids_are_all_different_but_for_shared_tablets():
    people = drawn(4000)
    mains, seconds = people.device_ids(0), people.device_ids(1)
    used = people.kinds[:, 1] >= 0
    assert len(set(mains)) == 4000
    assert not set(mains) & set(seconds)
    others = [each for each, has in zip(seconds, used, strict=True) if has]
    twice = len(others) - len(set(others))
    assert 180 < twice < 300
    sharing = people.tablet_of != np.arange(4000)
    assert sharing.sum() == twice
    assert (people.kinds[sharing, 1] == TABLET).all()
    assert set(people.kinds.ravel()) == {-1, *range(len(DEVICES))}


def test_firms_are_for_office_managers_and_have_at_most_two_of_them():
    people = drawn(2000)
    firms = people.firms()
    office = [each.id for each in PERSONAS].index("office")
    assert [firm is not None for firm in firms] == (people.persona == office).tolist()
    named = [firm for firm in firms if firm]
    assert max(named.count(firm) for firm in set(named)) == 2


def test_mixing_keeps_different_numbers_different():
    mixed = mix(np.arange(100_000, dtype=np.uint64))
    assert len(np.unique(mixed >> np.uint64(16))) == 100_000


def test_every_persona_weighs_every_channel_product_and_device():
    for persona in PERSONAS:
        assert len(persona.entry) == len(ENTRY_CHANNELS)
        assert len(persona.returns_by) == len(VISIT_CHANNELS)
        assert len(persona.wares) == len(PRODUCTS)
        assert len(persona.devices) == len(DEVICES)
    assert sum(persona.share for persona in PERSONAS) == 1.0
