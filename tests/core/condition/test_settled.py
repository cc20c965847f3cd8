"""What a name alone settles of a condition, the scalar evaluator says whatever else there is."""

import itertools

import numpy as np
import pytest

from sojourn.core.condition import Ref, parse

NAMES = ["Page Viewed", "Order Completed", "Followed"]
CONDITIONS = [
    "name = 'Followed'",
    "name in ('Followed', 'Page Viewed') and nth >= 2",
    "name = 'Followed' or (name = 'Page Viewed' and nth > 1)",
    "not (name = 'Followed' or nth > 1)",
    "not (name = 'Followed' and nth > 1) and channel = 'Email'",
    "name is null or channel = 'Email'",
    "name <> 'Followed' and (channel = 'Email' or name like 'Order%')",
    "(name = 'Followed') is not true and nth = 1",
    "1 = 1 and name = 'Followed'",
    "nth > 1",
    "name = channel",
    "case when name = 'Followed' then true else nth > 1 end",
]


def row(values):
    return lambda ref: values[ref.name]


@pytest.mark.parametrize("text", CONDITIONS)
def test_sure_is_true_and_closed_is_never_true_whatever_else_there_is(text):
    condition = parse(text)
    found = condition.settled(Ref("name"), NAMES)
    for place, name in enumerate([*NAMES, None]):
        told = {
            condition.test(row({"name": name, "nth": nth, "channel": channel}))
            for nth, channel in itertools.product((1, 2, None), ("Email", "Followed", None))
        }
        if found.sure[place]:
            assert told == {True}
        elif not found.open[place]:
            assert told == {False}


def test_what_only_asks_for_names_is_settled_for_all_of_them():
    found = parse("name like '%ed' and name <> 'Followed'").settled(Ref("name"), NAMES)
    assert not found.open.any()
    assert found.sure.tolist() == [True, True, False, False]


def test_nothing_is_settled_by_a_column_that_is_not_read():
    found = parse("channel = 'Email'").settled(Ref("name"), NAMES)
    assert np.array_equal(found.open, np.ones(4, bool))
