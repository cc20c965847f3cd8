"""The server's settings: where each comes from, and what is said of a wrong one."""

import pytest

from sojourn.errors import SettingsError
from sojourn.server.config import Config, load, told
from sojourn.workspace import Workspace


def written(folder, text):
    (folder / "sojourn.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_word_the_defaults_hold(tmp_path):
    assert load(tmp_path, {}) == Config()


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(tmp_path):
    folder = written(tmp_path, "[server]\nport = 1001\npause = 3\nhost = '0.0.0.0'\n")
    environment = {"SOJOURN_PORT": "1002", "SOJOURN_PAUSE": "2.5"}
    found = told(folder, environment, port=1003)
    assert found["port"] == (1003, "flag")
    assert found["pause"] == (2.5, "environment SOJOURN_PAUSE")
    assert found["host"] == ("0.0.0.0", "sojourn.toml")  # noqa: S104
    assert found["origins"] == ("*", "default")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\nport = 'http'", "port: found 'http', expected a whole number from 1 to 65,535"),
        ("[server]\nport = 70000", "port: found 70000"),
        ("[server]\nport = true", "port: found True"),
        ("[server]\nport = 80.5", "port: found 80.5"),
        ("[server]\npause = 0", "pause: found 0"),
        ("[server]\npause = nan", "pause: found nan"),
        ("[server]\nhost = 5", "host: found 5, expected a text"),
        ("[server]\nprot = 80", "unknown setting server.prot"),
        ("server = 5", "expected a table [server]"),
        ("[server", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, says):
    with pytest.raises(SettingsError) as error:
        load(written(tmp_path, text), {})
    assert says in error.value.message


def test_the_nearest_setting_is_offered(tmp_path):
    with pytest.raises(SettingsError) as error:
        load(written(tmp_path, "[server]\nprot = 80"), {})
    assert error.value.hint == "Did you mean 'port'?"


def test_the_workspace_is_no_setting_of_its_own_and_keeps_the_servers(tmp_path):
    workspace = Workspace(written(tmp_path, "name = 'Shop'\n[server]\nport = 1001\n"))
    workspace.configure(zone="Europe/Vienna")
    assert workspace.settings.name == "Shop"
    assert load(tmp_path, {}).port == 1001
