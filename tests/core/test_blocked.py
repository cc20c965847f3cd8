from __future__ import annotations

import pytest

from sojourn.core.blocked import Blocked, is_blocked
from sojourn.core.data import load


@pytest.mark.parametrize(
    "text",
    [
        None, "", "  ", "\t\n", "null", "NULL", " Null ", "undefined", "None", "NaN", "-1", "00",
        "0000", "00000000-0000-0000-0000-000000000000", "anonymous", "Unknown", "guest",
        "(not set)", "[object Object]", "{{user_id}}",
    ],
)  # fmt: skip
def test_what_programs_send_when_they_know_nobody_is_blocked(text):
    assert is_blocked(text)


@pytest.mark.parametrize(
    "text",
    [
        "0", "1", "-2", "00042", "0-1", "0-", "10", "test", "admin", "nullius", "Nonette", "guest7",
        "anonymous@example.org", "42", "0x0",
    ],
)  # fmt: skip
def test_what_could_be_somebody_is_not_blocked(text):
    assert not is_blocked(text)


def test_a_workspace_can_block_values_of_its_own_whatever_their_case():
    assert is_blocked("till 3", ["Till 3 "])
    assert is_blocked("TILL 3", frozenset({"till 3"}))
    assert not is_blocked("till 4", ["Till 3"])
    assert Blocked.of(["Till 3 "]) == Blocked(frozenset({"till 3"}))
    assert [Blocked.of(["Till 3"]).blocks(text) for text in ("TILL 3", "-1", "till 4")] == [
        True,
        True,
        False,
    ]


def test_every_pattern_begins_with_the_nought_that_it_is_tried_for():
    assert all(pattern.startswith("0") for pattern in load("blocked.yaml")["patterns"])


def test_a_very_long_text_of_noughts_and_hyphens_is_judged_at_once():
    assert is_blocked("0" * 1_000_000)
    assert not is_blocked("0-" * 500_000 + "1")
