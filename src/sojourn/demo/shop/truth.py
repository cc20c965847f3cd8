"""The ground truth: what was planted, when, and with which rates, as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sojourn.demo.shop import world
from sojourn.demo.shop.before import VIRAL_POST
from sojourn.demo.shop.people import VIRAL_SHARE
from sojourn.demo.shop.personas import PERSONAS
from sojourn.demo.shop.reach import BANNER_CONTENT, CALL_CONTENT
from sojourn.demo.shop.stories import SILENT_GUIDE, SLOW_REGION, STORIES, Plan

JOURNEY = "hourglass"


def truth(plan: Plan, people: int, seed: int) -> dict[str, Any]:
    """Everything that an analysis of the shop should find out, ready for JSON or YAML."""
    return {
        "simulated": True,
        "business": world.BUSINESS,
        "people": people,
        "seed": seed,
        "zone": world.ZONE,
        "start": str(plan.start),
        "end": str(plan.date(plan.days)),
        "dates": "in the shop's zone; a start is included, an end is not",
        "stories": {
            story: {"title": STORIES[story]} | told(plan, story)
            for story in STORIES
            if story in plan.stories
        },
        "touchpoints": effects(plan),
        "hazards": hazards(),
        "personas": [asdict(persona) for persona in PERSONAS],
        "activity": {
            "trait": "cups_a_day",
            "shares": dict(zip(world.CUPS, world.CUP_SHARES.tolist(), strict=True)),
        },
    }


def told(plan: Plan, story: str) -> dict[str, Any]:
    """Where and when a story can be seen, and what it does."""
    return {
        "mobile-checkout": mobile_checkout,
        "viral-post": viral_post,
        "slow-delivery": slow_delivery,
        "silent-guide": silent_guide,
        "helper": helper,
        "confounder": confounder,
    }[story](plan)


def mobile_checkout(plan: Plan) -> dict[str, Any]:
    """Phones cannot pay."""
    usually = float(world.COMPLETES[world.PHONE])
    return period(plan, plan.mobile) | {
        "where": {"device": "phone"},
        "touchpoint": "Form Failed",
        "completes": {"usually": usually, "while broken": world.BROKEN_COMPLETES},
    }


def viral_post(plan: Plan) -> dict[str, Any]:
    """A wave of the curious; the days are those of their first contact."""
    return period(plan, (plan.viral, plan.viral + 10)) | {
        "where": {"name": "Post Viewed", "content": VIRAL_POST},
        "share_of_people": VIRAL_SHARE,
        "rate_ratio": {"know to like": world.CURIOUS},
    }


def slow_delivery(plan: Plan) -> dict[str, Any]:
    """Late parcels; the days are those of the orders."""
    return period(plan, plan.slow) | {
        "where": {"properties.region": world.REGIONS[SLOW_REGION]},
        "touchpoint": "Order Delivered",
        "days": {"usually": [1, 6], "slow": [9, 21]},
        "rate_ratio": {"ordering again": world.LATE_REORDER, "leaving": world.LATE_CHURN},
    }


def silent_guide(plan: Plan) -> dict[str, Any]:
    """Mails that never come; the days are those of the requests."""
    return period(plan, plan.silent) | {
        "where": {"content": world.GUIDES[SILENT_GUIDE]},
        "touchpoint": "Guide Requested",
        "missing": ["Guide Delivered", "Guide Opened"],
        "rate_ratio": {"trust to try": world.WAITING_PROGRESS, "leaving": world.WAITING_LEAVE},
    }


def helper(plan: Plan) -> dict[str, Any]:
    """The call that helps, at any time."""
    return period(plan, (0, plan.days)) | {
        "where": {"name": "Call Made", "content": CALL_CONTENT},
        "rate_ratio": {"try to buy": world.CALL_RATIO},
    }


def confounder(plan: Plan) -> dict[str, Any]:
    """Posts that the lively see more of, at any time."""
    return period(plan, (0, plan.days)) | {
        "where": {"name": "Post Viewed"},
        "because_of": "cups_a_day",
        "posts_a_day_in_try": list(world.HAZARDS.posts_in_try),
        "rate_ratio": {"try to buy": 1.0},
    }


def effects(plan: Plan) -> list[dict[str, Any]]:
    """What each touchpoint that reaches people in Try does to the rate of going to the checkout."""
    step = {"journey": JOURNEY, "from": "try", "to": "buy"}
    called = world.CALL_RATIO if "helper" in plan.stories else 1.0
    liveliness = "confounder" in plan.stories
    return [
        {"name": "Call Made", "content": CALL_CONTENT, **step, "rate_ratio": called,
         "assigned": "by lot"},
        {"name": "Ad Viewed", "content": BANNER_CONTENT, **step, "rate_ratio": 1.0,
         "assigned": "by lot"},
        {"name": "Post Viewed", **step, "rate_ratio": 1.0,
         "assigned": "by cups_a_day" if liveliness else "by lot"},
    ]  # fmt: skip


def hazards() -> dict[str, Any]:
    """The rates a day and what multiplies them."""
    return {
        "unit": "a day; probability within a day = 1 - exp(-rate); constant within a day",
        "reading": "progress, leave, ads, visits: by stage from know on; others by cups_a_day",
        **asdict(world.HAZARDS),
        "try_to_checkout": "attempt[cups_a_day] * (call ratio after a call) * week[weekday]",
        "checkout_to_order": dict(zip(world.DEVICES, world.COMPLETES.tolist(), strict=True))
        | {"in person": 1.0},
        "week": world.WEEK.tolist(),
        "invited": world.INVITED,
    }


def period(plan: Plan, days: tuple[int, int]) -> dict[str, str]:
    """A span of days as dates; the end is not included."""
    return {"start": str(plan.date(days[0])), "end": str(plan.date(min(days[1], plan.days)))}
