"""The settings of a workspace are checked whole, and an error names the setting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import SettingsError
from sojourn.settings import FILE, KEYS, Settings, from_mapping, load, save


def test_a_folder_without_a_file_has_the_defaults(tmp_path):
    assert load(tmp_path) == Settings()
    assert Settings().zoneinfo.key == "UTC"


def test_settings_survive_being_written_and_read(tmp_path):
    settings = from_mapping(
        {
            "name": "Kaffe & Co",
            "zone": "Europe/Stockholm",
            "journey": "social",
            "unit": "account",
            "order": "name = 'Deal Won'",
            "simulated": True,
            "blocked": ["till-1"],
            "names": {"Fair Visited": "person"},
            "personas": {"loyal": "total_orders >= 3"},
        }
    )
    save(tmp_path, settings)
    assert load(tmp_path) == settings
    assert settings.persona_conditions()["loyal"].scope == "people"


def test_only_what_differs_from_the_defaults_is_written(tmp_path):
    save(tmp_path, Settings(zone="Europe/Paris"))
    assert (tmp_path / FILE).read_text() == 'zone = "Europe/Paris"\n'


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"zon": "UTC"}, "Did you mean 'zone'?"),
        ({"qqq": 1}, "Known settings: name"),
        ({"zone": "Europe/Stokholm"}, "Europe/Stockholm"),
        ({"zone": 3}, "zone: found 3, expected a text"),
        ({"unit": "household"}, "unit: found 'household', expected one of person, account"),
        ({"order": "nme = 'x'"}, "order"),
        ({"order": "nth = 1"}, "expected a condition without history"),
        ({"simulated": "yes"}, "simulated: found 'yes', expected true or false"),
        ({"blocked": "x"}, "blocked: found 'x', expected a list of texts"),
        ({"names": {"A": "somebody"}}, "names.A: found 'somebody'"),
        ({"names": ["A"]}, "expected a table of texts"),
        ({"personas": {"a": "total_orderz > 1"}}, "personas.a"),
        ({"personas": {" ": "total_orders > 1"}}, "personas: found ' ', expected a name"),
        ({"personas": {"a\nb": "total_orders > 1"}}, "expected a name that can be read"),
    ],
)
def test_an_error_names_the_setting_and_what_was_expected(raw, said):
    with pytest.raises(SettingsError) as caught:
        from_mapping(raw)
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"zone = ", b"\xff\xfe", b"[[["])
def test_a_file_that_is_no_toml_is_a_clear_error(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SettingsError, match="not TOML"):
        load(tmp_path)


anything = st.none() | st.integers() | st.text() | st.lists(st.text())


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_any_mapping_gives_settings_or_an_error_that_names_the_file(raw):
    message = FILE
    try:
        from_mapping(raw)
    except SettingsError as error:
        message = error.message
    assert message.startswith(FILE)
