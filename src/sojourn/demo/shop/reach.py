"""Telling what reaches people: advertisements, banners, posts, calls, newsletters."""

from __future__ import annotations

import json

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.demo.shop.before import POSTS
from sojourn.demo.shop.book import BY_DEVICE, BY_EMAIL, BY_USER
from sojourn.demo.shop.roster import DAY
from sojourn.demo.shop.teller import CALLING_HOURS, ONLINE, Teller

EVENING = np.array([0] * 18 + [3, 4, 4, 3, 2, 1], np.float64)
NEWS_HOUR = 10 * 3600
CALL_CONTENT, BANNER_CONTENT = "barista-call", "retargeting-banner"
WIN_BACK_DAYS = 60
ADS = ("Paid Social", "Display")


def tell_reach(teller: Teller) -> None:
    """Everything that reaches people."""
    tell_ads_again(teller)
    tell_banners(teller)
    tell_posts(teller)
    tell_calls(teller)
    tell_news(teller)
    tell_win_back(teller)


def tell_ads_again(teller: Teller) -> None:
    """Advertisements shown to people who know, like or trust the shop."""
    fact = teller.facts.all("ad")
    who = fact["who"]
    picked = teller.chance.pick(np.ones(len(ADS)), len(who))
    teller.book.write(
        "Ad Viewed", who, teller.moment(fact["day"], ONLINE), BY_DEVICE,
        channel=teller.book.codes(list(ADS))[picked],
        campaign=teller.campaign(ADS, picked, who),
        content=teller.any_of(("picture-a", "picture-b"), len(who)),
    )  # fmt: skip


def tell_banners(teller: Teller) -> None:
    """The banner that does nothing, late in the day."""
    fact = teller.facts.all("banner")
    at = teller.moment(fact["day"], EVENING)
    teller.book.write(
        "Ad Viewed", fact["who"], at, BY_DEVICE, channel="Display", campaign="retargeting",
        content=BANNER_CONTENT,
    )  # fmt: skip


def tell_posts(teller: Teller) -> None:
    """Posts seen, late in the day."""
    fact = teller.facts.all("post")
    content = teller.any_of(POSTS, len(fact["who"]))
    at = teller.moment(fact["day"], EVENING)
    teller.book.write(
        "Post Viewed", fact["who"], at, BY_DEVICE, channel="Organic Social", content=content
    )


def tell_calls(teller: Teller) -> None:
    """A barista's calls, late in the day."""
    fact = teller.facts.all("call")
    at = teller.moment(fact["day"], CALLING_HOURS)
    durations = [json.dumps({"duration": 60 * minutes}) for minutes in (2, 4, 7, 11)]
    teller.book.write(
        "Call Made", fact["who"], at, BY_USER, channel="Phone", content=CALL_CONTENT,
        properties=teller.any_of(durations, len(at)),
    )  # fmt: skip


def tell_news(teller: Teller) -> None:
    """Newsletters delivered or bounced, opened, clicked, and the pages read after the click."""
    fact = teller.facts.all("news", "bounced", "opened", "clicked")
    who, day = fact["who"], fact["day"]
    bounced, opened = fact["bounced"].astype(bool), fact["opened"].astype(bool)
    clicked = fact["clicked"].astype(bool)
    at = day * DAY + NEWS_HOUR + teller.between(0, 600, len(who))
    campaign = issues(teller)[day]
    name = np.where(bounced, teller.book.code("Email Bounced"), teller.book.code("Email Delivered"))
    teller.book.write(name, who, at, BY_EMAIL, channel="Email", campaign=campaign)
    read = at + 120 + teller.chance.wait(20_000.0, len(who)).astype(np.int64)
    teller.book.write(
        "Email Opened", who[opened], read[opened], BY_EMAIL, channel="Email",
        campaign=campaign[opened],
    )  # fmt: skip
    who, day, read, campaign = who[clicked], day[clicked], read[clicked], campaign[clicked]
    teller.book.write(
        "Email Link Clicked", who, read + 20, BY_EMAIL, channel="Email", campaign=campaign, page="/"
    )
    zero = np.zeros(len(who), np.int64)
    teller.browse(
        who, read + 25, teller.by(who, day, zero), zero,
        1 + teller.chance.several(0.8, len(who)), teller.site.seen, zero,
        channel="Email", campaign=campaign,
    )  # fmt: skip


def issues(teller: Teller) -> Ints:
    """By day, the campaign of the newsletter of that day."""
    plan = teller.plan
    return teller.book.codes([f"newsletter-{plan.date(day)}" for day in range(plan.days)])


def tell_win_back(teller: Teller) -> None:
    """A message to customers who have been gone for two months."""
    fact = teller.facts.all("missed")
    at = (fact["day"] + WIN_BACK_DAYS) * DAY + NEWS_HOUR
    teller.book.write("Message Sent", fact["who"], at, channel="Email", content="we-miss-you")
