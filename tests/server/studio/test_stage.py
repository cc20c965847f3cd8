"""A stage's page, and the whole journey beside another and beside the period before."""

import re

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("journey", ["hourglass", "social", "sales", "experience", "circle"])
def test_every_stage_of_every_journey_has_its_page(signed_in, shop, journey):
    client = signed_in("viewer")
    for stage in shop.model(journey).stages:
        page = client.get(f"/journey/stages/{stage.id}/", {"journey": journey})
        assert page.status_code == 200
        assert stage.name in page.content.decode()


def test_its_numbers_are_those_of_stages_and_moves(signed_in, shop):
    client = signed_in("viewer")
    row = next(row for row in shop.journey().stages().rows if row["stage"] == "like")
    moves = shop.journey().moves().rows
    page = client.get("/journey/stages/like/").content.decode()
    shown = re.findall(r'<span class="big">([\d,]+)</span> ([a-z ]+)', page)
    assert shown == [(f"{row['here']:,}", "here now"), (f"{row['stalled']:,}", "stalled"),
                     (f"{row['lapsed']:,}", "went quiet")]  # fmt: skip
    came = sum(each["count"] for each in moves if each["to_stage"] == "like")
    told = re.search(r"How they came.*?</dl>", page, re.DOTALL).group()
    assert sum(int(n.replace(",", "")) for n in re.findall(r"<dt>([\d,]+)", told)) == row["entered"]
    assert came <= row["entered"]
    gone = re.search(r"Where they go.*?</dl>", page, re.DOTALL).group()
    left = row["moved_on"] + row["restarted"] + row["lapsed"]
    assert sum(int(n.replace(",", "")) for n in re.findall(r"<dt>([\d,]+)", gone)) == left


def test_the_people_behind_its_numbers_are_as_many(signed_in, shop):
    client = signed_in("viewer")
    page = client.get("/journey/stages/like/").content.decode()
    for address, number in re.findall(
        r'number-card" href="([^"]+)"><span class="big">([\d,]+)', page
    )[:2]:
        people = client.get(address.replace("/people/", "/people.json").replace("&#x27;", "'"))
        assert len(people.json()["rows"]) == int(number.replace(",", ""))


def test_an_unknown_stage_names_those_there_are(signed_in, shop):
    page = signed_in("viewer").get("/journey/stages/nowhere/")
    assert page.status_code == 404
    assert b"Stages: know, like" in page.content


def test_two_journeys_stand_side_by_side(signed_in, shop):
    page = signed_in("viewer").get("/journey/", {"beside": "sales"}).content.decode()
    assert page.count("<svg") == 4


def test_the_period_before_has_the_same_length_and_follow_up(signed_in, shop):
    asked = {"from": "2025-06-01", "to": "2025-09-01", "previous": "1"}
    page = signed_in("viewer").get("/journey/", asked)
    assert page.status_code == 200
    assert page.content.decode().count("<svg") == 4
    assert b"the period before" in page.content
    assert signed_in("viewer").get("/journey/", {"previous": "1"}).status_code == 400


def test_a_stage_in_the_table_leads_to_its_page(signed_in, shop):
    page = signed_in("viewer").get("/journey/", {"journey": "sales"}).content.decode()
    assert 'href="/journey/stages/awareness/?journey=sales"' in page
