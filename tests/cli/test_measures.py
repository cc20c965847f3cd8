"""The questions on the command line: their columns, filters, formats and errors."""

import csv
import io
import json
from datetime import datetime

import pytest

STAGES = [
    "stage", "name", "reached", "people", "seen", "entered", "passed_over", "moved_on", "restarted",
    "lapsed", "here", "stalled", "conversion", "moved_90d", "days_to_move",
]  # fmt: skip


def told(answer):
    """The rows of a JSON answer; nothing else may stand on standard output."""
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    assert set(said) == {"columns", "rows", "notes"}
    assert all(set(column) == {"name", "type", "unit"} for column in said["columns"])
    assert all(list(row) == [c["name"] for c in said["columns"]] for row in said["rows"])
    return said


def test_stages_have_exactly_their_columns_and_count_the_small_file(sojourn, shop):
    said = told(sojourn("-w", shop, "stages", "--format", "json"))
    assert [column["name"] for column in said["columns"]] == STAGES
    found = {row["stage"]: (row["reached"], row["here"]) for row in said["rows"]}
    assert found["know"] == (3, 1)
    assert found["like"] == (2, 0)
    assert found["try"] == (2, 1)
    assert found["buy"] == (1, 1)
    assert said["notes"]["as_of"] == "2026-01-09T12:00:00.000000Z"
    assert said["notes"]["clock"] == "recorded"
    assert said["notes"]["people"] == 3


def test_sojourns_have_exactly_their_columns(sojourn, shop):
    said = told(sojourn("-w", shop, "sojourns", "--format", "json"))
    assert [column["name"] for column in said["columns"]] == [
        "person", "cycle", "stage", "entered_at", "entered_by", "left_at", "next_stage", "skipped",
        "touches", "outcome",
    ]  # fmt: skip
    mine = [row for row in said["rows"] if row["person"] == "00a"]
    assert [(r["stage"], r["skipped"], r["touches"], r["outcome"]) for r in mine] == [
        ("know", 0, 2, "moved"), ("like", 0, 1, "moved"), ("buy", 2, 1, "open"),
    ]  # fmt: skip
    assert mine[0]["entered_at"] == "2026-01-05T10:00:00.000000Z"
    assert datetime.fromisoformat(mine[0]["left_at"])
    assert mine[-1]["left_at"] is None


def test_moves_and_flow_have_exactly_their_columns(sojourn, shop):
    moves = told(sojourn("-w", shop, "moves", "--format", "json"))
    assert [c["name"] for c in moves["columns"]] == [
        "from_stage", "to_stage", "kind", "count", "people", "median_of_completed_days",
    ]  # fmt: skip
    flow = told(sojourn("-w", shop, "flow", "--format", "json"))
    assert [c["name"] for c in flow["columns"]] == ["from", "to", "count", "people"]
    assert sum(row["count"] for row in flow["rows"] if row["from"] == "(start)") == 3
    paths = told(sojourn("-w", shop, "flow", "--paths", "--format", "json"))
    assert [c["name"] for c in paths["columns"]] == ["path", "count", "share"]
    assert "Page Viewed > Trial Started" in [row["path"] for row in paths["rows"]]


def test_csv_has_a_header_and_the_same_rows(sojourn, shop):
    answer = sojourn("-w", shop, "stages", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert list(rows[0]) == STAGES
    assert rows[0]["reached"] == "3"


def test_a_table_to_read_has_its_notes_beneath(sojourn, shop):
    answer = sojourn("-w", shop, "stages")
    assert "as of: 2026-01-09T12:00:00.000000Z" in answer.out
    assert "Newsletter" not in answer.err


def test_as_of_is_an_inclusive_instant_and_a_bare_date_is_midnight(sojourn, shop):
    def people(moment):
        said = told(sojourn("-w", shop, "stages", "--as-of", moment, "--format", "json"))
        return said["rows"][0]["people"]

    assert people("2026-01-05T10:00:00Z") == 1
    assert people("2026-01-05T09:59:59Z") == 0
    assert people("2026-01-05") == 0
    assert people("2026-01-08") == 2


def test_filters_choose_people_cycles_and_periods(sojourn, shop):
    def people(*filters):
        return told(sojourn("-w", shop, "stages", *filters, "--format", "json"))["rows"][0][
            "people"
        ]

    assert people("--people", "total_orders >= 1") == 1
    assert people("--people", "first_channel = 'Organic Search'") == 1
    assert people("--where", "channel = 'Email'") == 2
    assert people("--from", "2026-01-07") == 2
    assert people("--to", "2026-01-07") == 1
    assert people("--from", "2026-01-07", "--to", "2026-01-09") == 1


def test_by_puts_the_blocks_column_first_and_adds_up(sojourn, shop):
    said = told(sojourn("-w", shop, "stages", "--by", "channel", "--format", "json"))
    assert [c["name"] for c in said["columns"]] == ["channel", *STAGES]
    know = [row for row in said["rows"] if row["stage"] == "know"]
    assert {row["channel"]: row["reached"] for row in know} == {
        "Display": 1, "Organic Search": 1, "Email": 1,
    }  # fmt: skip


def test_every_model_reads_the_same_log(sojourn, shop):
    for model in ("social", "hourglass", "sales", "experience", "circle"):
        said = told(sojourn("-w", shop, "stages", "--journey", model, "--format", "json"))
        assert said["notes"]["journey"] == model
        assert max(row["reached"] for row in said["rows"]) == 3


def test_a_model_may_be_a_file(sojourn, shop, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\nstages:\n"
        "  - {id: look, evidence: \"name = 'Page Viewed'\"}\n"
        "  - {id: buy, evidence: \"name = 'Order Completed'\", neck: true}\n"
    )
    said = told(sojourn("-w", shop, "stages", "--journey", path, "--format", "json"))
    assert [row["reached"] for row in said["rows"]] == [3, 1]


def test_the_workspace_may_come_from_the_environment(sojourn, shop, monkeypatch):
    monkeypatch.setenv("SOJOURN_WORKSPACE", str(shop))
    assert sojourn("stages").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["stages", "--journey", "hourglas"], 1, "Did you mean 'hourglass'?"),
        (["stages", "--as-of", "soon"], 1, "found 'soon'"),
        (["stages", "--people", "stages = 'buy'"], 1, "stage"),
        (["stages", "--where", "stage = 'buy'"], 1, "where"),
        (["stages", "--by", "chanel"], 1, "Did you mean 'channel'?"),
        (["stages", "--by", "persona"], 1, "no personas"),
        (["stages", "--from", "2026-02-01", "--to", "2026-01-01"], 1, "The period is empty"),
        (["flow", "--of", "value"], 1, "cannot be told apart"),
        (["flow", "--top", "0"], 2, "--top"),
        (["stages", "--frm", "x"], 2, "--from"),
        (["stagse"], 2, "stagse"),
        (["stages", "--format", "xml"], 2, "xml"),
    ],
)
def test_an_error_is_a_paragraph_with_what_to_do_and_never_a_traceback(
    sojourn, shop, arguments, code, said
):
    answer = sojourn("-w", shop, *arguments)
    assert answer.code == code
    assert answer.out == ""
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_reader_without_a_workspace_says_how_to_make_one(sojourn, tmp_path):
    answer = sojourn("-w", tmp_path / "none", "stages")
    assert answer.code == 1
    assert "sojourn import FILE" in answer.err
    assert not (tmp_path / "none").exists()
