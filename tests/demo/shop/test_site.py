import json

import numpy as np
import pytest

from sojourn.core.vocabulary import NAMES
from sojourn.demo.shop.book import MISSING, Book
from sojourn.demo.shop.personas import PERSONAS
from sojourn.demo.shop.site import PROVES, SEEN, Site
from sojourn.demo.shop.world import PRODUCTS, STAGES


@pytest.fixture
def site() -> Site:
    return Site(Book())


def test_every_stage_shows_something_and_its_weights_add_up(site):
    assert SEEN.keys() == set(STAGES)
    assert np.abs(site.seen.sum(axis=1) - 1).max() < 1e-9


def test_every_persona_has_something_that_takes_it_into_each_stage(site):
    for stage, proofs in PROVES.items():
        assert len(proofs) == len(PERSONAS)
        assert np.abs(site.proof(stage).sum(axis=1) - 1).max() < 1e-9


def test_all_that_can_be_seen_has_a_known_name():
    site_names = {name for seen in (*SEEN.values(), *sum(PROVES.values(), ())) for name in seen}
    assert site_names <= NAMES.keys() | {"Store Visited"}


def test_before_trying_no_visit_shows_what_proves_trying():
    proofs = {name for names in PROVES["try"] for name in names} | {"Cart Viewed"}
    for stage in ("know", "like", "trust"):
        assert not proofs & SEEN[stage].keys()


def test_products_stand_in_their_own_order_with_their_price():
    book = Book()
    site = Site(book)
    shown = [json.loads(book.texts[site.properties[each]]) for each in site.named("Product Viewed")]
    assert [each["product_id"] for each in shown] == [product.id for product in PRODUCTS]
    assert [each["price"] for each in shown] == [product.cents / 100 for product in PRODUCTS]
    assert site.properties[site.named("Cart Viewed")].tolist() == [MISSING]
