"""Exports that somebody changed: columns moved, added, renamed, gone, or in another language."""

import csv
import io

import pytest

from sojourn.errors import RecipeError, SojournError
from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes import shelf
from sojourn.store.recipes.choosing import How, choose
from support.samples import SAMPLES, bring, expected, money_of

SAID = {"columns": {"ts": "=2026-03-31"}}
SPECIAL = {"google-ads.csv", "matomo-visits.csv"}
"""One has lines of title above its header, the other is UTF-16: neither is written anew here."""

CSV = sorted(name for name in expected() if name.endswith(".csv") and name not in SPECIAL)


ONLY = {"mailchimp-opens.csv", "mailchimp-clicks.csv"}
"""So few and plain columns that only files without any others are recognised."""


def table(name):
    """A sample's header and rows."""
    text = (SAMPLES / name).read_text(encoding="utf-8-sig")
    delimiter = ";" if name == "customers.csv" else ","
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return header, rows


def written(path, header, rows, *, delimiter=",", end="\n", encoding="utf-8"):
    """The rows as a file of another kind."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def said_for(name):
    return SAID if "search-console-" in name and "dates" not in name else {}


def counts_of(report):
    return (dict(report.names), report.rejected, [dict(part.counts) for part in report.parts])


@pytest.mark.parametrize("name", CSV)
def test_order_case_more_columns_and_the_way_of_writing_change_nothing(name, brought, tmp_path):
    header, rows = table(name)
    names = [f" {column.upper()} " for column in reversed(header)]
    turned = [[*reversed(row)] for row in rows]
    if name not in ONLY:
        names, turned = ["Mine", *names, "Übrig"], [["x", *row, "ü"] for row in turned]
    path = written(tmp_path / name, names, turned, delimiter="\t", end="\r\n", encoding="utf-16")
    report = bring(Log(tmp_path / "log"), path, **said_for(name))
    assert report.recipe == expected()[name]["preset"]
    assert counts_of(report) == counts_of(brought(name, **said_for(name)).report)


def asked_for(name):
    """The columns that a preset's files are known by, as a sample has them."""
    found = shelf.recipe_named(SAMPLES, expected()[name]["preset"]).recognise
    header, _ = table(name)
    known = {column.strip().lower() for names in found.columns for column in names}
    return [column for column in header if column.strip().lower() in known]


@pytest.mark.parametrize("name", CSV)
def test_without_one_of_its_columns_a_file_is_not_taken_for_what_it_was(name, tmp_path):
    header, rows = table(name)
    preset = expected()[name]["preset"]
    for gone in asked_for(name):
        at = header.index(gone)
        kept = [[*row[:at], *row[at + 1 :]] for row in [header, *rows]]
        path = written(tmp_path / f"{at}.csv", kept[0], kept[1:])
        chosen = choose(tmp_path, path, ImportOptions(), How())
        assert chosen.recipe is None or chosen.recipe.id != preset, gone


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("shopify-orders.csv", "Created at"),
        ("stripe-subscriptions.csv", "Trial Start (UTC)"),
        ("calendly.csv", "Event Type Name"),
        ("hubspot-deals.csv", "Close Date"),
        ("search-console-dates.csv", "Impressions"),
    ],
)
def test_a_preset_that_is_asked_for_says_which_column_it_misses(name, column, tmp_path):
    header, rows = table(name)
    renamed = ["Something else" if each == column else each for each in header]
    path = written(tmp_path / name, renamed, rows)
    with pytest.raises(RecipeError) as caught:
        bring(Log(tmp_path / "log"), path, How(preset=expected()[name]["preset"]))
    assert f"has no column {column!r}" in str(caught.value)


def test_a_near_miss_is_told_with_the_column_that_is_missing(tmp_path):
    header, rows = table("shopify-orders.csv")
    header[header.index("Total")] = "Gesamt"
    with pytest.raises(SojournError, match="looks like shopify-orders, but has no column 'Total'"):
        bring(Log(tmp_path / "log"), written(tmp_path / "o.csv", header, rows))


@pytest.mark.parametrize(
    ("columns", "preset", "language"),
    [
        (
            "Häufigste Suchanfragen;Klicks;Impressionen;Klickrate;Position",
            "search-console",
            "German",
        ),
        ("Pages les plus populaires;Clics;Impressions;CTR;Position", "search-console", "French"),
        ("Tag;Kampagne;Währungscode;Kosten", "google-ads", "German"),
        ("Día;Campaña;Código de moneda;Coste", "google-ads", "Spanish"),
        ("Nom de la campagne;Montant dépensé (EUR);Jour", "meta-ads", "French"),
        ("Datensatz-ID;Vorname;Nachname;E-Mail", "hubspot-contacts", "German"),
    ],
)
def test_a_file_in_another_language_is_told_which_names_are_expected(
    columns, preset, language, tmp_path
):
    path = tmp_path / "foreign.csv"
    row = ";".join("x" for _ in columns.split(";"))
    path.write_text(f"{columns}\n{row}\n", encoding="utf-8")
    with pytest.raises(
        RecipeError, match=f"{preset}.* in {language}. Its columns should be called"
    ) as caught:
        bring(Log(tmp_path / "log"), path)
    assert "to English" in str(caught.value)


def test_two_presets_never_fit_one_sample_equally(tmp_path):
    for name in expected():
        choose(tmp_path, SAMPLES / name, ImportOptions(), How())


@pytest.mark.parametrize("name", ["shopify-orders.csv", "stripe-payments.csv", "ga4.jsonl"])
def test_a_file_cut_off_in_the_middle_loses_its_end_only(name, tmp_path):
    data = (SAMPLES / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: len(data) * 2 // 3])
    report = bring(Log(tmp_path / "log"), path)
    assert report.recipe == expected()[name]["preset"]
    assert 0 < report.touchpoints < sum(expected()[name]["names"].values())
    (part,) = report.parts
    assert part.rows == sum(part.counts.values())


def test_times_and_amounts_that_make_no_sense_are_rejected_with_the_whole_row(tmp_path):
    header, rows = table("stripe-payments.csv")
    created, amount = header.index("Created date (UTC)"), header.index("Amount")
    rows[0][created], rows[2][amount] = "yesterday", "a lot"
    log = Log(tmp_path / "log")
    report = bring(log, written(tmp_path / "p.csv", header, rows))
    assert report.rejected == 2
    assert dict(report.names) == {
        "Order Completed": 2,
        "Subscription Renewed": 2,
        "Order Refunded": 1,
    }


def test_a_refund_that_comes_with_a_later_export_is_added_and_nothing_twice(tmp_path):
    header, rows = table("shopify-orders.csv")
    log = Log(tmp_path / "log")
    bring(log, written(tmp_path / "march.csv", header, rows))
    order = next(row for row in rows if row[0] == "#1002")
    order[header.index("Financial Status")] = "refunded"
    order[header.index("Refunded Amount")] = "12.00"
    order[header.index("Tags")] = "changed"
    report = bring(log, written(tmp_path / "april.csv", header, rows))
    assert dict(report.names) == {"Order Refunded": 1}
    assert report.duplicates == 15


def test_money_is_the_same_whatever_the_kind_of_file(brought, tmp_path):
    header, rows = table("woocommerce-orders.csv")
    log = Log(tmp_path / "log")
    bring(log, written(tmp_path / "o.csv", header, rows, delimiter=";"))
    found = type(brought("woocommerce-orders.csv"))(log, None)
    assert money_of(found.rows()) == expected()["woocommerce-orders.csv"]["money"]


@pytest.mark.parametrize(
    "text",
    [
        "cookie,date,channel,cost,interaction\nc1,2026-01-02,Email,0.5,click\n",
        "customer_id,email,order_date,total\n1,a@x.com,2026-01-02,5\n",
        "customer_id,email,timestamp,action\n1,a@x.com,2026-01-02,login\n",
        "Timestamp,IP,Email,Event\n2026-01-02,203.0.113.1,a@x.com,login\n",
        "date,campaign,channel,cost,user_id\n2026-01-02,spring,Email,1,7\n",
    ],
)
def test_what_people_did_is_not_taken_for_costs_or_a_list_or_openings(text, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    assert choose(tmp_path, path, ImportOptions(), How()).recipe is None
