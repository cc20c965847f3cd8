"""What was read of a file is held as long as there is room, and never another thing."""

import pyarrow as pa

from sojourn.store.held import Held

TABLE = pa.table({"a": [1, 2], "b": [3.0, 4.0], "c": ["x", "y"]})


class Reading:
    """Reads columns of one table and remembers which."""

    def __init__(self):
        self.asked = []

    def __call__(self, names):
        self.asked.append([*names])
        return TABLE.select(names)


def test_only_columns_that_are_missing_are_read():
    held, read = Held(), Reading()
    assert held.table("f", ["a", "b"], read) == TABLE.select(["a", "b"])
    assert held.table("f", ["c", "a"], read) == TABLE.select(["c", "a"])
    assert held.table("f", ["b"], read) == TABLE.select(["b"])
    assert read.asked == [["a", "b"], ["c"]]


def test_two_files_are_two_things():
    held, read = Held(), Reading()
    held.table("f", ["a"], read)
    assert held.table("g", ["a"], lambda names: TABLE.select(names)[:1]).num_rows == 1
    assert held.table("f", ["a"], read).num_rows == 2


def test_what_was_asked_for_longest_ago_goes_first():
    held, read = Held(most_bytes=TABLE.nbytes * 2), Reading()
    for name in ("f", "g", "f", "h"):
        held.table(name, TABLE.column_names, read)
    assert len(read.asked) == 3
    held.table("f", ["a"], read)
    assert len(read.asked) == 3
    held.table("g", ["a"], read)
    assert len(read.asked) == 4


def test_a_file_that_is_larger_than_the_room_is_still_given():
    held, read = Held(most_bytes=1), Reading()
    assert held.table("f", ["a", "c"], read) == TABLE.select(["a", "c"])


def test_files_that_are_no_more_go():
    held, read = Held(), Reading()
    held.table("f", ["a"], read)
    held.table("g", ["a"], read)
    held.keep_only({"g"})
    held.table("g", ["a"], read)
    assert len(read.asked) == 2
    held.table("f", ["a"], read)
    assert len(read.asked) == 3
