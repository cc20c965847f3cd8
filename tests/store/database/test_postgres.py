"""PostgreSQL holds what it acknowledged, in the order of its numbers, and is found again."""

import threading
from contextlib import closing, contextmanager

import psycopg
import pytest

from sojourn.errors import DatabaseFailed
from sojourn.server.inbox import Inbox, Received
from sojourn.store.database import SERVER, opened, parsed
from sojourn.store.database.postgres import Postgres, said
from support.databases import POSTGRES, postgres_only

pytestmark = [postgres_only, pytest.mark.usefixtures("database")]


@pytest.fixture
def tables(tmp_path):
    with closing(opened(tmp_path, SERVER)) as made:
        yield made


def end(tables):
    """End a connection from the server's side, as when the server is started anew."""
    [[mine]] = tables.execute("select pg_backend_pid()").rows
    with psycopg.connect(POSTGRES, autocommit=True) as con:
        con.execute("select pg_terminate_backend(%s, 5000)", (mine,))


@contextmanager
def of_role(setting):
    """Within, a setting is the default of whoever comes in."""
    with psycopg.connect(POSTGRES, autocommit=True) as con:
        role = con.info.user
        con.execute(f"alter role {role} set {setting}")
        try:
            yield
        finally:
            con.execute(f"alter role {role} reset {setting.split()[0]}")


def test_it_is_synced_at_each_commit_whatever_the_server_does_otherwise(database):
    with of_role("synchronous_commit = off"), closing(Postgres(parsed(database))) as other:
        assert other.execute("show synchronous_commit").rows == [("on",)]


def test_times_are_read_in_utc_wherever_the_server_is(database):
    with of_role("timezone = 'Asia/Tokyo'"), closing(Postgres(parsed(database))) as other:
        query = "select extract(epoch from '1970-01-02 00:00:00'::timestamptz)::int"
        assert other.execute(query).rows == [(86_400,)]


def test_a_connection_that_broke_is_made_anew(tables):
    end(tables)
    with pytest.raises(DatabaseFailed):
        tables.execute("select 1")
    assert tables.execute("select 1").rows == [(1,)]


def test_what_broke_off_was_never_there(tables):
    def broken():
        with tables.at_once():
            tables.execute("insert into write_keys values ('k', 'website', 1)")
            end(tables)
            tables.execute("insert into write_keys values ('l', 'app', 1)")

    with pytest.raises(DatabaseFailed):
        broken()
    assert tables.execute("select * from write_keys").rows == []


def test_a_server_that_is_not_there_is_told_without_the_password():
    with pytest.raises(DatabaseFailed, match="database shop at 127.0.0.1:9") as failed:
        Postgres(parsed("postgresql://me:secret@127.0.0.1:9/shop"))
    assert "secret" not in str(failed.value)


def test_many_may_make_the_tables_at_once(tmp_path):
    failures = []

    def begin():
        try:
            opened(tmp_path, SERVER).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []


def test_no_number_comes_in_after_a_higher_one_was_seen(tables, tmp_path):
    """Who has a lower number and is slow to commit would come in behind the worker's back."""
    query = "insert into inbox (received_at, source, route, body) values (1, 's', 'track', 'slow')"

    def put():
        with closing(Inbox(tmp_path)) as quick:
            quick.put([Received(1, "s", "track", b"quick")])

    other = threading.Thread(target=put)
    with closing(Inbox(tmp_path)) as worker:
        with tables.at_once(alone="inbox"):
            tables.execute(query)
            other.start()
            other.join(0.5)
            assert worker.first(10**6) == []
        other.join()
        found = [(post.position, bytes(post.body)) for post in worker.first(10**6)]
        assert found == [(1, b"slow"), (2, b"quick")]


def test_one_connection_empties_the_inbox_until_it_ends(tables, tmp_path):
    with closing(opened(tmp_path, SERVER)) as other:
        assert tables.hold("inbox")
        assert tables.hold("inbox")
        assert not other.hold("inbox")
        end(tables)
        assert other.hold("inbox")
        with pytest.raises(DatabaseFailed):
            tables.execute("select 1")
        assert not tables.hold("inbox")


def test_who_held_it_holds_it_again_after_the_connection_broke(tables):
    assert tables.hold("inbox")
    end(tables)
    with pytest.raises(DatabaseFailed):
        tables.execute("select 1")
    assert tables.hold("inbox")


def test_words_that_stand_in_braces_are_its_own():
    query = "select 1 from a {cross} b {by:some_index} using (x) where y = ?"
    assert said(query) == "select 1 from a join b  using (x) where y = %s"
