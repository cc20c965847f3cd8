"""The closer looks: their numbers are the command line's, their words are everybody's."""

import re

import pytest
from django.utils.html import strip_tags

from sojourn.measure.attribution_tally import MODELS
from sojourn.server.studio import questions
from sojourn.server.studio.words import label

pytestmark = pytest.mark.django_db

STEPS = ["Product Viewed", "Order Completed"]
ASKED = {
    "/journey/flow.json": lambda j: j.flow(top=12),
    "/journey/flow.json?of=channel&persona=": lambda j: j.flow("channel", top=12),
    "/journey/funnel.json?step=Product Viewed&step=Order Completed&within=7 days":
        lambda j: j.funnel(STEPS, within="7 days"),
    "/journey/funnel.json?step=Product Viewed&step=Order Completed&order=any&by=channel":
        lambda j: j.funnel(STEPS, within="30 days", order="any", by="channel"),
    "/journey/return.json?every=week&first=Order Completed":
        lambda j: j.retention("Order Completed", every="week"),
    "/journey/feelings.json?of=channel": lambda j: j.emotions("channel"),
    "/journey/friction.json": lambda j: j.friction(),
    "/journey/moments.json": lambda j: j.moments(),
    "/journey/forecast.json?weeks=4": lambda j: j.forecast(4),
    "/journey/pace.json": lambda j: j.curve(),
    "/grow/channels.json": lambda j: j.channels(),
    "/grow/personas.json": lambda j: j.personas(),
    "/grow/untagged.json": lambda j: j.untagged(),
    "/grow/credit.json?credit=campaign": lambda j: j.attribution(MODELS, credit="campaign"),
    "/grow/content.json?of=content": lambda j: j.roles("content"),
    "/grow/referrals.json": lambda j: j.referrals(),
    "/grow/lifetime.json": lambda j: j.lifetime(),
}  # fmt: skip
OURS = re.compile(r"\b(sojourns?|necks?|censor\w*|evidence|aalen|cycles?|hazard)\b", re.IGNORECASE)
PAGES = [
    *("/", "/journey/", "/people/", "/people/lists/", "/people/add/", "/journey/maps/"),
    *("/data/", "/data/upload/", "/data/imports/", "/data/rejected/", "/data/health/"),
    *(
        "/journey/goals/",
        "/journey/series/",
        "/data/personas/",
        "/data/journeys/",
        "/today/newcomers/",
        "/today/unheard/",
    ),
] + [f"/{each.route}/" for each in questions.ALL]


@pytest.mark.parametrize("address", sorted(ASKED))
def test_the_numbers_are_those_of_python_and_the_command_line(signed_in, shop, address):
    found = signed_in("viewer").get(address).json()
    assert found["rows"] == ASKED[address](shop.journey()).to_json()["rows"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_speaks_plain_words_and_draws_without_styles(signed_in, shop, address):
    page = signed_in("editor").get(address, follow=True)
    text = page.content.decode()
    assert page.status_code == 200
    assert OURS.findall(strip_tags(text)) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert text.count("<h1>") == 1


@pytest.mark.parametrize(
    "address",
    [
        "/journey/funnel/?step=Nothing Like It&step=Order Completed",
        "/journey/funnel/?step=Product Viewed&step=Order Completed&within=0 days",
        "/journey/return/?every=fortnight",
        "/journey/flow/?of=nonsense",
        "/journey/forecast/?change=moon>sun %2B10%25",
        "/journey/friction/?people=drop table",
        "/grow/credit/?credit=' or 1=1 --",
        "/grow/credit/?lookback=-3 days",
        "/grow/channels/?ideal=nobody",
    ],
)
def test_a_wrong_field_is_explained_and_stays_filled_in(signed_in, shop, address):
    page = signed_in("viewer").get(address)
    assert page.status_code == 400
    assert b'role="alert"' in page.content


def test_the_funnel_keeps_its_steps_in_the_address_and_on_the_page(signed_in, shop):
    page = signed_in("viewer").get("/journey/funnel/", {"step": STEPS}).content.decode()
    assert [page.count(f'name="step" value="{step}"') for step in STEPS] == [1, 1]


def test_a_question_about_nobody_says_what_to_do(signed_in, shop):
    page = signed_in("viewer").get("/journey/flow/?from=1999-01-01&to=1999-02-01")
    assert page.status_code == 200
    assert b"Nobody fits" in page.content


def test_every_column_has_a_heading_without_underscores(shop):
    tables = [ask(shop.journey()) for ask in ASKED.values()]
    heads = [str(label(t.kind, column.name)) for t in tables for column in t.columns]
    assert [head for head in heads if "_" in head or OURS.search(head)] == []
