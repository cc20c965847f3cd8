"""A file is recognised by the preset that asks for the most of it; doubt is said."""

import json

import pyarrow as pa
import pytest

from sojourn.errors import RecipeError
from sojourn.store.importers import ImportOptions
from sojourn.store.importers.opening import open_source
from sojourn.store.recipes.format import Recognise
from sojourn.store.recipes.recognise import Known, Verdict, look_at, recognised


def known(name, *columns, own=False, **more):
    return Known(name, Recognise(tuple((column,) for column in columns), **more), own)


def look(tmp_path, text, name="file.csv"):
    file = tmp_path / name
    file.write_text(text)
    return look_at(open_source(file, ImportOptions()))


ORDERS = "Id,Email,Paid At,Total\n1,a@x.com,2026-01-01,5\n2,b@x.com,2026-01-02,6\n"


def test_the_preset_that_asks_for_more_wins(tmp_path):
    seen = look(tmp_path, ORDERS)
    some = [known("list", "email"), known("orders", "id", "EMAIL", "paid_at")]
    assert recognised(seen, some) == Verdict("orders")


def test_the_users_own_mapping_wins_over_any_preset(tmp_path):
    seen = look(tmp_path, ORDERS)
    some = [known("mine", "email", own=True), known("orders", "id", "email", "paid_at")]
    assert recognised(seen, some) == Verdict("mine")


def test_two_that_fit_equally_well_are_asked_about(tmp_path):
    seen = look(tmp_path, ORDERS)
    with pytest.raises(RecipeError, match="like a and like b") as caught:
        recognised(seen, [known("a", "id", "email"), known("b", "email", "total")])
    assert "--preset a" in str(caught.value.hint)


@pytest.mark.parametrize(
    "more",
    [
        {"without": ("Total",)},
        {"format": "json"},
        {"values": {"Total": "[a-z]+"}},
        {"values": {"Nothing": ".*"}},
    ],
)
def test_what_speaks_against_a_preset_counts(tmp_path, more):
    assert recognised(look(tmp_path, ORDERS), [known("x", "id", "email", **more)]) == Verdict()


def test_a_file_that_misses_one_column_is_nearly_recognised(tmp_path):
    seen = look(tmp_path, ORDERS)
    found = recognised(seen, [known("shop", "id", "email", "paid at", "currency")])
    assert found == Verdict(None, "shop", ("currency",))


def test_fields_of_json_are_seen_however_deep_lists_too(tmp_path):
    line = {"event": {"name": "x", "params": [{"key": "a"}]}, "at": 1}
    seen = look(tmp_path, json.dumps(line) + "\n", "file.jsonl")
    assert recognised(seen, [known("ga", "event.name", "event.params")]) == Verdict("ga")


def test_fields_of_nested_columns_are_seen():
    table = pa.table({"event": [{"name": "x", "params": [1]}], "at": [1]})
    seen = look_at(open_source(table, ImportOptions()))
    assert recognised(seen, [known("ga", "event.params", format="parquet")]) == Verdict("ga")


def test_a_file_without_a_header_is_known_by_its_width_and_values(tmp_path):
    seen = look(tmp_path, "web,1,a\nweb,2,b\n")
    header = ("app", "n", "who")
    fits = known("snow", header=header, values={"app": "web|mobile"})
    assert recognised(seen, [fits]) == Verdict("snow")
    wrong = known("snow", header=header, values={"app": "mobile"})
    assert recognised(seen, [wrong]) == Verdict()
