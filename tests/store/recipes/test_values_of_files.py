"""What a preset may say beyond columns: patterns, the file's name, lists of pairs, objects."""

import json

import pytest

from sojourn.errors import RecipeError
from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes.reading import recipe_from_yaml
from sojourn.store.recipes.recognise import Known, Look, recognised
from sojourn.store.recipes.run import import_recipe

BLOCK = "touchpoints:\n  - {name: =Page Viewed, person: who, ts: at, %s}\n"
TOP = "id: test\n"


def made(tmp_path, said, text, name="march.csv", top=TOP, **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    log = Log(tmp_path / "log")
    recipe = recipe_from_yaml(top + BLOCK % said)
    import_recipe(log, recipe, {"rows": [path]}, ImportOptions(**options))
    return log.reader(["campaign", "currency", "value", "properties"]).read_all().to_pylist()


CSV = "who,at,Spent (EUR),Source\n1,2026-01-02,2.50,x\n"
JSON = (
    '{"who": 1, "at": "2026-01-02", "pairs": [{"key": "a", "value": {"int_value": "5"}}, '
    '{"key": "b", "value": {}}], "own": {"plan": "gold", "ip": "203.0.113.1"}}\n'
)


def test_a_column_is_found_by_a_pattern_and_its_name_tells_the_currency(tmp_path):
    said = r"value: /^spent/, currency: {name_of: '/spent \((\w+)\)/'}"
    (row,) = made(tmp_path, said, CSV)
    assert (str(row["value"]), row["currency"]) == ("2.5000", "EUR")


def test_a_pattern_that_fits_no_column_is_an_error_with_the_pattern(tmp_path):
    with pytest.raises(RecipeError, match="has no column '/\\^paid/'"):
        made(tmp_path, "value: /^paid/", CSV)


@pytest.mark.parametrize("name", ["march.csv", "march.CSV"])
def test_the_files_own_name_is_a_value_without_its_ending(tmp_path, name):
    (row,) = made(tmp_path, "campaign: $file", CSV, name)
    assert row["campaign"] == "march"


def test_pairs_and_objects_become_properties_by_their_own_names(tmp_path):
    said = 'properties: {"*": {expr: pairs(pairs)}, more: own}'
    (row,) = made(tmp_path, said, JSON, "e.jsonl")
    assert json.loads(row["properties"]) == {
        "a": "5",
        "more": {"plan": "gold", "ip": "203.0.113.1"},
    }


def test_a_member_is_left_out_by_naming_it_for_what_is_not_there(tmp_path):
    (row,) = made(tmp_path, 'properties: {"*": own, ip: nothing}', JSON, "e.jsonl")
    assert json.loads(row["properties"]) == {"plan": "gold"}


def test_a_property_may_be_called_as_a_column_of_the_log(tmp_path):
    (row,) = made(tmp_path, "value: {expr: '\"Spent (EUR)\"'}, properties: {value: Source}", CSV)
    assert (str(row["value"]), json.loads(row["properties"])) == ("2.5000", {"value": "x"})


def test_what_a_recipe_asks_for_has_to_be_said_and_wins(tmp_path):
    top = TOP + "ask: {campaign: the campaign of the file}\n"
    with pytest.raises(RecipeError, match="does not say the campaign of the file"):
        made(tmp_path, "campaign: none", CSV, top=top)
    (row,) = made(tmp_path, "campaign: none", CSV, top=top, columns={"campaign": "=fair"})
    assert row["campaign"] == "fair"


def known(text):
    return [Known("test", recipe_from_yaml(TOP + text + BLOCK % "value: x").recognise)]


def look(*columns, kind="csv"):
    return Look(kind, frozenset(columns))


@pytest.mark.parametrize(
    ("asked", "columns", "found"),
    [
        ("columns: [a, [b, c]]", ["a", "c"], True),
        ("columns: [a, [b, c]]", ["a", "d"], False),
        ("columns: [a, /^spent/]", ["A", "Spent (EUR)"], True),
        ("columns: [a, b]\n  only: true", ["a", "b", "c"], False),
        ("columns: [a, b]\n  only: true", ["a", "b"], True),
        ("columns: [a]\n  without: [any user_id]", ["a", "CustomerID"], False),
        ("columns: [a]\n  without: [any user_id]", ["a", "b"], True),
    ],
)
def test_a_file_is_known_by_what_it_has_and_has_not(asked, columns, found):
    verdict = recognised(look(*columns), known(f"recognise:\n  {asked}\n"))
    assert (verdict.id == "test") is found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("recognise: {columns: [a], without: [any usr]}\n", "the log has no column 'usr'"),
        ("recognise: {columns: [a], only: 3}\n", "recognise.only: found int '3'"),
        ("recognise: {columns: ['/(/']}\n", "is no regular expression"),
        ("recognise: {columns: [a], abroad: [b]}\n", "expected columns by language"),
        ("ask: [a]\n", "expected what to say by field"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_place(text, told):
    with pytest.raises(RecipeError, match=told.replace("(", r"\(")):
        recipe_from_yaml(TOP + text + BLOCK % "value: x")


def test_a_column_name_that_is_no_pattern_cannot_tell_anything():
    with pytest.raises(RecipeError, match="expected a /pattern/ with brackets"):
        recipe_from_yaml(TOP + BLOCK % "currency: {name_of: Spent}")
