"""Ids of the log are found again by their hashes, and each file is read once."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.store import known_ids
from sojourn.store.known_ids import KnownIds


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as found:
        yield found


def written(path, ids):
    pq.write_table(pa.table({"event_id": pa.array(ids, pa.string())}), path)
    return path


def hashes(con, ids):
    con.register("asked", pa.table({"id": pa.array(ids, pa.string())}))
    return np.asarray(con.sql("select hash(id) as h from asked").to_arrow_table()["h"])


@settings(max_examples=20, deadline=None)
@given(
    files=st.lists(st.lists(st.integers(0, 30), max_size=6), max_size=6), parts=st.integers(0, 3)
)
def test_those_that_are_in_the_log_are_found(tmp_path_factory, con, files, parts):
    folder, ids = tmp_path_factory.mktemp("ids"), KnownIds()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(known_ids, "MOST_PARTS", parts)
        paths = []
        for number, rows in enumerate(files):
            paths.append(written(folder / f"{number}.parquet", [f"e{i}" for i in rows]))
            there = {i for rows in files[: number + 1] for i in rows}
            found = ids.among(hashes(con, [f"e{i}" for i in range(31)]), paths, con)
            assert set(found.tolist()) == set(hashes(con, [f"e{i}" for i in there]).tolist())


def test_a_file_is_read_once(tmp_path, con):
    ids, path = KnownIds(), written(tmp_path / "a.parquet", ["e1"])
    assert len(ids.among(hashes(con, ["e1", "e2"]), [path], con)) == 1
    path.unlink()
    assert len(ids.among(hashes(con, ["e1", "e2"]), [path], con)) == 1


def test_of_too_many_none_are_held(tmp_path, con, monkeypatch):
    monkeypatch.setattr(known_ids, "MOST_IDS", 1)
    path = written(tmp_path / "a.parquet", ["e1", "e2"])
    assert KnownIds().among(hashes(con, ["e1"]), [path], con) is None
