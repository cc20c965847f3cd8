"""`sojourn sojourns --curve` on the command line."""

import json

from sojourn.measure.curve import COLUMNS, POINTS, TEST


def told(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_the_curve_of_the_small_file(sojourn, shop):
    said = told(sojourn("-w", shop, "sojourns", "--curve", "--format", "json"))
    assert [c["name"] for c in said["columns"]] == [c.name for c in COLUMNS]
    know = said["rows"][0]
    assert (know["stage"], know["entered"], know["moved"]) == ("know", 3, 2)
    assert know["moved_1d"] > 0


def test_points_blocks_and_filters_reach_the_measure(sojourn, shop):
    points = told(sojourn("-w", shop, "sojourns", "--curve", "--points", "--format", "json"))
    assert [c["name"] for c in points["columns"]] == [c.name for c in POINTS]
    by = told(sojourn("-w", shop, "sojourns", "--curve", "--by", "channel", "--format", "json"))
    assert [c["name"] for c in by["columns"]] == ["channel", *(c.name for c in (*COLUMNS, *TEST))]
    asking = ("--people", "total_orders = 0", "--format", "json")
    assert told(sojourn("-w", shop, "sojourns", "--curve", *asking))["rows"][0]["entered"] == 2
    asking = ("--as-of", "2026-01-06", "--format", "json")
    assert told(sojourn("-w", shop, "sojourns", "--curve", *asking))["rows"][0]["here"] == 1


def test_csv_and_a_picture(sojourn, shop, tmp_path):
    file = tmp_path / "curve.png"
    answer = sojourn("-w", shop, "sojourns", "--curve", "-o", file, "--format", "csv")
    assert answer.out.splitlines()[0].startswith("stage,name,entered,moved")
    assert file.read_bytes().startswith(b"\x89PNG")


def test_points_without_a_curve_is_wrong_usage(sojourn, shop):
    for option in (["--points"], ["-o", "x.png"]):
        answer = sojourn("-w", shop, "sojourns", *option)
        assert answer.code == 2
        assert "need --curve" in answer.err


def test_the_list_of_stays_is_as_it_was(sojourn, shop):
    said = told(sojourn("-w", shop, "sojourns", "--format", "json"))
    assert len(said["rows"]) == 6
    assert said["columns"][0]["name"] == "person"
