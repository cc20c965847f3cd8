"""`sojourn friction` on the command line and in Python, and the examples of its guide."""

import json
import re
from pathlib import Path

import pytest

import sojourn as sj
from sojourn.demo.shop import SETTINGS, simulate
from sojourn.measure.friction.detectors import DETECTORS
from sojourn.measure.friction.question import COLUMNS

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "friction.md"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The demo's simulated shop, as `sojourn demo` makes it."""
    folder = tmp_path_factory.mktemp("friction") / "shop"
    workspace = sj.open(folder)
    told = simulate()
    workspace.configure(zone=SETTINGS["zone"], personas=told.personas, simulated=True)
    workspace.add(told.touchpoints)
    workspace.add_traits(told.traits)
    return folder


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_the_command_and_python_tell_the_same(sojourn, place):
    said = told(sojourn("-w", place, "friction", "--format", "json"))
    assert [c["name"] for c in said["columns"]] == [c.name for c in COLUMNS]
    assert said == sj.open(place).journey().friction().to_json()


def test_sentences_come_first_and_every_one_is_in_the_guide(sojourn, place):
    answer = sojourn("-w", place, "friction")
    assert answer.code == 0, answer.err
    printed = " ".join(answer.out.split())
    rows = sj.open(place).journey().friction().rows
    guide = " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert len(rows) >= 4
    for row in rows:
        assert f"{row['rank']}. {row['text']}" in printed
        assert row["text"] in guide


def test_the_guide_names_every_kind(place):
    guide = GUIDE.read_text(encoding="utf-8").partition("## The columns")[0]
    listed = re.findall(r"^\| `([a-z ]+)` \|", guide, flags=re.MULTILINE)
    assert listed == [detector.id for detector in DETECTORS]
    assert place.exists()


def test_every_option_reaches_the_measure(sojourn, place):
    def rows(*options):
        return told(sojourn("-w", place, "friction", "--format", "json", *options))["rows"]

    whole = rows()
    assert rows("--top", "1") == whole[:1]
    assert rows("--people", "total_orders > 1000") == []
    assert {r["kind"] for r in rows("--only", "name = 'Guide Requested'")} == {"silent"}
    assert all((r["since"] or "") < "2025-05" for r in rows("--as-of", "2025-05-01"))
    assert rows("--to", "2024-08-01") != whole
    assert {r["device"] for r in rows("--by", "device")} <= {
        "phone", "computer", "tablet", "in person", "(none)",
    }  # fmt: skip
    said = told(sojourn("-w", place, "friction", "--heard-within", "1 hour", "--format", "json"))
    assert "within 1 hour" in " ".join(said["notes"]["remarks"])
    answer = sojourn("-w", place, "friction", "--heard-within", "soon")
    assert answer.code == 1
    assert "heard within" in answer.err


@pytest.mark.parametrize("command", [("friction",), ("picture", "friction")])
def test_it_is_drawn_into_a_file(sojourn, place, tmp_path, command):
    picture = tmp_path / "friction.svg"
    assert sojourn("-w", place, *command, "-o", picture).code == 0
    assert "Where people are lost" in picture.read_text(encoding="utf-8")


def test_a_demo_without_stories_can_be_asked_for(sojourn, tmp_path):
    folder = tmp_path / "demo"
    answer = sojourn("demo", folder, "--data", "shop", "--people", "50", "--stories", "none")
    assert answer.code == 0, answer.err
    truth = json.loads((folder / "shop" / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert truth["stories"] == {}
    wrong = sojourn("demo", tmp_path / "other", "--data", "shop", "--stories", "hepler")
    assert wrong.code == 1
    assert "helper" in wrong.err
