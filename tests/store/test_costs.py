"""Costs: exports come again, are corrected, overlap and contradict; no money is lost or doubled."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.errors import ImportFailed, UnknownName
from sojourn.store import costs


def export(*rows):
    """Rows of (day of January, channel, campaign, amount[, currency])."""
    full = [(*row, "EUR")[:5] for row in rows]
    return pa.table(
        {
            "day": pa.array([date(2026, 1, row[0]) for row in full], pa.date32()),
            "channel": pa.array([row[1] for row in full], pa.string()),
            "campaign": pa.array([row[2] for row in full], pa.string()),
            "amount": pa.array([Decimal(row[3]) for row in full], pa.decimal128(18, 4)),
            "currency": pa.array([row[4] for row in full], pa.string()),
        }
    )


def known(root):
    names = ("channel", "campaign", "currency", "source")
    return {
        (row["day"].day, *(row[name] for name in names)): row["amount"]
        for row in costs.read(root).to_pylist()
    }


def test_no_costs_are_an_empty_table(tmp_path):
    assert costs.read(tmp_path).schema == costs.SCHEMA
    assert len(costs.read(tmp_path)) == 0


def test_rows_of_one_day_and_campaign_are_added_up(tmp_path):
    report = costs.append(
        tmp_path, export((1, "Paid Search", "brand", "10.5"), (1, "Paid Search", "brand", "0.0001"))
    )
    assert known(tmp_path) == {(1, "Paid Search", "brand", "EUR", "file"): Decimal("10.5001")}
    assert (report.rows, report.added) == (2, 1)
    assert report.amounts == "10.50 EUR"


def test_the_same_export_again_adds_nothing_and_writes_nothing(tmp_path):
    rows = export((1, "Paid Search", None, "3"), (2, None, None, "4", None))
    costs.append(tmp_path, rows)
    before = costs.read(tmp_path)
    report = costs.append(tmp_path, rows)
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 0, 0, 2)
    assert costs.read(tmp_path).equals(before)


def test_a_corrected_export_replaces_its_days_and_no_others(tmp_path):
    costs.append(
        tmp_path,
        export(
            (1, "Paid Search", "a", "1"),
            (1, "Paid Search", "b", "2"),
            (1, "Display", "a", "5"),
            (2, "Paid Search", "a", "3"),
        ),
    )
    report = costs.append(tmp_path, export((1, "Paid Search", "a", "7")))
    assert (report.changed, report.removed, report.added) == (1, 1, 0)
    assert known(tmp_path) == {
        (1, "Paid Search", "a", "EUR", "file"): 7,
        (1, "Display", "a", "EUR", "file"): 5,
        (2, "Paid Search", "a", "EUR", "file"): 3,
    }


def test_rows_that_stay_keep_the_import_that_brought_them(tmp_path):
    first = costs.append(tmp_path, export((1, "Display", "a", "1"), (1, "Display", "b", "1")))
    second = costs.append(tmp_path, export((1, "Display", "a", "1"), (1, "Display", "b", "2")))
    ids = {row["campaign"]: row["import_id"] for row in costs.read(tmp_path).to_pylist()}
    assert ids == {"a": first.import_id, "b": second.import_id}


def test_sources_do_not_replace_each_other(tmp_path):
    costs.append(tmp_path, export((1, "Paid Search", "brand", "1")), "google")
    costs.append(tmp_path, export((1, "Paid Search", "brand", "2")), "bing")
    assert sorted(known(tmp_path).values()) == [1, 2]


def test_a_currency_named_later_replaces_the_rows_without_one(tmp_path):
    costs.append(tmp_path, export((1, "Display", "a", "5", None)))
    costs.append(tmp_path, export((1, "Display", "a", "5", "SEK")))
    assert known(tmp_path) == {(1, "Display", "a", "SEK", "file"): 5}


def test_another_accounts_export_is_refused_until_it_is_named(tmp_path):
    costs.append(tmp_path, export((1, "Paid Search", "shoes", "10")))
    other = export((1, "Paid Search", "hats", "20"))
    with pytest.raises(ImportFailed, match="'shoes', and of no campaign of this file") as caught:
        costs.append(tmp_path, other)
    assert "--source" in caught.value.hint
    assert "--replace" in caught.value.hint
    assert list(known(tmp_path).values()) == [10]
    costs.append(tmp_path, other, "second account")
    assert sorted(known(tmp_path).values()) == [10, 20]
    costs.append(tmp_path, other, instead=True)
    assert sorted(key[2] for key in known(tmp_path)) == ["hats", "hats"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": pa.array([None], pa.float64())}, "Row 1 of the costs has no amount"),
        ({"amount": pa.array([float("nan")])}, "cannot be read"),
        ({"amount": pa.array([1e15])}, "cannot be read"),
        ({"day": pa.array([None], pa.date32())}, "has no day"),
        ({"day": pa.array(["soon"])}, "cannot be read"),
        ({"campaign": None}, "missing: campaign"),
    ],
)
def test_costs_without_a_day_or_a_sensible_amount_are_refused(tmp_path, change, message):
    rows = export((1, "Display", "a", "5"))
    for name, values in change.items():
        rows = rows.drop_columns(name)
        rows = rows if values is None else rows.append_column(name, values)
    with pytest.raises(ImportFailed, match=message):
        costs.append(tmp_path, rows)
    assert len(costs.read(tmp_path)) == 0


def test_sums_that_no_column_holds_are_refused(tmp_path):
    most = "99999999999999"
    with pytest.raises(ImportFailed, match="too large"):
        costs.append(tmp_path, export((1, "Display", "a", most), (1, "Display", "a", most)))


def test_a_source_can_be_taken_out_again(tmp_path):
    costs.append(tmp_path, export((1, "Display", "a", "5")), "wrong")
    costs.append(tmp_path, export((1, "Display", "a", "6")), "right")
    assert costs.remove(tmp_path, "wrong") == 1
    assert list(known(tmp_path).values()) == [6]
    with pytest.raises(UnknownName, match="wrong") as caught:
        costs.remove(tmp_path, "wrong")
    assert "right" in caught.value.hint


def test_the_report_says_what_was_done(tmp_path):
    costs.append(tmp_path, export((1, "Display", "a", "1200"), (2, "Display", "a", "5", None)))
    report = costs.append(tmp_path, export((1, "Display", "a", "1300"), (3, "Display", "a", "5")))
    text = str(report)
    assert "2 rows of costs of 2026-01-01 to 2026-01-03, source file: 1,305.00 EUR" in text
    assert "1 added, 1 changed, 0 as they were, 0 no longer there" in text


rows_of_exports = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["A", "B", None]),
        st.sampled_from(["x", "y", None]),
        st.sampled_from(["-1", "0", "2.5"]),
        st.sampled_from(["EUR", None]),
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(rows_of_exports, st.sampled_from(["s", "t"])), max_size=3))
def test_the_table_is_what_the_last_export_of_each_day_said(tmp_path_factory, exports):
    root = tmp_path_factory.mktemp("costs")
    expected = {}
    for rows, source in exports:
        costs.append(root, export(*rows), source, instead=True)
        said = {(day, channel) for day, channel, *_ in rows}
        expected = {
            key: amount
            for key, amount in expected.items()
            if key[4] != source or (key[0], key[1]) not in said
        }
        for day, channel, campaign, amount, currency in rows:
            key = (day, channel, campaign, currency, source)
            expected[key] = expected.get(key, 0) + Decimal(amount)
    assert known(root) == expected
