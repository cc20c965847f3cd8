"""The first page: every line of `sojourn today`, each with one button that leads somewhere."""

import re

import pytest
from django.utils.html import escape

pytestmark = pytest.mark.django_db


def test_every_line_stands_on_the_page_with_one_button(signed_in, shop):
    client = signed_in("viewer")
    page = client.get("/", {"as_of": "2025-12-01"}).content.decode()
    lines = shop.journey(as_of="2025-12-01").today().rows
    assert all(escape(line["text"]) in page for line in lines)
    buttons = re.findall(r'<a class="button" href="([^"]+)">', page)
    assert len(buttons) == len(lines)
    assert all(client.get(button).status_code == 200 for button in buttons)


@pytest.mark.parametrize("which", ["newcomers", "unanswered", "unheard"])
def test_the_lists_behind_it_are_the_command_lines(signed_in, shop, which):
    client = signed_in("viewer")
    found = client.get(f"/today/{which}.json").json()["rows"]
    assert found == getattr(shop.journey(), which)().to_json()["rows"]
    assert client.get(f"/today/{which}/").status_code == 200


def test_an_unknown_list_is_not_found(signed_in, shop):
    assert signed_in("viewer").get("/today/everything/").status_code == 404


def test_the_twin_of_the_first_page_is_where_its_link_says(signed_in, shop):
    client = signed_in("viewer")
    page = client.get("/").content.decode()
    links = re.findall(r'<a href="([^"]+\.(?:json|csv))">', page)
    assert sorted(links) == ["/today.csv", "/today.json"]
    assert client.get("/today.json").json()["rows"] == shop.journey().today().to_json()["rows"]
