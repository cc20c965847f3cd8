"""The inbox keeps what it was given, in order, until it is told to let go."""

import pytest

from sojourn.errors import DatabaseFailed, SettingsError, UnknownName
from sojourn.server.inbox import Inbox, Received


@pytest.fixture
def inbox(tmp_path):
    made = Inbox(tmp_path)
    yield made
    made.close()


def post(body, source="website"):
    return Received(1, source, "track", body)


def bodies(found):
    return [each.body for each in found]


def test_what_is_put_in_comes_out_in_order(inbox):
    inbox.put([post(b"a"), post(b"b")])
    inbox.put([post(b"c")])
    assert bodies(inbox.first(100)) == [b"a", b"b", b"c"]


def test_another_connection_sees_what_was_put_in(inbox, tmp_path):
    inbox.put([post(b"a")])
    other = Inbox(tmp_path)
    assert bodies(other.first(100)) == [b"a"]
    other.close()


def test_so_many_bytes_come_out_at_once_but_one_at_least(inbox):
    inbox.put([post(b"a" * 60), post(b"b" * 60), post(b"c" * 500)])
    assert len(inbox.first(130)) == 2
    assert len(inbox.first(1)) == 1


def test_what_was_begun_comes_out_again_as_it_was(inbox):
    inbox.put([post(b"a" * 60), post(b"b" * 60), post(b"c")])
    first = inbox.first(130)
    inbox.put([post(b"d")])
    assert inbox.first(1, upto=first[-1].position) == first


def test_what_is_in_the_log_is_let_go_and_numbers_are_never_given_twice(inbox):
    inbox.put([post(b"a"), post(b"b")])
    last = inbox.first(100)[-1].position
    inbox.forget(last)
    inbox.put([post(b"c")])
    assert [(e.body, e.position) for e in inbox.first(100)] == [(b"c", last + 1)]


def test_a_commit_that_fails_keeps_nothing_of_it(inbox):
    with pytest.raises(DatabaseFailed):
        inbox.put([post(b"a"), post(None)])
    assert inbox.first(100) == []
    inbox.put([post(b"b")])
    assert bodies(inbox.first(100)) == [b"b"]


def test_what_waits_and_the_workers_life_are_told(inbox):
    assert inbox.waiting().worker_at is None
    inbox.put([post(b"a")])
    inbox.alive("the disk is full")
    found = inbox.waiting()
    assert (found.posts, found.since, found.problem) == (1, 1, "the disk is full")


def test_keys_are_made_named_once_and_taken_away(inbox):
    key = inbox.add_key("shop")
    assert inbox.keys() == {key: "shop"}
    with pytest.raises(SettingsError, match="already"):
        inbox.add_key("shop")
    inbox.remove_key("shop")
    assert inbox.keys() == {}
    with pytest.raises(UnknownName):
        inbox.remove_key("shop")


@pytest.mark.parametrize("name", ["", "Shop", "../etc", "a b", "x" * 41, "'; drop table inbox"])
def test_a_name_that_is_none_is_refused(inbox, name):
    with pytest.raises(SettingsError):
        inbox.add_key(name)
