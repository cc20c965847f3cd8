"""Channels against examples worked out by hand from the published definitions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.channels import campaign_tags, channels, derive, source_list
from sojourn.core.data import load
from sojourn.core.devices import DEVICES
from sojourn.core.vocabulary import NAMES

SHOP = "https://www.shop.example/shoes"

PUBLISHED = [
    ("Direct", "(direct)", "(none)", None),
    ("Direct", "(direct)", "(not set)", None),
    ("Cross-network", "google", "cpc", "Spring cross-network push"),
    ("Paid Shopping", "ebay", "cpc", None),
    ("Paid Shopping", "google", "paid", "eshop-sale"),
    ("Paid Shopping", "bing", "cpc", "Shopping ads"),
    ("Paid Search", "google", "cpc", None),
    ("Paid Search", "bing", "ppc", None),
    ("Paid Search", "duckduckgo.com", "paidsearch", None),
    ("Paid Search", "google", "retargeting", "workshop"),
    ("Paid Social", "facebook", "paid_social", None),
    ("Paid Social", "linkedin.com", "CPC", None),
    ("Paid Video", "youtube", "cpv", None),
    ("Paid Video", "vimeo.com", "paid-video", None),
    ("Display", "some-network", "display", None),
    ("Display", "some-network", "cpm", None),
    ("Display", "adnet", "banner", None),
    ("Paid Other", "some-network", "cpc", None),
    ("Paid Other", "adnet", "paid", None),
    ("AI Assistant", "chatgpt.com", "ai-assistant", None),
    ("AI Assistant", "some-robot", "ai-assistant", None),
    ("Organic Shopping", "amazon.de", "referral", None),
    ("Organic Shopping", "partner-mail", "letter", "our shop opens"),
    ("Organic Social", "instagram.com", "referral", None),
    ("Organic Social", "hoot", "social-media", None),
    ("Organic Social", "hoot", "sm", None),
    ("Organic Video", "youtube.com", "referral", None),
    ("Organic Video", "hoot", "webvideo", None),
    ("Organic Search", "google", "organic", None),
    ("Organic Search", "my-own-engine", "organic", None),
    ("Organic Search", "bing", "(not set)", None),
    ("Referral", "blog.example.org", "referral", None),
    ("Referral", "something", "link", None),
    ("Referral", "something", "app", None),
    ("Email", "crm", "email", None),
    ("Email", "E-Mail", "letter", None),
    ("Email", "crm", "e_mail", None),
    ("Affiliate", "somebody", "affiliate", None),
    ("Audio", "spotify", "audio", None),
    ("SMS", "sms", "text", None),
    ("SMS", "crm", "sms", None),
    ("Mobile Push Notifications", "crm", "web-push", None),
    ("Mobile Push Notifications", "crm", "mobile-message", None),
    ("Mobile Push Notifications", "firebase", "x", None),
    ("Unassigned", "summer", "leaflet", None),
    ("Unassigned", None, None, "summer"),
]

OURS = [
    ("Affiliate", {"source": "awin", "medium": "referral"}),
    ("Referral Program", {"medium": "refer-a-friend"}),
    ("Referral Program", {"name": "Referral Clicked", "referrer": "https://wa.me/"}),
    ("Partner", {"source": "Acme", "medium": "Partner"}),
    ("Comparison Site", {"referrer": "https://www.idealo.de/preise"}),
    ("Review Site", {"referrer": "https://uk.trustpilot.com/review/x"}),
    ("In Store", {"name": "Store Visited"}),
    ("In Store", {"name": "Order Completed", "device": "in person"}),
    ("In Store", {"medium": "in-store"}),
    ("Phone", {"name": "Call Received"}),
    ("Phone", {"name": "Call Made"}),
    ("Support", {"name": "Support Opened", "page": SHOP}),
    ("Event", {"source": "fair 2026", "medium": "trade show"}),
    ("Product", {"name": "Product Used"}),
    ("Email", {"name": "Email Delivered"}),
    ("Email", {"name": "Email Link Clicked", "page": SHOP}),
    ("Email", {"source": "newsletter"}),
    ("Email", {"referrer": "https://mail.google.com/mail/u/0/"}),
]


@pytest.mark.parametrize(("channel", "source", "medium", "campaign"), PUBLISHED)
def test_tags_lead_to_the_channel_that_the_published_definition_gives(
    channel, source, medium, campaign
):
    assert derive(source, medium, campaign) == channel


@pytest.mark.parametrize(("channel", "known"), OURS)
def test_the_channels_that_a_journey_needs_beside_the_published_ones(channel, known):
    assert derive(**known) == channel


@pytest.mark.parametrize(
    ("referrer", "channel"),
    [
        ("https://www.google.com/", "Organic Search"),
        ("https://www.google.co.uk/search?q=shoes", "Organic Search"),
        ("android-app://com.google.android.googlequicksearchbox/", "Organic Search"),
        ("https://gemini.google.com/app", "AI Assistant"),
        ("https://docs.google.com/document/d/1", "Referral"),
        ("https://google.evil.example.org/", "Referral"),
        ("https://l.facebook.com/l.php?u=x", "Organic Social"),
        ("https://t.co/abc", "Organic Social"),
        ("https://cart.co/abc", "Referral"),
        ("https://copilot.microsoft.com/", "AI Assistant"),
        ("https://chatgpt.com/", "AI Assistant"),
        ("HTTPS://M.YouTube.com/watch?v=1", "Organic Video"),
        ("https://user:secret@www.bing.com:8080/x", "Organic Search"),
        ("www.ebay.com", "Organic Shopping"),
        ("//www.etsy.com/listing", "Organic Shopping"),
        ("https://blog.example.org/post", "Referral"),
    ],
)
def test_a_referrer_leads_to_a_channel_by_its_site(referrer, channel):
    assert derive(referrer=referrer, page=SHOP, name="Page Viewed") == channel


@pytest.mark.parametrize(
    ("query", "channel"),
    [
        ("gclid=Cj0", "Paid Search"),
        ("GCLID=Cj0", "Paid Search"),
        ("wbraid=1", "Paid Search"),
        ("msclkid=1", "Paid Search"),
        ("ttclid=1", "Paid Social"),
        ("li_fat_id=1", "Paid Social"),
        ("ScCid=1", "Paid Social"),
        ("fbclid=IwAR", "Organic Social"),
        ("epik=1", "Organic Social"),
        ("mc_eid=1", "Email"),
        ("awc=1_2", "Affiliate"),
        ("dclid=1", "Display"),
        ("gclid=&x=1", "Direct"),
        ("utm_source=facebook&fbclid=1", "Organic Social"),
        ("utm_source=newsletter&fbclid=1", "Email"),
        ("utm_source=summer&gclid=1", "Paid Search"),
        ("utm_source=crm&utm_medium=email&gclid=1", "Email"),
        ("utm_campaign=cross-network&gclid=1", "Cross-network"),
    ],
)
def test_click_ids_speak_where_the_tags_are_silent(query, channel):
    assert derive(page=f"{SHOP}?{query}#top", name="Page Viewed") == channel


def test_click_ids_can_come_beside_the_address():
    assert derive(click_ids=("GCLID",)) == "Paid Search"
    assert derive(click_ids=("nonsense",)) is None


def test_what_is_given_goes_before_tags_before_click_ids_before_the_referrer():
    known = {"referrer": "https://www.google.com/"}
    assert derive(**known) == "Organic Search"
    known["page"] = f"{SHOP}?gclid=1"
    assert derive(**known) == "Paid Search"
    known["page"] = f"{SHOP}?utm_source=bing&utm_medium=banner&gclid=1"
    assert derive(**known) == "Display"
    assert derive(source="a podcast", medium="audio", **known) == "Audio"


def test_a_view_from_nowhere_is_direct_and_anything_else_from_nowhere_is_unknown():
    assert derive(name="Page Viewed", page=SHOP) == "Direct"
    assert derive(name="Screen Viewed") == "Direct"
    assert derive(name="Page Viewed", referrer="$direct") == "Direct"
    assert derive(name="Order Completed") is None
    assert derive(name="Order Completed", page=SHOP) is None
    assert derive() is None


@pytest.mark.parametrize(
    "referrer",
    [
        "https://www.shop.example/",
        "https://shop.example/cart",
        "http://m.shop.example/",
        "https://pay.shop.example/",
        "/cart",
    ],
)
def test_a_view_reached_from_its_own_site_has_no_channel_of_its_own(referrer):
    assert derive(referrer=referrer, page=SHOP, name="Page Viewed") is None


def test_a_site_below_another_is_the_same_site_in_both_directions():
    assert derive(referrer=SHOP, page="https://pay.shop.example/", name="Page Viewed") is None


def test_a_site_whose_name_only_ends_alike_is_another_site():
    assert derive(referrer="https://workshop.example/", page="https://shop.example/") == "Referral"


def test_a_source_that_is_a_site_is_a_referral_when_no_medium_is_given():
    assert derive(source="blog.example.org") == "Referral"
    assert derive(source="https://www.google.com/search") == "Organic Search"
    assert derive(source="summer") == "Unassigned"
    assert derive(source="index.html") == "Unassigned"


def test_words_for_missing_are_missing():
    assert derive("(not set)", "null", "-", name="Order Completed") is None
    assert derive(" ", "", "undefined", "null", name="Page Viewed") == "Direct"


def test_campaign_tags_are_read_as_they_were_written():
    page = (
        "https://a.example/?UTM_Source=Bing&utm_medium=&utm_term=red+shoes&utm_content=A%26B&q=1#x"
    )
    assert campaign_tags(page) == {
        "utm_source": "Bing",
        "utm_term": "red shoes",
        "utm_content": "A&B",
    }
    assert campaign_tags("/landing?utm_campaign=s%C3%BC%DF") == {"utm_campaign": "sü\ufffd"}
    assert campaign_tags(None) == campaign_tags("no address") == {}


odd_texts = st.none() | st.text() | st.sampled_from(["//", "a.b", "https://[", "?utm_source=%"])


@given(st.lists(odd_texts, max_size=7))
def test_any_text_at_all_gives_a_channel_or_none(known):
    assert derive(*known) in {*channels(), None}


@pytest.mark.parametrize(
    "text", ["shop" * 500_000, "a." * 1_000_000, "@" * 2_000_000, "?&" * 10**6]
)
def test_a_hostile_text_costs_no_time(text):
    assert derive(text, text, text, "https://" + text, "https://" + text) in channels()


def test_no_source_stands_in_two_lists_and_each_is_found_under_its_own():
    lists = load("channels.yaml")["sources"]
    everything = [source for sources in lists.values() for source in sources]
    assert len(everything) == len(set(everything))
    for title, sources in lists.items():
        assert all(source == source.lower() and source_list(source) == title for source in sources)


def test_every_rule_speaks_of_names_devices_and_lists_that_exist():
    for rule in load("channels.yaml")["rules"]:
        for when in rule["when"]:
            assert set(when.get("name", ())) <= set(NAMES)
            assert set(when.get("device", ())) <= set(DEVICES)
            assert set(when.get("from", ())) <= set(load("channels.yaml")["sources"])
            for key in ("source_like", "medium_like", "campaign_like"):
                assert not re.search(r"[*+}]", when.get(key, ""))


def test_every_click_id_leads_somewhere():
    for key in load("channels.yaml")["click_ids"]:
        assert derive(click_ids=(key,)) in set(channels()) - {
            "Unassigned",
            "Referral",
            "Paid Other",
        }


def test_every_channel_is_listed_once():
    assert len(set(channels())) == len(channels()) == 29
