"""A bucket's file and newer rows become the bucket that all of them sorted would be."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.condition import parse
from sojourn.store.marks import mark_orders, sort_rows
from sojourn.store.merging import in_order, joined, merge_of

ORDER = parse("name = 'buy'", where="orders")
NAMES = ["look", "buy"]

rows = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 4),
        st.sampled_from(NAMES),
        st.sampled_from([None, "x", "y"]),
    ),
    max_size=14,
)


def table(rows, seqs):
    person, ts, name, order_id = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table({
        "person": pa.array(person, pa.int32()),
        "ts": pa.array(ts, pa.timestamp("us", tz="UTC")),
        "seq": pa.array(seqs, pa.int64()),
        "own": pa.array([True] * len(rows), pa.bool_()),
        "order": pa.array([0] * len(rows), pa.int8()),
        "name": pa.array(name, pa.string()),
        "order_id": pa.array(order_id, pa.string()),
    })  # fmt: skip


def marked(rows):
    return mark_orders(sort_rows(rows), ORDER, (), {})


def marked_alone(rows):
    """Each order for itself, as rows are that have not been seen beside the others."""
    alone = rows.set_column(6, "order_id", pa.nulls(len(rows), pa.string()))
    return sort_rows(rows.set_column(4, "order", mark_orders(alone, ORDER, (), {})["order"]))


@given(old=rows, new=rows, leaving=st.sets(st.integers(0, 13)))
def test_merged_is_as_if_all_had_come_at_once(old, new, leaving):
    seqs = list(range(len(old) + len(new)))
    mine, theirs = seqs[: len(old)], seqs[len(old) :]
    gone = np.array([seq for seq in mine if seq in leaving], np.int64)
    stays = [i for i in range(len(old)) if i not in leaving]
    file, newer = marked(table(old, mine)), marked_alone(table(new, theirs))
    everything = table([*[old[i] for i in stays], *new], [*[mine[i] for i in stays], *theirs])
    expected = marked(everything)

    merge = merge_of(file, newer, gone)
    both = {n: joined(file[n], newer[n]) for n in file.column_names}
    found = pa.table(both).take(pa.array(merge.take))
    assert found["seq"].to_pylist() == expected["seq"].to_pylist()
    assert merge.order.tolist() == expected["order"].to_pylist()

    kept = file.filter(pa.array(~np.isin(file["seq"].to_numpy(), gone)))
    assert in_order(pa.concat_tables([kept, newer])).to_pylist() == expected.to_pylist()


def test_an_older_row_that_came_from_somebody_else_stands_before_those_of_its_moment():
    file = marked(table([(0, 1, "look", None), (0, 1, "look", None)], [3, 7]))
    newer = marked_alone(table([(0, 1, "look", None)], [5]))
    assert merge_of(file, newer, np.zeros(0, np.int64)).take.tolist() == [0, 2, 1]


@given(old=rows, new=rows)
def test_the_numbers_of_older_rows_need_not_be_known(old, new):
    file = marked(table(old, range(len(old))))
    newer = marked_alone(table(new, range(len(old), len(old) + len(new))))
    nobody = np.zeros(0, np.int64)
    known, unknown = (merge_of(f, newer, nobody) for f in (file, file.drop_columns("seq")))
    assert known.take.tolist() == unknown.take.tolist()
    assert known.order.tolist() == unknown.order.tolist()


def test_an_order_counts_again_when_its_first_report_is_somebody_elses():
    file = marked(table([(0, 1, "buy", "x"), (0, 2, "buy", "x")], [0, 1]))
    assert file["order"].to_pylist() == [1, 2]
    assert merge_of(file, file[:0], np.array([0])).order.tolist() == [1]


def test_coded_texts_are_joined_with_plain_ones():
    coded = pa.chunked_array([["a", "b"]]).dictionary_encode()
    assert joined(coded, pa.chunked_array([["b", None]])).to_pylist() == ["a", "b", "b", None]
