"""`sojourn goals`, `series` and `annotations`, as they are typed."""

import json


def test_a_goal_is_set_listed_and_forgotten(shop, sojourn):
    said = sojourn("-w", shop, "goals", "set", "arrivals", "200", "--stage", "know", "--by",
                   "2099-01-31", "--owner", "Ann")  # fmt: skip
    assert said.code == 0
    assert said.out.startswith("know-arrivals: 200 by 2099-01-31, from ")
    [row] = json.loads(sojourn("-w", shop, "goals", "list", "--format", "json").out)["rows"]
    assert (row["goal"], row["owner"], row["target"]) == ("know-arrivals", "Ann", 200.0)
    assert "Ann" in sojourn("-w", shop, "goals").out
    assert sojourn("-w", shop, "goals", "remove", "know-arrivals").code == 0
    assert "know-arrivals" not in sojourn("-w", shop, "goals").out


def test_a_wrong_goal_is_told_and_not_kept(shop, sojourn):
    said = sojourn("-w", shop, "goals", "set", "arrivals", "200", "--stage", "knwo", "--by",
                   "2099-01-31")  # fmt: skip
    assert said.code == 1
    assert "Did you mean 'know'?" in said.err
    assert json.loads(sojourn("-w", shop, "goals", "list", "--format", "json").out)["rows"] == []


def test_a_series_is_printed_with_what_happened(shop, sojourn):
    rows = json.loads(sojourn("-w", shop, "series", "--count", "3", "--format", "json").out)["rows"]
    assert len(rows) == 3
    day = rows[-1]["period"]
    assert sojourn("-w", shop, "annotations", "add", day, "New price", "--kind", "price").code == 0
    again = json.loads(sojourn("-w", shop, "series", "--format", "json").out)["rows"]
    assert again[-1]["annotations"] == "New price"
    assert "New price" in sojourn("-w", shop, "annotations").out
    assert sojourn("-w", shop, "annotations", "remove", day, "New price").code == 0
    assert "New price" not in sojourn("-w", shop, "annotations").out


def test_a_series_is_drawn(shop, sojourn, tmp_path):
    assert sojourn("-w", shop, "picture", "series", "-o", tmp_path / "s.svg").code == 0
    assert "week by week" in (tmp_path / "s.svg").read_text(encoding="utf-8")


def test_a_series_of_an_unknown_stage_names_the_nearest(shop, sojourn):
    said = sojourn("-w", shop, "series", "--of", "knwo")
    assert (said.code, "Did you mean 'know'?" in said.err) == (1, True)
