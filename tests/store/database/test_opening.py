"""A workspace opens its own tables, and never those of another."""

from contextlib import closing

import pytest

from sojourn.errors import DatabaseFailed, SettingsError
from sojourn.store.database import NOTE, SERVER, VARIABLE, existing, last_given, opened
from sojourn.store.secret import secret_of
from support.databases import own_database, postgres_only

pytestmark = [postgres_only, pytest.mark.usefixtures("database")]


def there(root):
    tables = existing(root, SERVER)
    if tables is not None:
        tables.close()
    return tables is not None


@pytest.fixture
def shop(tmp_path):
    opened(tmp_path / "shop", SERVER).close()
    return tmp_path / "shop"


def test_a_workspace_that_began_is_there(shop):
    assert there(shop)
    assert last_given(shop, SERVER) == 0
    assert not (shop / "server" / SERVER.file).exists()


def test_one_that_never_had_a_server_has_none_and_takes_none(tmp_path):
    assert not there(tmp_path / "new")
    assert last_given(tmp_path / "new", SERVER) is None
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("shop")
def test_the_database_of_another_workspace_is_never_used(tmp_path):
    with pytest.raises(SettingsError, match="another workspace's") as refused:
        opened(tmp_path / "other", SERVER)
    assert "search_path" in refused.value.hint
    assert not there(tmp_path / "other")


def test_a_collector_beside_it_has_the_workspaces_key(shop, tmp_path):
    beside = tmp_path / "edge"
    beside.mkdir()
    (beside / "hash.key").write_bytes((shop / "hash.key").read_bytes())
    with closing(opened(beside, SERVER)) as tables:
        tables.execute("insert into write_keys values ('k', 'edge', 1)")
    with closing(opened(shop, SERVER)) as tables:
        assert tables.execute("select name from write_keys").rows == [("edge",)]


@pytest.mark.parametrize("ask", [existing, opened, last_given])
def test_without_the_setting_it_says_where_the_tables_are(shop, monkeypatch, ask):
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SettingsError, match="are in PostgreSQL, database postgres") as refused:
        ask(shop, SERVER)
    assert VARIABLE in refused.value.hint


@pytest.mark.parametrize("ask", [existing, opened, last_given])
def test_an_empty_database_is_not_taken_for_the_one_it_had(shop, ask):
    with own_database():
        with pytest.raises(SettingsError, match="is empty") as refused:
            ask(shop, SERVER)
        assert NOTE in refused.value.hint
        (shop / "server" / NOTE).unlink()
        opened(shop, SERVER).close()
        assert there(shop)


def test_what_is_still_in_sqlite_is_not_begun_anew(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.delenv(VARIABLE)
        opened(tmp_path, SERVER).close()
    with pytest.raises(DatabaseFailed, match="is not in PostgreSQL") as refused:
        opened(tmp_path, SERVER)
    assert "sojourn serve" in refused.value.hint


def test_nobody_can_tell_the_workspaces_secret_from_the_database(shop):
    with closing(opened(shop, SERVER)) as tables:
        [[told]] = tables.execute("select workspace from owner").rows
    assert told not in secret_of(shop).hex()


@pytest.mark.parametrize("note", ["", "{", "[]", '{"tables": ', "7"])
def test_a_note_that_cannot_be_read_still_says_that_it_is_postgres(shop, monkeypatch, note):
    (shop / "server" / NOTE).write_text(note)
    assert there(shop)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SettingsError, match="are in PostgreSQL"):
        opened(shop, SERVER)
