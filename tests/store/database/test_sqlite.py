"""A file of SQLite is synced at each commit, and erased rows leave nothing on the disk."""

from contextlib import closing

import pytest

from sojourn.errors import DatabaseFailed
from sojourn.store.database.schema import SERVER
from sojourn.store.database.sqlite import Sqlite, said


@pytest.fixture
def file(tmp_path):
    with closing(Sqlite(tmp_path / "a b#?.sqlite3")) as made:
        made.make(SERVER)
        yield made


def test_it_is_synced_at_each_commit(file):
    assert file.execute("pragma synchronous").rows == [(2,)]
    assert file.execute("pragma journal_mode").rows == [("wal",)]


@pytest.mark.usefixtures("file")
def test_a_file_of_any_name_is_opened_as_itself(tmp_path):
    assert (tmp_path / "a b#?.sqlite3").is_file()


@pytest.mark.usefixtures("file")
def test_who_only_reads_can_write_nothing(tmp_path):
    with closing(Sqlite(tmp_path / "a b#?.sqlite3", reading=True)) as reading:
        assert reading.given(*SERVER.serial) == 0
        with pytest.raises(DatabaseFailed, match="readonly"):
            reading.execute("delete from inbox")


def test_rows_that_were_taken_out_leave_nothing_on_the_disk(file, tmp_path):
    file.execute("insert into write_keys values ('k', 'very-secret-name', 1)")
    file.execute("delete from write_keys")
    file.shed("write_keys")
    told = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"very-secret-name" not in told


def test_words_that_stand_in_braces_are_its_own():
    query = "select 1 from a {cross} b {by:some_index} using (x)"
    assert said(query) == "select 1 from a cross join b indexed by some_index using (x)"
