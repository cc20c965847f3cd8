"""Newest rows count until their bucket has taken them in, or they are somebody else's."""

import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.store.delta import DataFile
from sojourn.store.fresh import GENERATION, GONE, MOVED, Fresh, _order_of, rows_in

BUCKETS = 2


def rows(*told):
    """Rows of `(person, ts, seq, mark)`."""
    person, ts, seq, order = zip(*told, strict=True)
    return pa.table({
        "person": pa.array(person, pa.int32()),
        "ts": pa.array(ts, pa.timestamp("us", tz="UTC")),
        "seq": pa.array(seq, pa.int64()),
        "order": pa.array(order, pa.int8()),
        "name": pa.array([f"row {s}" for s in seq]),
        MOVED: pa.array([s > 7 for s in seq]),
    })  # fmt: skip


def of(generation, table):
    return table.append_column(GENERATION, pa.array([generation] * len(table), pa.int32()))


def fresh(folder, *tables, folded=None):
    """Files of newest rows, one generation after the other."""
    files = []
    for generation, table in enumerate(tables, 1):
        path = f"{generation}.parquet"
        rows = table if GENERATION in table.schema.names else of(generation, table)
        pq.write_table(rows, folder / path)
        files.append(DataFile(path, 0, len(table)))
    return Fresh(folder, tuple(files), BUCKETS, folded or {})


def seqs(found, number):
    return found.rows(number, ["seq"])["seq"].to_pylist()


def test_rows_of_a_bucket_come_in_the_trails_order_from_all_files(tmp_path):
    found = fresh(tmp_path, rows((2, 9, 4, 0), (1, 5, 3, 0)), rows((0, 7, 6, 0), (2, 9, 5, 1)))
    assert seqs(found, 0) == [6, 4, 5]
    assert found.rows(0, ["name"])["name"].to_pylist() == ["row 6", "row 4", "row 5"]
    assert seqs(found, 1) == [3]
    assert found.numbers() == [0, 1]
    assert found.counts().tolist() == [3, 1]


def test_rows_of_some_people_only_are_read_where_only_they_are_asked_for(tmp_path):
    found = fresh(tmp_path, rows((2, 9, 4, 0), (4, 5, 3, 0)), rows((0, 7, 6, 0), (2, 8, 5, 1)))
    asked = found.rows(0, ["seq", "name"], np.array([2, 6]))
    assert asked.to_pylist() == [{"seq": 5, "name": "row 5"}, {"seq": 4, "name": "row 4"}]
    assert found.rows(0, ["seq"], np.array([6]))["seq"].to_pylist() == []


def test_without_files_there_are_no_rows(tmp_path):
    assert Fresh(tmp_path, (), BUCKETS).rows(0, ["seq"], np.array([1])).num_rows == 0


def test_a_file_is_read_once_for_all_buckets(tmp_path, monkeypatch):
    found = fresh(tmp_path, rows((0, 1, 1, 0), (1, 1, 2, 0)), rows((0, 2, 3, 0)))
    assert found.counts().tolist() == [2, 1]
    read = []
    original = Fresh._read
    monkeypatch.setattr(
        Fresh,
        "_read",
        lambda self, file, names: read.append(file.path) or original(self, file, names),
    )
    assert [seqs(found, 0), seqs(found, 1), seqs(found, 0)] == [[1, 3], [2], [1, 3]]
    assert sorted(read) == ["1.parquet", "2.parquet"]


def test_what_a_bucket_has_taken_in_is_passed_over(tmp_path):
    found = fresh(tmp_path, rows((0, 1, 1, 0), (1, 1, 2, 0)), rows((0, 2, 3, 0)), folded={0: 1})
    assert seqs(found, 0) == [3]
    assert seqs(found, 1) == [2]


def test_a_row_that_moved_is_gone_from_the_file_and_from_older_newest_rows(tmp_path):
    found = fresh(
        tmp_path, rows((0, 1, 8, 0)), rows((0, 1, 8, GONE), (0, 1, 2, GONE), (1, 1, 8, 0))
    )
    assert seqs(found, 0) == []
    assert found.gone(0).tolist() == [2, 8]
    assert seqs(found, 1) == [8]


def test_a_row_that_came_back_is_there(tmp_path):
    away, back = rows((0, 1, 8, GONE), (1, 1, 8, 0)), rows((1, 1, 8, GONE), (0, 1, 8, 0))
    found = fresh(tmp_path, away, back)
    assert (seqs(found, 0), seqs(found, 1)) == ([8], [])
    both = [of(1, away), of(2, back)]
    merged = pa.concat_tables(both).filter(pa.array(rows_in(both).live(BUCKETS, {})))
    again = fresh(tmp_path, merged)
    assert (seqs(again, 0), seqs(again, 1)) == ([8], [])


def test_only_rows_that_moved_and_orders_ask_for_more_columns_of_the_file(tmp_path):
    found = fresh(tmp_path, rows((0, 1, 1, 0), (1, 1, 2, 1)))
    assert (found.needs(0), found.needs(1)) == ([], ["order_id"])
    found = fresh(tmp_path, rows((0, 1, 8, 0), (1, 1, 2, GONE)))
    assert (found.needs(0), found.needs(1)) == (["seq"], ["seq", "order_id"])


def test_who_has_other_rows_than_before_is_known_with_the_first_moment(tmp_path):
    found = fresh(tmp_path, rows((0, 1, 1, 0), (2, 5, 2, 0)), rows((2, 9, 4, 0), (2, 7, 3, GONE)))
    people, since = found.people(0, -1)
    assert (people.tolist(), since.tolist()) == ([0, 2], [1, 5])
    people, since = found.people(0, 1)
    assert (people.tolist(), since.tolist()) == ([2], [7])
    assert [part.tolist() for part in found.people(1, 0)] == [[], []]


def test_a_file_is_needed_as_long_as_another_bucket_has_rows_in_it(tmp_path):
    found = fresh(tmp_path, rows((0, 1, 1, 0)), rows((0, 2, 2, 0), (1, 2, 3, 0)))
    first, second = found.files
    assert found.needed([]) == [first, second]
    assert found.needed([0]) == [second]
    assert found.needed([0, 1]) == []


def test_without_files_there_is_nothing(tmp_path):
    found = Fresh(tmp_path)
    assert (len(found), found.numbers(), found.generation(0), found.needed([0])) == (0, [], -1, [])
    assert found.gone(0).tolist() == []


def test_newest_rows_travel_to_other_processes(tmp_path):
    found = pickle.loads(pickle.dumps(fresh(tmp_path, rows((0, 1, 1, 0)))))  # noqa: S301
    assert seqs(found, 0) == [1]
    assert np.array_equal(found.counts(), [1, 0])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-3, 3), st.integers(0, 9)), max_size=40))
def test_rows_are_in_order_of_whose_moment_and_number_however_they_came(rows):
    whose, ts, seq = np.array(rows, np.int64).reshape(-1, 3).T
    order = _order_of(whose, ts, seq)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [rows[i] for i in order] == sorted(rows)
