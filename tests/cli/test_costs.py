"""`sojourn costs` on the command line."""

import json

import pytest

COSTS = """\
date,channel,campaign,spend,currency
2026-01-05,display,spring,10.00,EUR
2026-01-06,Email,,2.50,EUR
2026-02-01,Email,,1.00,EUR
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text(COSTS)
    return path


def listed(sojourn, shop, *options):
    answer = sojourn("-w", shop, "costs", "list", *options, "--format", "json")
    assert answer.code == 0, answer.err
    return json.loads(answer.out)["rows"]


def test_costs_come_in_once_however_often_they_are_imported(sojourn, shop, file):
    first = sojourn("-w", shop, "costs", "import", file)
    assert "3 added" in first.out
    again = sojourn("-w", shop, "costs", "import", file)
    assert "0 added, 0 changed, 3 as they were" in again.out
    assert [(r["period"], r["channel"], r["amount"]) for r in listed(sojourn, shop)] == [
        ("2026-01", "Display", 10.0),
        ("2026-01", "Email", 2.5),
        ("2026-02", "Email", 1.0),
    ]
    assert len(listed(sojourn, shop, "--every", "day", "--source", "other")) == 0
    assert [r["amount"] for r in listed(sojourn, shop, "--every", "all")] == [10.0, 3.5]


def test_a_dry_run_shows_the_rows_and_writes_nothing(sojourn, shop, file):
    answer = sojourn("-w", shop, "costs", "import", file, "--dry-run")
    assert "2026-01-05  Display" in answer.out
    assert "amount <- spend" in answer.out
    assert listed(sojourn, shop) == []


def test_constants_fill_every_line_and_a_source_can_be_taken_out(sojourn, shop, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("day,cost\n2026-01-05,7\n")
    answer = sojourn(
        "-w", shop, "costs", "import", path, "--channel", "=Paid Search", "--currency", "=SEK",
        "--source", "bing",
    )  # fmt: skip
    assert "source bing: 7.00 SEK" in answer.out
    assert [r["channel"] for r in listed(sojourn, shop)] == ["Paid Search"]
    assert "1 rows of costs removed" in sojourn("-w", shop, "costs", "remove", "bing").out
    assert listed(sojourn, shop) == []


def test_a_file_that_cannot_be_read_is_a_users_error(sojourn, shop, tmp_path):
    missing = sojourn("-w", shop, "costs", "import", tmp_path / "no.csv")
    assert (missing.code, "There is no file" in missing.err) == (1, True)
    unknown = sojourn("-w", shop, "costs", "remove", "bing")
    assert (unknown.code, "no costs of source 'bing'" in unknown.err) == (1, True)


def test_attribution_sets_costs_against_conversions_and_the_doctor_adds_them_up(
    sojourn, shop, file
):
    sojourn("-w", shop, "costs", "import", file)
    answer = sojourn("-w", shop, "attribution", "--model", "linear", "--format", "json")
    said = json.loads(answer.out)
    display = next(row for row in said["rows"] if row["credit"] == "Display")
    assert (display["cost"], display["return"]) == (10.0, pytest.approx(0.41667, abs=1e-4))
    assert said["notes"]["costs_not_shown"] == "1.00 EUR"
    monthly = sojourn("-w", shop, "attribution", "--every", "month", "--format", "json")
    assert {row["period"] for row in json.loads(monthly.out)["rows"]} == {"2026-01"}
    checks = json.loads(sojourn("-w", shop, "doctor", "--format", "json").out)["rows"]
    mine = {
        row["check"]: row for row in checks if "costs" in row["check"] or "orders" in row["check"]
    }
    assert len(mine) == 2
    assert all(row["holds"] for row in mine.values())
    assert (
        mine["costs shown + not shown = costs recorded (in ten-thousandths)"]["one_side"] == 135_000
    )


def test_a_question_has_periods_or_blocks_and_ready_paths_have_neither(sojourn, shop, tmp_path):
    both = sojourn("-w", shop, "attribution", "--every", "month", "--by", "device")
    assert (both.code, "not by both" in both.err) == (1, True)
    path = tmp_path / "paths.csv"
    path.write_text("path,conversions\nA > B,1\n")
    ready = sojourn("attribution", "--paths", path, "--every", "month")
    assert (ready.code, "--paths has no every" in ready.err) == (2, True)
