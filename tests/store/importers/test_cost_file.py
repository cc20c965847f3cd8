"""Files of costs as people export them: columns, days and amounts found out, nothing missing."""

from datetime import date, datetime
from decimal import Decimal

import pandas
import pyarrow as pa
import pytest

from sojourn.errors import AmbiguousTime, ImportFailed
from sojourn.store import costs
from sojourn.store.importers.cost_file import CostOptions, add_costs, read_costs

PLAIN = "day,channel,campaign,amount,currency\n2026-01-01,Display,spring,12.50,eur\n"


def rows(path, text, *, encoding="utf-8", **options):
    path.write_text(text, encoding=encoding, newline="")
    return read_costs(path, CostOptions(**options)).rows.to_pylist()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "export.csv"


def test_a_plain_file_is_read_as_it_stands(file):
    assert rows(file, PLAIN) == [
        {
            "day": date(2026, 1, 1),
            "channel": "Display",
            "campaign": "spring",
            "amount": Decimal("12.5000"),
            "currency": "EUR",
        }
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Date,Channel,Campaign name,Amount spent,Account currency",
        "datum,kanal,kampanj,kostnad,valuta",
        "DAY,Marketing Channel,utm_campaign,Ad Spend,Currency code",
    ],
)
def test_columns_are_known_by_many_names(file, header):
    assert rows(file, PLAIN.replace("day,channel,campaign,amount,currency", header)) == rows(
        file, PLAIN
    )


def test_a_spreadsheets_export_in_utf16_with_decimal_commas_and_totals_is_read(file):
    text = (
        "Day\tCampaign\tChannel\tCost (SEK)\n"
        "13.01.2026\tBrand Å\tpaid search\t1.234,50\n"
        "14.01.2026\tBrand Å\tpaid search\t --\n"
        "Total: account\t\t\t1.234,50\n"
    )
    found = rows(file, text, encoding="utf-16")
    assert [(r["day"].day, r["channel"], r["campaign"], r["amount"]) for r in found] == [
        (13, "Paid Search", "Brand Å", Decimal("1234.50")),
        (14, "Paid Search", "Brand Å", Decimal(0)),
    ]
    assert {r["currency"] for r in found} == {"SEK"}
    assert "1 lines of totals are left out." in read_costs(file).remarks


def test_the_channel_is_told_from_source_and_medium(file):
    text = "date,source,medium,spend\n2026-01-01,google,cpc,5\n2026-01-01,facebook,paid,6\n"
    assert [r["channel"] for r in rows(file, text)] == ["Paid Search", "Paid Social"]


def test_columns_and_constants_can_be_said(file):
    text = "when,what,much,cost\n2026-01-01,spring,7,99\n"
    found = rows(
        file,
        text,
        columns={"day": "when", "campaign": "WHAT", "amount": "much", "channel": "=Display"},
    )
    assert [(r["channel"], r["campaign"], r["amount"]) for r in found] == [("Display", "spring", 7)]


def test_what_is_not_named_stays_unnamed_and_is_said(file):
    found = read_costs_text(file, "day,amount\n2026-01-01,5\n")
    assert found.rows.to_pylist()[0] | {"day": 0, "amount": 0} == {
        "day": 0,
        "channel": None,
        "campaign": None,
        "amount": 0,
        "currency": None,
    }
    assert len(found.remarks) == 2


def read_costs_text(path, text):
    path.write_text(text, encoding="utf-8")
    return read_costs(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("day,amount\n2026-01-01,5\n2026-01-02,five\n", ["row 2", "'five'", "an amount"]),
        ("day,amount\n2026-01-01,5\n2026-02-30,5\n", ["row 2", "'2026-02-30'", "a day"]),
        ("day,amount\n2026-01-01,5\n,5\n", ["row 2", "a day"]),
        ("day,amount\n2026-01-01,5\n2026-01-02,5,6\n", ["row 2", "3 fields"]),
        ("day,amount\n2026-01-01,1e99\n", ["row 1", "'1e99'"]),
        ("day,amount\n2026-01-01,nan\n", ["row 1", "'nan'"]),
        ("day,clicks\n2026-01-01,5\n", ["how much was spent", "day, clicks"]),
        ("amount,clicks\n5,5\n", ["which day", "amount, clicks"]),
        ("day,amount\n", ["no rows"]),
        ("", ["empty"]),
    ],
)
def test_what_cannot_be_read_stops_the_file_with_its_place(file, text, words):
    with pytest.raises(ImportFailed) as caught:
        read_costs_text(file, text)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_days_that_can_be_read_two_ways_are_asked_about(file):
    with pytest.raises(AmbiguousTime, match="day or the month first"):
        rows(file, "day,amount\n01/02/2026,5\n")
    found = rows(file, "day,amount\n01/02/2026,5\n", time_format="day-first")
    assert found[0]["day"] == date(2026, 2, 1)


def test_a_column_that_is_not_there_is_told_with_the_nearest(file):
    with pytest.raises(ImportFailed, match="no column 'spendd'") as caught:
        rows(file, "day,spend\n2026-01-01,5\n", columns={"amount": "spendd"})
    assert "'spend'" in caught.value.hint


def test_a_column_of_ours_that_does_not_exist_is_told(file):
    with pytest.raises(ImportFailed, match="no column 'ammount'") as caught:
        rows(file, PLAIN, columns={"ammount": "amount"})
    assert "'amount'" in caught.value.hint


def test_negative_amounts_are_credits_and_stay(file):
    assert rows(file, "day,amount\n2026-01-01,(3.50)\n")[0]["amount"] == Decimal("-3.5")


@pytest.mark.parametrize("made", [pa.table, pandas.DataFrame])
def test_a_frame_is_as_good_as_a_file(made):
    frame = made(
        {
            "date": [datetime(2026, 1, 1, 15), datetime(2026, 1, 2)],
            "channel": ["email", "SMS"],
            "cost": [0.1, 2.0],
        }
    )
    found = read_costs(frame).rows.to_pylist()
    assert [(r["day"].day, r["channel"], r["amount"]) for r in found] == [
        (1, "Email", Decimal("0.1")),
        (2, "SMS", Decimal(2)),
    ]


def test_a_file_again_adds_nothing_and_says_so(tmp_path, file):
    file.write_text(PLAIN, encoding="utf-8")
    assert add_costs(tmp_path, file, None, "file").added == 1
    assert "0 added, 0 changed, 1 as they were" in str(add_costs(tmp_path, file, None, "file"))
    assert len(costs.read(tmp_path)) == 1


def test_blank_lines_say_nothing(file):
    assert len(rows(file, PLAIN + ",,,,\n\n")) == 1
