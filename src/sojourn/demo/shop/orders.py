"""Telling the checkout, the order and what follows from it."""

from __future__ import annotations

import json

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.demo.shop.book import BY_BOTH, BY_CARD, BY_USER, BY_USER_AND_CARD, SIGNING_UP
from sojourn.demo.shop.state import Fact
from sojourn.demo.shop.teller import OFFICE_HOURS, ONLINE, OPENING_HOURS, Teller, only
from sojourn.demo.shop.world import (
    PRODUCTS,
    REGIONS,
    REWARD_CENTS,
    STORE,
    SUBSCRIPTION_CENTS,
)

SERVER_REPORTS = 0.6
COUPONS, CARD_REFUSED = 0.08, 0.24
LOOKS_FIRST, SHOWS_ACCOUNT = 0.5, 0.5
MOST_ITEMS = 12
BROKEN = json.dumps({"form_id": "checkout", "reason": "payment sheet did not open"})
REFUSED = json.dumps({"form_id": "checkout", "reason": "card refused"})


def tell_orders(teller: Teller) -> None:
    """All checkouts, orders, deliveries, refunds, subscriptions and rewards."""
    order = teller.facts.all(
        "order", "number", "product", "items", "in_store", "cents", "days", "mood", "first"
    )
    order["properties"] = order_properties(teller, order)
    checkout = teller.facts.all("checkout", "unit", "in_store", "broken", "number")
    in_store = checkout["in_store"].astype(bool)
    bought_at = np.zeros(len(order["who"]), np.int64)
    tell_online(teller, only(checkout, ~in_store), order, bought_at)
    tell_counter(teller, only(checkout, in_store), order, bought_at)
    order["at"] = bought_at
    tell_deliveries(teller, only(order, ~order["in_store"].astype(bool)))
    tell_refunds(teller, order)
    tell_money(teller)


def order_properties(teller: Teller, order: Fact) -> Ints:
    """What an order says of itself: product, items, region and, in the shop, which shop."""
    place = order["in_store"].astype(np.int64)
    region = teller.people.region[order["who"]]
    texts = [
        json.dumps(
            {"product_id": product.id, "items": items, "region": name}
            | ({"store": STORE} if inside else {})
        )
        for product in PRODUCTS
        for items in range(1, MOST_ITEMS + 1)
        for name in REGIONS
        for inside in (False, True)
    ]
    row = (order["product"] * MOST_ITEMS + order["items"] - 1) * len(REGIONS) + region
    codes: Ints = teller.book.codes(texts)[row * 2 + place]
    return codes


def tell_online(teller: Teller, checkout: Fact, order: Fact, bought_at: Ints) -> None:
    """From the product to the payment, as far as each got; `bought_at` is filled in."""
    channel, campaign = teller.channel(checkout["who"])
    checkout |= {"channel": channel, "campaign": campaign}
    checkout["at"] = tell_cart(teller, checkout, order)
    tell_failures(teller, only(checkout, checkout["number"] < 0))
    paid = only(checkout, checkout["number"] >= 0)
    bought_at[paid["number"]] = paid["at"]
    tell_payments(teller, paid, order)


def on_site(visit: Fact) -> Fact:
    """On which device and by which channel these visits came."""
    return {name: visit[name] for name in ("unit", "channel", "campaign")}


def tell_cart(teller: Teller, checkout: Fact, order: Fact) -> Ints:
    """Signing in, the cart, the form; returns the second at which each presses the button."""
    who, number, count = checkout["who"], checkout["number"], len(checkout["who"])
    at, here = teller.moment(checkout["day"], ONLINE), on_site(checkout)
    wanted = teller.chance.pick(np.ones(len(PRODUCTS)), count)
    bought = number >= 0
    wanted[bought] = order["product"][number[bought]]
    seen = teller.site.named("Product Added")[wanted]
    write = teller.book.write
    write("Signed In", who, at - 15, BY_BOTH, page="/account", landing=1, **here)
    page, properties = teller.site.page[seen], teller.site.properties[seen]
    write("Product Added", who, at, BY_BOTH, page=page, properties=properties, **here)
    starts = at + teller.between(20, 60, count)
    write("Checkout Started", who, starts, BY_BOTH, page="/checkout", **here)
    with_coupon = teller.chance.odds(COUPONS, count)
    coupon = only(checkout, with_coupon)
    write(
        "Coupon Applied", coupon["who"], starts[with_coupon] + 10, BY_BOTH, page="/checkout",
        properties=json.dumps({"coupon_id": "WELCOME5"}), **on_site(coupon),
    )  # fmt: skip
    enters = starts + teller.between(20, 90, count)
    write("Payment Info Entered", who, enters, BY_BOTH, page="/checkout", **here)
    return enters + teller.between(20, 90, count)


def tell_failures(teller: Teller, failed: Fact) -> None:
    """The payment form that broke, or refused a card; most others just go."""
    broken = failed["broken"].astype(bool)
    refused = ~broken & teller.chance.odds(CARD_REFUSED, len(broken))
    for rows, reason in ((broken, BROKEN), (refused, REFUSED)):
        some = only(failed, rows)
        teller.book.write(
            "Form Failed", some["who"], some["at"], BY_BOTH, page="/checkout", properties=reason,
            **on_site(some),
        )  # fmt: skip


def tell_payments(teller: Teller, paid: Fact, order: Fact) -> None:
    """Online orders; for most the server reports the same order a moment after the browser."""
    who, number, at = paid["who"], paid["number"], paid["at"]
    teller.book.write(
        "Order Completed", who, at, SIGNING_UP, page="/checkout/thanks", order=number,
        cents=order["cents"][number], properties=order["properties"][number], **on_site(paid),
    )  # fmt: skip
    twice = teller.chance.odds(SERVER_REPORTS, len(who))
    teller.book.write(
        "Order Completed", who[twice], at[twice] + teller.between(1, 5, int(twice.sum())), BY_USER,
        cents=order["cents"][number[twice]], order=number[twice],
        properties=json.dumps({"reported_by": "server"}),
    )  # fmt: skip


def tell_counter(teller: Teller, checkout: Fact, order: Fact, bought_at: Ints) -> None:
    """Orders at the counter; somebody's very first contact may be one."""
    who, number = checkout["who"], checkout["number"]
    at = teller.moment(checkout["day"], OPENING_HOURS)
    bought_at[number] = at
    first = checkout["day"] == teller.people.arrival[who]
    looks = teller.chance.odds(LOOKS_FIRST, len(who)) & ~first
    store = json.dumps({"store": STORE})
    teller.book.write(
        "Store Visited", who[looks], at[looks] - 600, BY_USER_AND_CARD, channel="In Store",
        properties=store,
    )  # fmt: skip
    account = teller.chance.odds(SHOWS_ACCOUNT, len(who))
    account[np.unique(who, return_index=True)[1]] = True
    teller.book.write(
        "Order Completed", who, at, np.where(account, BY_USER_AND_CARD, BY_CARD),
        channel="In Store", cents=order["cents"][number], order=number,
        properties=order["properties"][number],
    )  # fmt: skip
    points = [json.dumps({"points": 10 * times}) for times in range(1, 4)]
    teller.book.write(
        "Points Earned", who, at + 5, BY_CARD, channel="In Store", order=number,
        properties=teller.any_of(points, len(who)),
    )  # fmt: skip


def tell_deliveries(teller: Teller, order: Fact) -> None:
    """Parcels leave within a day and arrive when they arrive."""
    who, number = order["who"], order["number"]
    shipped = order["at"] + teller.between(3_600, 60_000, len(who))
    teller.book.write("Order Shipped", who, shipped, order=number)
    arrives = teller.moment(order["day"] + order["days"], OFFICE_HOURS)
    arrives = np.maximum(arrives, shipped + 3_600)
    regions = teller.book.codes([json.dumps({"region": region}) for region in REGIONS])
    teller.book.write(
        "Order Delivered", who, arrives, order=number,
        properties=regions[teller.people.region[who]],
    )  # fmt: skip


def tell_refunds(teller: Teller, order: Fact) -> None:
    """Some orders are paid back, whole or half; the unhappy ask more often."""
    count = len(order["who"])
    back = teller.chance.odds(np.where(order["mood"] < 0, 0.20, 0.03), count)
    half = teller.chance.odds(0.4, count)[back]
    gone = only(order, back)
    days = gone["day"] + gone["days"] + 2 + teller.chance.whole_days(6.0, 25, len(gone["who"]))
    cents = np.where(half, gone["cents"] // 2, gone["cents"])
    teller.book.write(
        "Order Refunded", gone["who"], teller.moment(days, OFFICE_HOURS), cents=-cents,
        order=gone["number"],
    )  # fmt: skip


def tell_money(teller: Teller) -> None:
    """Subscriptions renewed and cancelled, and rewards for friends who bought."""
    renewed, cancelled = teller.facts.all("renewed"), teller.facts.all("cancelled")
    plan = json.dumps({"plan": "beans-monthly"})
    teller.book.write(
        "Subscription Renewed", renewed["who"], teller.moment(renewed["day"], OFFICE_HOURS),
        cents=SUBSCRIPTION_CENTS, properties=plan,
    )  # fmt: skip
    teller.book.write(
        "Subscription Cancelled", cancelled["who"], teller.moment(cancelled["day"], ONLINE),
        properties=plan,
    )  # fmt: skip
    reward = teller.facts.all("reward")
    teller.book.write(
        "Reward Granted", reward["who"], teller.moment(reward["day"] + 1, OFFICE_HOURS),
        channel="Referral Program", cents=REWARD_CENTS,
        properties=json.dumps({"reason": "a friend's first order"}),
    )  # fmt: skip
