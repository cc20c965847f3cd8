"""One person's address or number has one form; two people's never become the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.contacts import Contacts, e164, hashed, is_region, names_no_phone


@pytest.mark.parametrize(
    ("given_", "normal"),
    [
        ("Ann@Example.org", "ann@example.org"),
        ("  ann@example.org\t", "ann@example.org"),
        ("ann.b+shop@gmail.com", "ann.b+shop@gmail.com"),
        ("Ann", "ann"),
        ("@", "@"),
    ],
)
def test_an_address_loses_case_and_space_and_nothing_else(given_, normal):
    assert Contacts().normal("email", given_) == normal


def test_tags_and_dots_go_only_where_the_workspace_says():
    rules = Contacts(email_tags=("*",), email_dots=("gmail.com",))
    assert rules.normal("email", "An.N+x@Gmail.com") == "ann@gmail.com"
    assert rules.normal("email", "an.n+x@example.org") == "an.n@example.org"
    assert rules.normal("email", "+x@gmail.com") == "+x@gmail.com"
    assert Contacts(email_tags=("a.org",)).normal("email", "b+x@b.org") == "b+x@b.org"


@pytest.mark.parametrize(
    "text", ["0660 1234567", "+43 660 1234567", "0043-660-1234567", "(0660) 123 45 67"]
)
def test_a_number_has_one_form_however_it_is_written(text):
    assert Contacts("AT").normal("phone", text) == "+436601234567"


@pytest.mark.parametrize("text", ["0660 1234567", "ask at the desk", "12", "", "+999 1", "1" * 40])
def test_a_number_that_cannot_be_read_stays_as_it_was_given(text):
    assert e164(text) is None
    assert Contacts().normal("phone", f" {text} ") == text


def test_the_same_local_number_of_two_regions_is_two_numbers():
    assert Contacts("AT").normal("phone", "0660 1234567") != Contacts("DE").normal(
        "phone", "0660 1234567"
    )


def test_two_desks_behind_one_number_are_two():
    assert e164("+43 1 234567 ext 5") != e164("+43 1 234567 ext 6")


@given(st.text(max_size=40), st.sampled_from(["", "AT", "US", "JP"]))
def test_the_one_form_is_its_own(text, region):
    rules = Contacts(region, email_tags=("*",), email_dots=("*",))
    for kind in ("phone", "email", "card"):
        once = rules.normal(kind, text)
        assert rules.normal(kind, once) == once


def test_a_hashed_value_is_left_alone():
    token = hashed(b"key", "phone", "+436601234567")
    assert token != hashed(b"other", "phone", "+436601234567")
    assert token != hashed(b"key", "email", "+436601234567")
    assert hashed(b"key", "phone", token) == token
    assert Contacts("AT").normal("phone", token) == token == Contacts("AT").normal("email", token)
    assert not names_no_phone("0660 1234567")


def test_rules_come_back_from_json():
    rules = Contacts("AT", ("*",), ("gmail.com",))
    assert Contacts.from_json(rules.to_json()) == rules


def test_regions_are_those_that_have_numbers():
    assert is_region("AT")
    assert not is_region("XX")
    assert not is_region("at")
