"""Telling what happens on the way to buying: first contacts, visits, and what proves a stage."""

from __future__ import annotations

import json

import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.demo.shop.book import (
    BY_BOTH,
    BY_DEVICE,
    BY_USER,
    BY_USER_AND_CARD,
    MISSING,
    SIGNING_UP,
)
from sojourn.demo.shop.personas import ENTRY_CHANNELS, PERSONAS
from sojourn.demo.shop.state import Fact
from sojourn.demo.shop.teller import OFFICE_HOURS, ONLINE, OPENING_HOURS, PAID, Teller, only
from sojourn.demo.shop.world import (
    GUIDES,
    LIKE,
    STAGES,
    STORE,
    TRUST,
    TRY,
)

POSTS = ("crema-tips", "meet-the-roaster", "winter-blend", "bike-delivery", "cold-brew")
VIRAL_POST = "latte-art-clip"
FIRST_CHANNELS = (*ENTRY_CHANNELS, "Referral Program")
CLICKS = {"Paid Search": 0.9, "Paid Social": 0.55, "Display": 0.4, "Organic Social": 0.5}
STORE_VISITS = 0.3
TRIAL_DAYS = 14
IN_STORE = json.dumps({"store": STORE})
NEIGHBOUR = [persona.id for persona in PERSONAS].index("neighbour")


def tell_arrivals(teller: Teller) -> None:
    """First contacts: an advertisement, a post or an invitation, then often the site."""
    fact = teller.facts.all("arrived")
    who, day = fact["who"], fact["day"]
    invited = teller.people.invited_by[who] >= 0
    picked = np.where(invited, len(ENTRY_CHANNELS), teller.people.entry[who])
    channel = teller.book.codes(list(FIRST_CHANNELS))[picked]
    campaign = teller.campaign(FIRST_CHANNELS, picked, who)
    at = teller.moment(day, ONLINE)
    paid = np.isin(picked, [FIRST_CHANNELS.index(name) for name in PAID])
    social = picked == FIRST_CHANNELS.index("Organic Social")
    clicks = teller.chance.odds(
        np.array([CLICKS.get(name, 1.0) for name in FIRST_CHANNELS])[picked], len(who)
    )
    tell_ads(teller, who[paid], at[paid], channel[paid], campaign[paid], clicks[paid])
    tell_first_posts(teller, who[social], at[social])
    teller.book.write(
        "Referral Clicked", who[invited], at[invited], BY_DEVICE, channel="Referral Program",
        page="/", friend=teller.people.invited_by[who[invited]], landing=1,
    )  # fmt: skip
    views = np.where(clicks, 1 + teller.chance.several(0.5, len(who)), 0)
    zero = np.zeros(len(who), np.int64)
    teller.browse(
        who, at + 12, np.full(len(who), BY_DEVICE), zero, views, teller.site.seen, zero,
        channel=channel, campaign=campaign,
    )  # fmt: skip


def tell_ads(
    teller: Teller, who: Ints, at: Ints, channel: Ints, campaign: Ints, clicks: Bools
) -> None:
    """Advertisements shown and, by some, clicked."""
    content = teller.any_of(("picture-a", "picture-b"), len(who))
    teller.book.write(
        "Ad Viewed", who, at, BY_DEVICE, channel=channel, campaign=campaign, content=content
    )
    teller.book.write(
        "Ad Clicked", who[clicks], at[clicks] + 6, BY_DEVICE, channel=channel[clicks],
        campaign=campaign[clicks], content=content[clicks], landing=1,
    )  # fmt: skip


def tell_first_posts(teller: Teller, who: Ints, at: Ints) -> None:
    """A post as the first contact; the viral one where that is what brought them."""
    usual = teller.any_of(POSTS, len(who))
    content = np.where(teller.people.viral[who], teller.book.code(VIRAL_POST), usual)
    teller.book.write("Post Viewed", who, at, BY_DEVICE, channel="Organic Social", content=content)


def tell_visits(teller: Teller) -> None:
    """Visits that change nothing; neighbours who know the shop come to the counter as well."""
    fact = teller.facts.all("visit", "stage")
    near = (teller.people.persona[fact["who"]] == NEIGHBOUR) & (fact["stage"] >= TRY)
    near &= teller.chance.odds(STORE_VISITS, len(near))
    counter = only(fact, near)
    teller.book.write(
        "Store Visited", counter["who"], teller.moment(counter["day"], OPENING_HOURS),
        BY_USER_AND_CARD, channel="In Store", properties=IN_STORE,
    )  # fmt: skip
    fact = only(fact, ~near)
    who, day, stage = fact["who"], fact["day"], fact["stage"]
    unit, at = teller.unit(who, day), teller.moment(day, ONLINE)
    by = teller.by(who, day, unit)
    channel, campaign = teller.channel(who)
    views = 1 + teller.chance.several(1.6, len(who))
    views = np.where(stage == 0, 1 + (views > 2), views)
    signing = (unit == 1) & (by == BY_BOTH)
    teller.book.write(
        "Signed In", who[signing], at[signing], BY_BOTH, unit=1, page="/account",
        channel=channel[signing], campaign=campaign[signing], landing=1,
    )  # fmt: skip
    teller.browse(
        who, at + 5, by, unit, views, teller.site.seen, stage, channel=channel, campaign=campaign
    )


def tell_walk_ins(teller: Teller) -> None:
    """Neighbours who come in, look around and take a card."""
    fact = teller.facts.all("walked in")
    at = teller.moment(fact["day"], OPENING_HOURS)
    teller.book.write(
        "Store Visited", fact["who"], at, BY_USER_AND_CARD, channel="In Store", properties=IN_STORE
    )


def tell_entries(teller: Teller) -> None:
    """The visits in which somebody enters a stage: some looking around, then what proves it."""
    fact = teller.facts.all("entered", "stage", "news", "signs")
    for stage in (LIKE, TRUST, TRY):
        tell_stage(teller, stage, only(fact, fact["stage"] == stage))


def tell_stage(teller: Teller, stage: int, fact: Fact) -> None:
    """The visits in which people enter this stage."""
    who, day, site = fact["who"], fact["day"], teller.site
    at, count, zero = teller.moment(day, ONLINE), len(fact["who"]), np.zeros(len(fact["who"]), int)
    by = teller.by(who, day, zero)
    channel, campaign = teller.channel(who)
    before = np.full(count, stage - 1)
    views = teller.chance.several(1.0, count)
    then = teller.browse(
        who, at, by, zero, views, site.seen, before, channel=channel, campaign=campaign
    )
    seen = teller.chance.pick_by(site.proof(STAGES[stage]), teller.people.persona[who])
    news = fact["news"].astype(bool)
    name = np.where(news, teller.book.code("Newsletter Subscribed"), site.name[seen])
    page = np.where(news, teller.book.code("/newsletter"), site.page[seen])
    properties = np.where(news, MISSING, site.properties[seen])
    teller.book.write(
        name, who, then, np.where(news, SIGNING_UP, by), page=page, properties=properties,
        channel=channel, campaign=campaign,
    )  # fmt: skip
    signs = fact["signs"].astype(bool)
    teller.book.write(
        "Signed Up", who[signs], then[signs] + 40, SIGNING_UP, page="/account",
        channel=channel[signs], campaign=campaign[signs],
    )  # fmt: skip
    welcome = who[signs], then[signs] + 60
    teller.book.write("Message Sent", *welcome, channel="Email", content="welcome")
    trial = name == teller.book.code("Trial Started")
    over = teller.moment(day[trial] + TRIAL_DAYS, OFFICE_HOURS)
    teller.book.write("Trial Ended", who[trial], over, channel="Email")


def tell_guides(teller: Teller) -> None:
    """A guide asked for, delivered within minutes and opened; or never sent at all."""
    fact = teller.facts.all("guide", "guide", "silent", "opened")
    who, day, count = fact["who"], fact["day"], len(fact["who"])
    at, zero = teller.moment(day, ONLINE), np.zeros(len(fact["who"]), np.int64)
    channel, campaign = teller.channel(who)
    then = teller.browse(
        who, at, teller.by(who, day, zero), zero, teller.chance.several(1.0, count),
        teller.site.seen, np.full(count, LIKE), channel=channel, campaign=campaign,
    )  # fmt: skip
    guide = teller.book.codes(list(GUIDES))[fact["guide"]]
    teller.book.write(
        "Guide Requested", who, then, SIGNING_UP, channel=channel, campaign=campaign,
        content=guide, page="/guides",
    )  # fmt: skip
    comes = ~fact["silent"].astype(bool)
    then = then + teller.between(60, 600, count)
    teller.book.write(
        "Guide Delivered", who[comes], then[comes], BY_USER, channel="Email", content=guide[comes]
    )
    opens = fact["opened"].astype(bool)
    later = then + teller.chance.wait(40_000.0, count).astype(np.int64) + 60
    teller.book.write(
        "Guide Opened", who[opens], later[opens], BY_USER, channel="Email", content=guide[opens]
    )


def tell_friends(teller: Teller) -> None:
    """Invited people whom the shop has got to know."""
    fact = teller.facts.all("accepted")
    at = teller.moment(fact["day"], OFFICE_HOURS)
    teller.book.write(
        "Referral Accepted", fact["who"], at, channel="Referral Program",
        friend=teller.people.invited_by[fact["who"]],
    )  # fmt: skip


def tell_before(teller: Teller) -> None:
    """Everything on the way to buying."""
    tell_arrivals(teller)
    tell_visits(teller)
    tell_walk_ins(teller)
    tell_entries(teller)
    tell_guides(teller)
    tell_friends(teller)
