"""Telling what customers do and say between orders."""

from __future__ import annotations

import json

import numpy as np

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.demo.shop.book import BY_BOTH, BY_USER
from sojourn.demo.shop.roster import DAY
from sojourn.demo.shop.state import Fact
from sojourn.demo.shop.teller import OFFICE_HOURS, ONLINE, Teller
from sojourn.demo.shop.world import PRODUCTS

GOOD = (
    "Best coffee I have made at home so far.",
    "Lovely people, and the beans were roasted the day before.",
    "Arrived quickly and works like a charm.",
    "They called to ask how it goes. Who does that?",
)
MIDDLING = ("It is fine.", "Does what it should.", "Good coffee, ordinary packaging.")
BAD = (
    "Still waiting for my parcel.",
    "Two weeks for a bag of beans. Never again.",
    "The grinder jammed on day one.",
    "Nobody answered my message.",
)
FEATURES = ("brew-timer", "recipe", "descale")
TOPICS = ("delivery", "defect", "invoice", "how-to")
NPS_DAYS = 30


def tell_customers(teller: Teller) -> None:
    """Everything between orders."""
    order = teller.facts.all(
        "order", "number", "product", "in_store", "days", "late", "mood", "first"
    )
    tell_reviews(teller, order)
    tell_surveys(teller, order)
    tell_recommendation(teller, order)
    tell_support(teller, order)
    tell_mentions(teller)
    tell_small_things(teller)


def verbatims(teller: Teller, feeling: Reals) -> Ints:
    """Something to say for each feeling from -1 to 1."""
    count = len(feeling)
    told = [teller.any_of(texts, count) for texts in (BAD, MIDDLING, GOOD)]
    return np.where(feeling < -0.1, told[0], np.where(feeling > 0.3, told[2], told[1]))


def scale(mood: Reals, fewest: int, most: int, noise: Reals) -> Ints:
    """A mood from -1 to 1 as a score; at the usual mood of 0.4 about four fifths of the way up."""
    place = 0.62 + 0.42 * mood + 0.12 * noise
    return np.clip(np.rint(fewest + place * (most - fewest)), fewest, most).astype(np.int64)


def tell_reviews(teller: Teller, order: Fact) -> None:
    """A review asked for a week after delivery, and written by some."""
    count, chance = len(order["who"]), teller.chance
    asked = ~order["in_store"].astype(bool) & chance.odds(0.6, count)
    writes = np.where(asked, 0.22, 0.02) > chance.uniform(count)
    who, number = order["who"], order["number"]
    day = order["day"] + order["days"] + 7
    teller.book.write(
        "Review Requested", who[asked], teller.moment(day[asked], OFFICE_HOURS), BY_USER,
        channel="Email", order=number[asked],
    )  # fmt: skip
    mood = order["mood"][writes]
    stars = scale(mood, 1, 5, chance.noise(len(mood)))
    ratings = [
        json.dumps({"product_id": product.id, "rating": rating})
        for product in PRODUCTS
        for rating in range(1, 6)
    ]
    later = day[writes] + 1 + chance.whole_days(2.5, 14, len(mood))
    teller.book.write(
        "Review Posted", who[writes], teller.moment(later, ONLINE), BY_BOTH, channel="Review Site",
        text=verbatims(teller, (stars - 3) / 2),
        properties=teller.book.codes(ratings)[order["product"][writes] * 5 + stars - 1],
    )  # fmt: skip


def tell_surveys(teller: Teller, order: Fact) -> None:
    """How satisfied (1 to 5), asked after some deliveries."""
    asked = ~order["in_store"].astype(bool) & teller.chance.odds(0.5, len(order["who"]))
    day = order["day"] + order["days"] + 3
    ask(teller, order, asked, day, "csat", 1, 5, 0.25)


def tell_recommendation(teller: Teller, order: Fact) -> None:
    """Would you recommend us (0 to 10), asked a month after the first order."""
    asked = order["first"].astype(bool)
    ask(teller, order, asked, order["day"] + NPS_DAYS, "nps", 0, 10, 0.35)


def ask(
    teller: Teller, order: Fact, asked: Bools, day: Ints, survey: str, fewest: int,
    most: int, answered: float,
) -> None:  # fmt: skip
    """A survey sent, and its answers a day or a few later."""
    who, day, mood = order["who"][asked], day[asked], order["mood"][asked]
    sent = teller.moment(day, OFFICE_HOURS)
    only_id = json.dumps({"survey_id": survey})
    teller.book.write("Survey Sent", who, sent, channel="Email", properties=only_id)
    answers = teller.chance.odds(answered, len(who))
    who, mood = who[answers], mood[answers]
    score = scale(mood, fewest, most, teller.chance.noise(len(who)))
    texts = [json.dumps({"survey_id": survey, "score": value}) for value in range(fewest, most + 1)]
    later = sent[answers] + teller.between(600, 2 * DAY, len(who))
    teller.book.write(
        "Survey Answered", who, later, channel="Email",
        properties=teller.book.codes(texts)[score - fewest],
    )  # fmt: skip


def tell_support(teller: Teller, order: Fact) -> None:
    """Problems reported, above all while a parcel is late, and solved."""
    count, late = len(order["who"]), order["late"].astype(bool)
    opens = teller.chance.odds(np.where(late, 0.35, 0.05), count)
    who, number, late = order["who"][opens], order["number"][opens], late[opens]
    waited = np.where(late, 7, order["days"][opens]) + teller.chance.whole_days(2.0, 10, len(who))
    at = teller.moment(order["day"][opens] + waited, OFFICE_HOURS)
    topic = np.where(late, 0, teller.chance.pick(np.array([0.1, 0.4, 0.2, 0.3]), len(who)))
    topics = teller.book.codes([json.dumps({"topic": each}) for each in TOPICS])[topic]
    feeling = np.clip(np.where(late, -0.6, -0.2) + 0.2 * teller.chance.noise(len(who)), -1, 1)
    teller.book.write(
        "Support Opened", who, at, channel="Support", order=number, sentiment=feeling,
        properties=topics,
    )  # fmt: skip
    solved = at + 3600 + teller.chance.wait(1.2 * DAY, len(who)).astype(np.int64)
    teller.book.write("Support Solved", who, solved, channel="Support", order=number,
                      properties=topics)  # fmt: skip


def tell_mentions(teller: Teller) -> None:
    """Word of mouth, good and bad."""
    fact = teller.facts.all("mention", "feeling")
    who, feeling = fact["who"], fact["feeling"]
    teller.book.write(
        "Mention Posted", who, teller.moment(fact["day"], ONLINE), channel="Organic Social",
        sentiment=feeling, text=verbatims(teller, feeling),
    )  # fmt: skip


def tell_small_things(teller: Teller) -> None:
    """Use, sharing, inviting, testimonials, calls."""
    facts, book = teller.facts, teller.book
    used = facts.all("use")
    features = [json.dumps({"feature": each}) for each in FEATURES]
    book.write(
        "Product Used", used["who"], teller.moment(used["day"], ONLINE), channel="Product",
        properties=teller.any_of(features, len(used["who"])),
    )  # fmt: skip
    shared = facts.all("share")
    book.write("Product Shared", shared["who"], teller.moment(shared["day"], ONLINE), BY_BOTH,
               channel="Organic Social", page="/products/house-beans")  # fmt: skip
    invited = facts.all("invite")
    book.write("Referral Invited", invited["who"], teller.moment(invited["day"], ONLINE), BY_USER,
               channel="Referral Program")  # fmt: skip
    said = facts.all("testimonial")
    words = teller.any_of(GOOD, len(said["who"]))
    book.write("Testimonial Given", said["who"], teller.moment(said["day"], OFFICE_HOURS),
               channel="Email", text=words, sentiment=0.9)  # fmt: skip
    called = facts.all("phone call")
    book.write("Call Received", called["who"], teller.moment(called["day"], OFFICE_HOURS),
               channel="Phone")  # fmt: skip
