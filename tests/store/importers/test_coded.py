"""Coded columns say what plain ones would, row by row."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from sojourn.store.importers import coded

TEXTS = st.lists(st.sampled_from([None, "", "a", "A", " a ", "b", "é"]), max_size=12)


def texts(values):
    return pa.array(values, pa.string())


def is_proper(column):
    """No null and nothing twice among the distinct texts."""
    distinct = column.dictionary.to_pylist()
    return None not in distinct and len(set(distinct)) == len(distinct)


@given(TEXTS)
def test_a_coded_column_says_the_same(values):
    column = coded.coded(texts(values))
    assert column.to_pylist() == values
    assert is_proper(column)


@given(TEXTS)
def test_what_is_done_to_distinct_texts_is_done_to_every_row(values):
    def change(found):
        lower = pc.utf8_lower(pc.utf8_trim_whitespace(found))
        return pc.if_else(pc.equal(lower, pa.scalar("")), None, lower)

    column = coded.mapped(texts(values), change)
    expected = [v.strip().lower() or None if v is not None else None for v in values]
    assert column.to_pylist() == expected
    assert is_proper(column)


@given(st.lists(st.tuples(*[st.sampled_from([None, "a", "b", "c"])] * 3), max_size=12))
def test_the_first_text_that_is_there(rows):
    columns = [texts([row[i] for row in rows]) for i in range(3)]
    found = coded.first(*columns)
    assert found.to_pylist() == [next((v for v in row if v is not None), None) for row in rows]
    assert is_proper(found)


@given(TEXTS, st.integers(0, 2**12 - 1))
def test_only_some_rows_and_nothing_that_none_of_them_has(values, bits):
    rows = [bits >> i & 1 == 1 for i in range(len(values))]
    kept = coded.compacted(coded.only(texts(values), pa.array(rows, pa.bool_()).to_numpy(False)))
    assert kept.to_pylist() == [v if row else None for v, row in zip(values, rows, strict=True)]
    assert set(kept.dictionary.to_pylist()) == {*kept.to_pylist()} - {None}


@given(TEXTS, st.sampled_from(["a", "z"]))
def test_the_rows_that_say_one_text(values, text):
    assert coded.says(texts(values), text).tolist() == [v == text for v in values]


def test_constants_and_nothing():
    assert coded.constant("x", 2).to_pylist() == ["x", "x"]
    assert coded.none(2).to_pylist() == [None, None]
    assert coded.first(coded.none(1), coded.constant("x", 1)).to_pylist() == ["x"]


def test_a_month_holds_only_its_own_texts(desk):
    desk.bring("user_id,ts,name\na,2026-01-01,A\nb,2026-02-01,B\nc,2026-01-02,C\n")
    for file in desk.log.files():
        table = pq.ParquetFile(file.path, read_dictionary=["name"]).read(["name"])
        held = {text for chunk in table["name"].chunks for text in chunk.dictionary.to_pylist()}
        assert held == set(table["name"].to_pylist())
