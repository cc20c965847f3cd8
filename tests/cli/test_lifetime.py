"""`sojourn lifetime`, called as a user calls it."""

import json

import pytest

SUMMARY = "frequency,recency,T\n" + "2,3,9\n0,0,9\n1,4,8\n" * 10


@pytest.fixture
def regulars(tmp_path, sojourn):
    rows = [
        f"p{i},2026-01-{1 + i % 7 + k * (3 + i % 3):02}T10:00:00Z,Order Completed,{5 + i % 9}"
        for i in range(40)
        for k in range(1 + i % 4)
    ]
    (tmp_path / "orders.csv").write_text("user_id,ts,name,value\n" + "\n".join(rows) + "\n")
    assert sojourn("-w", tmp_path / "w", "import", tmp_path / "orders.csv").code == 0
    return tmp_path / "w"


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_lifetime_answers_for_everybody_who_bought(sojourn, regulars):
    said = told(sojourn("-w", regulars, "lifetime", "--unit", "day", "--format", "json"))
    assert len(said["rows"]) == 40
    assert [column["name"] for column in said["columns"]][:5] == [
        "person", "orders", "frequency", "recency", "T",
    ]  # fmt: skip
    assert {"r", "alpha", "a", "b", "log_likelihood", "p", "q", "gamma"} <= set(said["notes"])
    held = told(sojourn("-w", regulars, "lifetime", "--holdout", "5 days", "--format", "json"))
    assert [c["name"] for c in held["columns"]] == [
        "frequency", "people", "expected_orders", "orders",
    ]  # fmt: skip


def test_a_ready_summary_needs_no_workspace(sojourn, tmp_path):
    (tmp_path / "s.csv").write_text(SUMMARY)
    said = told(
        sojourn(
            "-w",
            tmp_path / "no",
            "lifetime",
            "--summary",
            tmp_path / "s.csv",
            "--horizon",
            "4",
            "--format",
            "json",
        )
    )
    assert len(said["rows"]) == 30
    assert said["notes"]["horizon"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--unit", "year"], 2, "year"),
        (["--horizon", "soon"], 1, "soon"),
        (["--summary", "no.csv"], 1, "cannot be read"),
        (["--summary", "no.csv", "--from", "2026-01-01"], 2, "--summary has no start"),
        (["--people", "total_orders > 99"], 1, "too few data"),
    ],
)
def test_what_cannot_be_asked_is_a_paragraph(sojourn, regulars, arguments, code, said):
    answer = sojourn("-w", regulars, "lifetime", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
