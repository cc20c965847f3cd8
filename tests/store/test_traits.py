"""Traits are kept with their time, once, and an import's can be taken back."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from sojourn.core.identity import People
from sojourn.errors import ImportFailed
from sojourn.store import traits
from sojourn.store.dictionaries import Dictionary

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def rows(*told):
    """Rows of `(user id, time, trait, value)`."""
    names = ("user_id", "ts", "name", "value")
    return pa.table({name: [row[i] for row in told] for i, name in enumerate(names)})


def test_the_latest_value_holds_and_the_greater_text_on_a_tie(tmp_path):
    told = rows(("1", APRIL, "plan", "gold"), ("1", MARCH, "plan", "basic"))
    assert traits.append(tmp_path, told) == 2
    assert traits.append(tmp_path, rows(("1", APRIL, "plan", "silver"))) == 1
    keys = Dictionary(["user:1"])
    plan = traits.load(tmp_path, ["plan"], People(), keys)["plan"]
    at = [plan.latest(plan.person[:1], int(t.timestamp() * 1e6)).decode() for t in (MARCH, APRIL)]
    assert at == [["basic"], ["silver"]]


def test_the_same_trait_again_adds_nothing(tmp_path):
    told = rows(("1", MARCH, "plan", "gold"))
    assert [traits.append(tmp_path, told, import_id=name) for name in ("i1", "i2")] == [1, 0]


def test_an_imports_traits_are_taken_back_and_nothing_else_is(tmp_path):
    traits.append(tmp_path, rows(("1", MARCH, "plan", "gold")), "crm/a b", "i1")
    traits.append(tmp_path, rows(("1", APRIL, "plan", "basic")), "crm/a b", "i2")
    assert traits.remove_import(tmp_path, "i2") == 1
    [row] = traits.read(tmp_path).to_pylist()
    assert (row["value"], row["source_id"], row["import_id"]) == ("gold", "crm/a b", "i1")
    assert traits.remove_import(tmp_path, "i2") == 0


def test_a_number_keeps_its_type(tmp_path):
    told = rows(("1", MARCH, "age", "41"), ("1", MARCH, "plan", "gold"))
    traits.append(tmp_path, told.append_column("type", pa.array(["number", None], pa.string())))
    assert {r["name"]: r["type"] for r in traits.read(tmp_path).to_pylist()} == {
        "age": "number",
        "plan": "text",
    }


def test_a_table_of_an_older_workspace_is_read_and_renewed(tmp_path):
    old = pa.table(
        {
            "kind": ["user"], "id": ["1"], "ts": pa.array([MARCH], pa.timestamp("us", "UTC")),
            "name": ["plan"], "value": ["gold"], "source_id": ["file"],
        }
    )  # fmt: skip
    write_deltalake(tmp_path / "traits", old, partition_by=["source_id"])
    [row] = traits.read(tmp_path).to_pylist()
    assert (row["value"], row["source_id"], row["type"]) == ("gold", "file", "text")
    assert traits.append(tmp_path, rows(("1", MARCH, "plan", "gold"))) == 0
    assert traits.append(tmp_path, rows(("1", APRIL, "plan", "basic")), import_id="i1") == 1
    assert traits.read(tmp_path).num_rows == 2
    assert traits.remove_import(tmp_path, "i1") == 1


def test_rows_that_are_no_traits_are_refused(tmp_path):
    with pytest.raises(ImportFailed, match="missing: value"):
        traits.append(tmp_path, pa.table({"user_id": ["1"], "ts": [MARCH], "name": ["plan"]}))


def test_what_became_known_after_the_last_touchpoint_can_hold_from_it_on(tmp_path):
    traits.append(tmp_path, rows(("1", APRIL, "plan", "gold"), ("1", MARCH, "plan", "basic")))
    last = int(MARCH.timestamp() * 1e6) - 1
    told = traits.load(tmp_path, ["plan"], People(), Dictionary(["user:1"]), latest=last)
    assert told["plan"].latest(told["plan"].person[:1], last).decode() == ["gold"]
