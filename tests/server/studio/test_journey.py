"""The room Journey, and what all pages of questions share."""

import csv
import io

import pytest

pytestmark = pytest.mark.django_db


def test_the_page_shows_the_picture_and_its_numbers(signed_in, shop):
    page = signed_in("viewer").get("/journey/")
    text = page.content.decode()
    reached = shop.journey().stages().rows[0]["reached"]
    assert page.status_code == 200
    assert text.count("<svg") == 2
    assert f"{reached:,}" in text
    assert "<style" not in text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?journey=sales",
        "?by=channel",
        "?from=2025-03-01&to=2025-06-01",
        "?people=total_orders >= 1",
        "?where=channel = 'Email'",
    ],
)
def test_the_twins_are_the_command_lines_answer(signed_in, shop, query):
    client = signed_in("viewer")
    words = dict(part.split("=", 1) for part in query[1:].split("&")) if query else {}
    named = {"journey": "model", "from": "start", "to": "end"}
    asked = {named.get(k, k): v for k, v in words.items() if k != "by"}
    expected = shop.journey(**asked).stages(words.get("by")).to_json()
    assert client.get("/journey.json" + query).json()["rows"] == expected["rows"]
    read = list(csv.DictReader(io.StringIO(client.get("/journey.csv" + query).content.decode())))
    assert [row["stage"] for row in read] == [row["stage"] for row in expected["rows"]]


def test_a_wrong_filter_is_told_on_the_page_with_what_was_typed(signed_in, shop):
    page = signed_in("viewer").get("/journey/", {"people": "total_order >= <b>1"})
    assert page.status_code == 400
    assert b"total_order &gt;= &lt;b&gt;1" in page.content
    assert b'role="alert"' in page.content
    twin = signed_in("viewer").get("/journey.json", {"people": "total_order >= 1"})
    assert (twin.status_code, twin.json()["code"]) == (400, "condition")


def test_a_workspace_without_touchpoints_says_what_to_do_next(signed_in, nothing):
    page = signed_in("viewer").get("/journey/")
    assert b"Nothing has happened here yet" in page.content
    assert signed_in("viewer").get("/journey.json").status_code == 404


def test_a_stage_opens_the_people_who_are_in_it(signed_in, shop):
    client = signed_in("viewer")
    here = shop.journey().stages().rows[0]["here"]
    page = client.get("/journey/stages/know/").content
    assert b"stage+%3D+%27know%27+and+not+lapsed" in page
    found = client.get("/people.json", {"people": "stage = 'know'"}).json()["rows"]
    lapsed = [row for row in found if row.get("lapsed")]
    assert len(found) - len(lapsed) == here
