"""The claims table keeps what no touchpoint carries, once, and gives an import back whole."""

from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from sojourn.errors import ImportFailed
from sojourn.store import claims

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 12, tzinfo=UTC)


def rows(*told):
    """Rows of `(ts, [(kind, id), ...])`, perhaps with the kind of the claim."""
    found = [
        {
            "ts": ts,
            "aliases": [{"kind": kind, "id": text} for kind, text in aliases],
            "kind": more[0] if more else None,
        }
        for ts, aliases, *more in told
    ]
    schema = pa.schema([claims.SCHEMA.field(name) for name in ("ts", "aliases", "kind")])
    return pa.Table.from_pylist(found, schema)


ANN = [("user", "ann"), ("email", "ann@example.org")]


def test_a_claim_comes_back_with_where_it_came_from(tmp_path):
    assert claims.append(tmp_path, rows((NOON, ANN)), "crm", "i1") == 1
    [row] = claims.read(tmp_path).to_pylist()
    assert row["ts"] == NOON
    assert row["aliases"] == [
        {"kind": "email", "id": "ann@example.org"},
        {"kind": "user", "id": "ann"},
    ]
    assert (row["kind"], row["source_id"], row["import_id"]) == ("claim", "crm", "i1")


def test_the_same_claim_again_adds_nothing_whatever_the_order_of_its_aliases(tmp_path):
    claims.append(tmp_path, rows((NOON, ANN), (NOON, ANN)))
    assert claims.append(tmp_path, rows((NOON, ANN[::-1])), "elsewhere", "i2") == 0
    assert claims.append(tmp_path, rows((LATER, ANN))) == 1
    assert claims.append(tmp_path, rows((LATER, ANN, "reset"))) == 1
    assert claims.read(tmp_path).num_rows == 3


def test_a_claims_id_is_that_of_its_aliases_whenever_it_was_made(tmp_path):
    claims.append(tmp_path, rows((NOON, ANN), (LATER, ANN), (LATER, ANN[:1])))
    names = claims.read(tmp_path)["claim_id"].to_pylist()
    assert len(set(names)) == 2


def test_an_import_is_taken_back_whole_and_nothing_else_is(tmp_path):
    claims.append(tmp_path, rows((NOON, ANN)), import_id="i1")
    claims.append(tmp_path, rows((LATER, ANN), (LATER, ANN[:1])), import_id="i/2 ä")
    before = claims.version(tmp_path)
    assert claims.remove_import(tmp_path, "i/2 ä") == 2
    assert claims.read(tmp_path)["import_id"].to_pylist() == ["i1"]
    assert claims.remove_import(tmp_path, "i/2 ä") == 0
    assert claims.read(tmp_path, before).num_rows == 3


def test_a_workspace_without_claims_has_none(tmp_path):
    assert claims.version(tmp_path) == -1
    assert claims.read(tmp_path).num_rows == 0
    assert claims.remove_import(tmp_path, "i1") == 0
    claims.append(tmp_path, rows())
    assert claims.version(tmp_path) == -1


def test_rows_that_are_no_claims_are_refused(tmp_path):
    with pytest.raises(ImportFailed, match="missing: aliases"):
        claims.append(tmp_path, pa.table({"ts": [NOON]}))
    with pytest.raises(ImportFailed, match="claim or reset; found 'merge'"):
        claims.append(tmp_path, rows((NOON, ANN, "merge")))


def test_other_readers_read_the_table(tmp_path):
    claims.append(tmp_path, rows((NOON, ANN)), "crm", "i1")
    found = duckdb.sql(
        f"select import_id, aliases[1].id from '{tmp_path}/claims/*/*.parquet'"
    ).fetchall()
    assert found == [("i1", "ann@example.org")]
