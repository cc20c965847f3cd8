"""Both databases do the same: what is committed stays, what failed was never there."""

from contextlib import closing

import pytest

from sojourn.errors import DatabaseFailed
from sojourn.store.database import FEED, SERVER, opened

KEY = "insert into write_keys values (?, ?, ?)"


@pytest.fixture
def tables(tmp_path):
    with closing(opened(tmp_path, SERVER)) as made:
        yield made


def names(tables):
    return [name for (name,) in tables.execute("select name from write_keys order by name").rows]


def test_what_is_written_is_read_by_another_connection(tables, tmp_path):
    tables.execute(KEY, ("k", "website", 1))
    with closing(opened(tmp_path, SERVER)) as other:
        assert names(other) == ["website"]


def test_it_says_how_many_rows_it_changed(tables):
    assert tables.many(KEY, [("a", "one", 1), ("b", "two", 1)]) == 2
    assert tables.execute("update write_keys set made_at = 3").changed == 2
    assert tables.execute("delete from write_keys where name = ?", ("three",)).changed == 0


def test_many_rows_are_loaded_with_every_kind_of_value(tables):
    body = bytes(range(256))
    tables.load("inbox", ("received_at", "source", "route", "body"),
                [(2**62, "tab\tand\nline \\N", "track", body)])  # fmt: skip
    rows = tables.execute("select received_at, source, body from inbox").rows
    assert [(at, source, bytes(raw)) for at, source, raw in rows] == [
        (2**62, "tab\tand\nline \\N", body)
    ]


def test_all_of_it_or_nothing(tables):
    def twice(second):
        with tables.at_once():
            tables.execute(KEY, ("a", "one", 1))
            second()

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(DatabaseFailed):
        twice(lambda: tables.execute(KEY, ("b", "one", 1)))
    assert names(tables) == []
    with pytest.raises(KeyboardInterrupt):
        twice(stop)
    assert names(tables) == []
    twice(lambda: tables.execute(KEY, ("b", "two", 1)))
    assert names(tables) == ["one", "two"]


def test_an_error_says_where_it_was(tables):
    with pytest.raises(DatabaseFailed, match="no_such_table"):
        tables.execute("select * from no_such_table")
    with pytest.raises(DatabaseFailed) as failed:
        tables.execute("selekt")
    assert tables.place in str(failed.value)
    assert names(tables) == []


def test_numbers_are_given_once_also_after_all_was_taken_out(tables):
    assert tables.given(*SERVER.serial) == 0
    query = "insert into inbox (received_at, source, route, body) values (1, 's', 'track', ?)"
    tables.many(query, [(b"a",), (b"b",)])
    tables.execute("delete from inbox")
    tables.shed("inbox")
    assert tables.given(*SERVER.serial) == 2
    tables.execute(query, (b"c",))
    assert tables.execute("select position from inbox").rows == [(3,)]


def test_a_book_is_made_once_and_its_tables_are_named(tables, tmp_path):
    assert {*SERVER.tables} <= {*tables.names()}
    with closing(opened(tmp_path, SERVER)) as again:
        assert {*SERVER.tables} <= {*again.names()}
    with closing(opened(tmp_path, FEED)) as feed:
        assert {*FEED.tables} <= {*feed.names()}


def test_sql_in_a_value_is_a_value(tables):
    tables.execute(KEY, ("k", "'); drop table write_keys; --", 1))
    assert names(tables) == ["'); drop table write_keys; --"]


def test_a_name_with_a_nul_in_it_is_found_by_that_name(tables):
    tables.execute(KEY, ("k", "a\0b", 1))
    tables.load("write_keys", ("key", "name", "made_at"), [("l", "c\0d", 1)])
    query = "select key from write_keys where name = ?"
    assert tables.execute(query, ("a\0b",)).rows == [("k",)]
    assert tables.execute(query, ("c\0d",)).rows == [("l",)]
