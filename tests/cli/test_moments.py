"""`sojourn moments` on the command line."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from sojourn.measure.moments import COLUMNS
from sojourn.workspace import Workspace

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    """Two hundred who come; the half that is called orders three times as often."""
    rows = []
    for number in range(200):
        person, is_called = f"p{number:03}", number < 100
        told = [("Page Viewed", 0.0, "Direct")]
        if is_called:
            told.append(("Call Made", 1.0, "Phone"))
        if number % 100 < (60 if is_called else 20):
            told.append(("Order Completed", 2 + number % 7, "Direct"))
        rows += [
            {"user_id": person, "name": name, "ts": BEGIN + timedelta(days=day), "channel": channel}
            for name, day, channel in told
        ]
    workspace = Workspace(tmp_path_factory.mktemp("called"))
    workspace.add(pa.Table.from_pylist(rows))
    days = {"user_id": [f"p{n:03}" for n in range(200)], "ts": [BEGIN] * 200}
    cups = {**days, "name": ["cups"] * 200, "value": ["1", "4+"] * 100}
    born = {**days, "name": ["born"] * 200, "value": [str(n) for n in range(200)]}
    workspace.add_traits(pa.concat_tables([pa.table(cups), pa.table(born)]))
    return workspace.folder


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def asking(sojourn, folder, *options):
    return sojourn("-w", folder, "moments", "--journey", "sales", *options)


def test_the_call_is_found(sojourn, called):
    said = told(asking(sojourn, called, "--format", "json"))
    assert [c["name"] for c in said["columns"]] == [c.name for c in COLUMNS]
    (row,) = said["rows"]
    assert (row["stage"], row["touchpoint"], row["people"]) == ("awareness", "Call Made", 100)
    assert row["found"]
    assert row["low"] > 1
    assert said["notes"]["tests"] == said["notes"]["findings"] == 1
    assert said["notes"]["alike"] == "cups"
    assert said["notes"]["silence"] == "patience"
    assert any("if it is causal" in remark for remark in said["notes"]["remarks"])


def test_every_option_reaches_the_measure(sojourn, called):
    def answer(*options):
        return told(asking(sojourn, called, "--format", "json", *options))

    def rows(*options):
        return answer(*options)["rows"]

    assert [row["touchpoint"] for row in rows("--of", "channel")] == ["Phone"]
    assert rows("--only", "name = 'Page Viewed'") == []
    assert rows("--as-of", "2026-01-02") == []
    assert rows("--from", "2026-01-02") == []
    assert rows("--people", "did('Call Made')") == []
    assert rows("--where", "name = 'Order Completed'")[0]["moves_after"] == 60
    assert rows("--by", "channel")[0]["channel"] == "Direct"
    short, long = rows("--silence", "2 days")[0], rows()[0]
    assert short["days_after"] < long["days_after"]
    assert rows("--alike", "cups") == rows()
    assert answer("--alike", "none")["notes"]["alike"] == "no trait"


def test_a_picture_and_csv(sojourn, called, tmp_path):
    file = tmp_path / "moments.png"
    answer = asking(sojourn, called, "-o", file, "--format", "csv")
    assert answer.out.splitlines()[0].startswith("stage,touchpoint,people")
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["curve", "moments"])
def test_it_is_a_picture_of_the_journey_light_or_dark(sojourn, called, tmp_path, kind):
    for theme, paper in (("light", "#FBF7F0"), ("dark", "#1B1A18")):
        file = tmp_path / f"{theme}.svg"
        options = ("--journey", "sales", "--theme", theme, "-o", file)
        assert sojourn("-w", called, "picture", kind, *options).code == 0
        assert paper in file.read_text()
        assert "move on" in file.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--of", "nme"], "Did you mean 'name'?"),
        (["--silence", "soon"], "write it like '30 days'"),
        (["--alike", "cup"], "Nobody has a trait 'cup'"),
        (["--alike", "born"], "200 different values"),
        (["--only", "nme = 'x'"], "nme"),
        (["--by", "nothing"], "cannot be divided by"),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(sojourn, called, options, said):
    answer = asking(sojourn, called, *options)
    assert answer.code == 1
    assert said in answer.err
    assert "Traceback" not in answer.err
