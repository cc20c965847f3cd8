"""`sojourn config` and `keys`: how the server would run, and who may send."""

import json

import pytest
from click.testing import CliRunner

from sojourn.cli.main import cli
from sojourn.errors import SettingsError, UnknownName


def run(folder, *words, **environment):
    found = CliRunner().invoke(cli, ["-w", str(folder), *words], env=environment)
    if isinstance(found.exception, Exception):
        raise found.exception
    return found.output


def test_config_tells_each_setting_and_where_it_was_made(tmp_path):
    (tmp_path / "sojourn.toml").write_text("[server]\nport = 1001\n", encoding="utf-8")
    printed = run(tmp_path, "config", "--format", "json", SOJOURN_PAUSE="2")
    told = {row["setting"]: (row["value"], row["from"]) for row in json.loads(printed)["rows"]}
    assert told["port"] == ("1001", "sojourn.toml")
    assert told["pause"] == ("2.0", "environment SOJOURN_PAUSE")
    assert told["host"] == ("127.0.0.1", "default")


def test_a_key_is_made_shown_and_removed(tmp_path):
    made = run(tmp_path, "keys", "add", "website").removeprefix("write key: ").strip()
    assert (
        run(tmp_path, "keys", "list", "--format", "csv").splitlines()[1] == f"website,{made},write"
    )
    run(tmp_path, "keys", "remove", "website")
    assert len(run(tmp_path, "keys", "list", "--format", "csv").splitlines()) == 1


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(SettingsError):
        run(tmp_path, "keys", "add", "My Shop")
    with pytest.raises(UnknownName):
        run(tmp_path, "keys", "remove", "shop")
    with pytest.raises(SettingsError, match="port"):
        run(tmp_path, "serve", SOJOURN_PORT="no")


def test_a_read_key_is_shown_once_and_kept_as_a_hash_only(tmp_path):
    made = run(tmp_path, "keys", "add", "crm", "--kind", "read").rpartition(" ")[2].strip()
    assert made.startswith("read_")
    listed = run(tmp_path, "keys", "list", "--format", "csv").splitlines()
    assert listed[1] == "crm,(not kept),read"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "server").iterdir())
    assert made.encode() not in kept
    with pytest.raises(SettingsError, match="already"):
        run(tmp_path, "keys", "add", "crm", "--kind", "read")
    run(tmp_path, "keys", "remove", "crm", "--kind", "read")
    with pytest.raises(UnknownName, match="no read key 'crm'"):
        run(tmp_path, "keys", "remove", "crm", "--kind", "read")
