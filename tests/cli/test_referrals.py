"""`sojourn referrals` as a user calls it."""

import json

import pytest

LOG = """\
user_id,ts,name,referred_by,value,currency,order_id
star,2026-01-01T10:00:00Z,Referral Invited,,,,
ann,2026-01-02T10:00:00Z,Page Viewed,star,,,
ann,2026-01-03T10:00:00Z,Order Completed,,20,EUR,1
bo,2026-01-04T10:00:00Z,Page Viewed,ann,,,
cy,2026-05-04T10:00:00Z,Page Viewed,ghost,,,
"""


@pytest.fixture
def shop(sojourn, tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(LOG)
    assert sojourn("-w", tmp_path / "shop", "import", file).code == 0
    return tmp_path / "shop"


def test_advocates_are_listed_and_drawn(sojourn, shop, tmp_path):
    drawn = tmp_path / "who.svg"
    answer = sojourn("-w", shop, "referrals", "--format", "json", "-o", drawn)
    found = json.loads(answer.out)
    rows = [(row["advocate"], row["brought"], row["second_hand"]) for row in found["rows"]]
    assert rows == [("star", 1, 1), ("ann", 1, 0)]
    assert (found["rows"][0]["money"], found["notes"]["brought_by_unknown"]) == (20.0, 1)
    assert "2 advocates brought 2 people" in drawn.read_text()


def test_the_referred_are_put_beside_the_rest(sojourn, shop):
    answer = sojourn("-w", shop, "referrals", "--compare", "--format", "json")
    (value,) = [row for row in json.loads(answer.out)["rows"] if row["measure"] == "order value"]
    assert (value["referred_n"], value["referred"], value["rest_n"]) == (1, 20.0, 0)
    assert value["difference"] is None


def test_a_comparison_is_drawn(sojourn, shop, tmp_path):
    answer = sojourn("-w", shop, "referrals", "--compare", "-o", tmp_path / "who.svg")
    assert answer.code == 0
    assert "Referred people beside the rest" in (tmp_path / "who.svg").read_text()


def test_advocates_are_divided_by_the_people_whom_they_brought(sojourn, shop):
    rows = json.loads(sojourn("-w", shop, "referrals", "--format", "json").out)["rows"]
    divided = sojourn("-w", shop, "referrals", "--by", "channel", "--format", "json")
    found = json.loads(divided.out)
    assert sum(row["brought"] for row in found["rows"]) == sum(row["brought"] for row in rows)
    assert next(iter(found["rows"][0])) == "channel"
    assert sum(found["notes"]["brought_by_block"].values()) == found["notes"]["brought"]


def test_the_doctor_adds_up_who_was_brought(sojourn, shop):
    found = json.loads(sojourn("-w", shop, "doctor", "--format", "json").out)["rows"]
    (check,) = [row for row in found if "referred_by" in row["check"]]
    assert (check["one_side"], check["other_side"], check["holds"]) == (3, 3, True)
