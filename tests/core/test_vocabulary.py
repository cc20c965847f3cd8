from __future__ import annotations

import re
from pathlib import Path

import pytest

from sojourn.core.touchpoint import LOG_SCHEMA, ORDER
from sojourn.core.vocabulary import (
    NAMES,
    actor_of,
    as_markdown,
    business_names,
    canonical,
    nearest,
)

BUSINESS = """
Ad Viewed, Guide Delivered, Trial Ended, Order Shipped, Order Delivered, Order Refunded, Message
Sent, Call Made, Support Solved, Reward Granted, Points Earned, Note Added, Survey Sent, Review
Requested, Email Delivered, Email Bounced
"""

OURS = """
Ad Viewed, Ad Clicked, Post Viewed, Followed, Newsletter Subscribed, Guide Requested, Guide
Delivered, Guide Opened, Trial Started, Trial Ended, Demo Booked, Consultation Booked, Form
Started, Form Submitted, Form Failed, Review Read, Comparison Viewed, Pricing Viewed, Store
Visited, Call Received, Call Made, Question Asked, Support Opened, Support Solved, Order
Shipped, Order Delivered, Order Refunded, Product Used, Subscription Renewed, Subscription
Cancelled, Survey Answered, Review Posted, Testimonial Given, Mention Posted, Product Shared,
Referral Invited, Referral Clicked, Referral Accepted, Reward Granted, Points Earned, Brand
Considered, Brand Dropped, Message Sent, Note Added
"""

SEGMENTS = """
Page Viewed, Screen Viewed, Products Searched, Product List Viewed, Product List Filtered,
Promotion Viewed, Promotion Clicked, Product Clicked, Product Viewed, Product Added, Product
Removed, Cart Viewed, Checkout Started, Checkout Step Viewed, Checkout Step Completed, Payment
Info Entered, Order Completed, Order Updated, Order Refunded, Order Cancelled, Coupon Entered,
Coupon Applied, Coupon Denied, Coupon Removed, Product Added to Wishlist, Product Removed from
Wishlist, Wishlist Product Added to Cart, Product Shared, Cart Shared, Email Bounced, Email
Delivered, Email Link Clicked, Email Marked as Spam, Email Opened, Unsubscribed, Account
Created, Account Deleted, Signed Up, Signed In, Signed Out, Invite Sent, Account Added User,
Account Removed User, Trial Started, Trial Ended
"""


def listed(text):
    return [name.strip() for name in " ".join(text.split()).split(",")]


@pytest.mark.parametrize("name", sorted({*listed(OURS), *listed(SEGMENTS), *listed(BUSINESS)}))
def test_every_name_of_the_specification_and_every_name_of_ours_is_known(name):
    assert NAMES[name].name == name


def test_the_business_does_exactly_what_the_list_of_its_acts_says():
    assert business_names() == set(listed(BUSINESS))


def test_any_other_name_is_the_persons_act():
    assert {actor_of(name) for name in NAMES if name not in listed(BUSINESS)} == {"person"}
    assert actor_of("Dragon Fed") == "person"
    assert actor_of("") == "person"


def test_a_workspace_can_say_whose_act_a_name_is():
    overrides = {"Dragon Fed": "business", "Ad Viewed": "person", "Review Posted": "business"}
    told = [actor_of(name, overrides) for name in ("Dragon Fed", "Ad Viewed", "Product Reviewed")]
    assert told == ["business", "person", "business"]


def test_a_product_reviewed_counts_as_a_review_posted():
    assert canonical("Product Reviewed") == "Review Posted"
    assert "Product Reviewed" not in NAMES


def test_a_name_counts_as_itself_otherwise():
    assert [canonical(name) for name in NAMES] == list(NAMES)
    assert canonical("product reviewed") == "product reviewed"


def test_the_order_is_a_name_that_is_known():
    assert ORDER in NAMES


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("order completed", "Order Completed"),
        ("Order Complete", "Order Completed"),
        ("Prodct Viewed", "Product Viewed"),
        ("NEWSLETTER SUBSCRIBE", "Newsletter Subscribed"),
    ],
)
def test_the_nearest_name_is_the_one_that_was_meant(typed, meant):
    assert nearest(typed)[0] == meant


def test_nothing_is_near_to_something_else():
    assert nearest("qwertz") == []


def test_every_name_has_the_form_object_action():
    for name in NAMES:
        assert re.fullmatch(r"[A-Z][a-z]+( ([A-Z][a-z]+|as|to|from))*", name)


def test_every_meaning_is_one_sentence_and_no_two_names_mean_the_same():
    meanings = [info.meaning for info in NAMES.values()]
    assert all(re.fullmatch(r"[A-Z][^.]*\.", meaning) for meaning in meanings)
    assert len(set(meanings)) == len(meanings)


def test_every_usual_field_is_a_column_of_the_log_or_a_property():
    columns = set(LOG_SCHEMA.names)
    for info in NAMES.values():
        for field in info.fields:
            assert field in columns or re.fullmatch(r"properties\.[a-z_]+", field), (
                info.name,
                field,
            )


def test_the_reference_page_is_made_from_the_data():
    page = Path(__file__).parents[2] / "docs" / "reference" / "names.md"
    assert page.read_text(encoding="utf-8") == as_markdown(), (
        "docs/reference/names.md is stale: write sojourn.core.vocabulary.as_markdown() to it"
    )


def test_the_reference_page_has_a_row_for_every_name():
    rows = re.findall(r"^\| `([^`]+)` \| (person|business) \|", as_markdown(), re.MULTILINE)
    assert rows == [(info.name, info.actor) for info in NAMES.values()]
