"""A database's address is taken apart whole, or refused in words that repeat no password."""

import pytest

from sojourn.errors import SettingsError
from sojourn.store.database import VARIABLE, address_of, parsed


def test_every_part_of_an_address_is_read():
    found = parsed("postgres://me:s%40fe@db.example:5433/my%20shop?sslmode=require")
    assert found.parameters() == {
        "host": "db.example",
        "port": 5433,
        "user": "me",
        "password": "s@fe",
        "dbname": "my shop",
        "sslmode": "require",
    }


def test_what_is_not_said_is_left_to_the_client_library():
    assert parsed("postgresql:///shop").parameters() == {"dbname": "shop"}


def test_a_socket_is_named_as_an_option():
    assert parsed("postgresql:///shop?host=/run/postgresql").host == "/run/postgresql"


def test_where_it_is_is_told_without_a_password():
    told = parsed("postgresql://me:secret@db.example/shop").told
    assert told == "PostgreSQL, database shop at db.example"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:secret@db/shop",
        "postgresql://me:secret@db",
        "postgresql://me:secret@db:port/shop",
        "postgresql://me:secret@[db/shop",
        "secret",
        "postgresql://me:secret@db/shop?sslmod=require",
        "postgresql://me:secret@db/shop?password=secret",
    ],
)
def test_what_is_no_address_is_refused_and_no_secret_repeated(url):
    with pytest.raises(SettingsError) as refused:
        parsed(url)
    assert "database_url" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_option_that_was_meant_is_named():
    with pytest.raises(SettingsError, match="Did you mean 'sslmode'"):
        parsed("postgresql://db/shop?sslmod=require")


@pytest.fixture
def unset(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.usefixtures("unset")
def test_without_a_setting_it_is_sqlite(tmp_path):
    assert address_of(tmp_path) is None


@pytest.mark.usefixtures("unset")
def test_the_workspaces_file_names_it(tmp_path):
    (tmp_path / "sojourn.toml").write_text('[server]\ndatabase_url = "postgresql://db/shop"\n')
    assert address_of(tmp_path).name == "shop"


def test_the_environment_goes_before_the_file(tmp_path, monkeypatch):
    (tmp_path / "sojourn.toml").write_text('[server]\ndatabase_url = "postgresql://db/shop"\n')
    monkeypatch.setenv(VARIABLE, "postgresql://db/other")
    assert address_of(tmp_path).name == "other"
    monkeypatch.setenv(VARIABLE, "")
    assert address_of(tmp_path) is None


@pytest.mark.usefixtures("unset")
def test_a_setting_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "sojourn.toml").write_text("[server]\ndatabase_url = 7\n")
    with pytest.raises(SettingsError, match="found 7"):
        address_of(tmp_path)
