"""An id names the person whose it was at the moment, in the likeliest reading."""

import pytest

from sojourn.core.contacts import Contacts
from sojourn.core.identity import Alias, Claim, resolve
from sojourn.store.dictionaries import Dictionary
from sojourn.store.named import NOBODY, UNKNOWN, keys_of

CLAIMS = [
    Claim(10, [("user", "ann"), ("device", "tablet"), ("email", "ann@example.org")]),
    Claim(20, [("user", "bob"), ("device", "tablet")]),
]
KNOWN = Dictionary(["user:ann", "user:bob", "card:7", "device:7", "card:8", "user:x:y"])


def keys(*texts, ts=15, merges=(), blocked=()):
    people = resolve(CLAIMS, merges=merges, blocked=blocked)
    return keys_of(people, KNOWN, Contacts(), texts, [ts] * len(texts)).tolist()


def test_a_bare_id_is_a_users_then_a_devices_then_another():
    assert keys("ann", "7", "8", "nobody-here") == [0, 3, 4, UNKNOWN]


def test_an_id_with_its_kind_is_that_of_the_kind():
    assert keys("card:7", "user:bob", "x:y", "hat:7") == [2, 1, 5, UNKNOWN]


@pytest.mark.parametrize(("ts", "key"), [(5, 0), (19, 0), (20, 1)])
def test_a_device_is_whose_it_was_then(ts, key):
    assert keys("tablet", ts=ts) == [key]


def test_an_address_is_read_in_its_one_form():
    assert keys(" Ann@Example.org ") == [0]


def test_who_was_merged_is_the_person_they_became():
    assert keys("bob", merges=[("ann", "bob")]) == [0]


def test_values_that_name_nobody():
    assert keys("null", "-1", "  ", "n.a.", blocked=["N.A."]) == [NOBODY] * 4


def test_nothing_asked_is_nothing_found():
    assert keys() == []
    assert Alias("user", "ann") == resolve(CLAIMS).person_of(("email", "ann@example.org"), 0)
