"""Harbour Lane Coffee, the shop that never was: its wares, regions, devices and hazards.

Everything that the simulation assumes stands here and in `personas` as data. A hazard is a rate a
day: over one day something happens with probability `1 - exp(-rate)`, and rates multiply, so a rate
ratio is true by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BUSINESS = "Harbour Lane Coffee"
ZONE = "Europe/Dublin"
CURRENCY = "EUR"
STORE = "Harbour Lane 7"

UNMET, KNOW, LIKE, TRUST, TRY, CUSTOMER, GONE = -1, 0, 1, 2, 3, 4, 5
STAGES = ("know", "like", "trust", "try", "customer")

REGIONS = ("north", "east", "south", "west")
REGION_SHARES = np.array([0.20, 0.30, 0.20, 0.30])

PHONE, COMPUTER, TABLET = 0, 1, 2
DEVICES = ("phone", "computer", "tablet")
COMPLETES = np.array([0.62, 0.76, 0.70])
"""How often an online checkout that was started is finished, by device."""

CUPS = ("1", "2-3", "4+")
"""Activity, which customers state as cups a day: the latent thing behind who is lively."""
CUP_SHARES = np.array([0.45, 0.35, 0.20])


@dataclass(frozen=True)
class Hazards:
    """Rates a day; those with three numbers go by activity (1, 2-3, 4+ cups a day)."""

    progress: tuple[float, float, float] = (0.027, 0.030, 0.048)
    """From Know, Like and Trust to the next stage, for medium activity."""
    leave: tuple[float, float, float] = (0.035, 0.030, 0.022)
    """From Know, Like and Trust away for good (or for long)."""
    lively: tuple[float, float, float] = (0.75, 1.0, 1.4)
    """What activity does to progress up to Try and to ordering again."""
    attempt: tuple[float, float, float] = (0.014, 0.032, 0.065)
    """From Try to the checkout. With `leave_try`, all leave Try at about the same total rate."""
    leave_try: tuple[float, float, float] = (0.045, 0.033, 0.010)
    visits: tuple[float, float, float, float, float] = (0.08, 0.14, 0.18, 0.20, 0.24)
    """Visits to the site by stage: Know, Like, Trust, Try, customer."""
    visits_by_activity: tuple[float, float, float] = (0.6, 1.0, 1.8)
    call: float = 0.05
    """A barista calls somebody who came to Try in the last LOT_DAYS: the touchpoint that helps."""
    banner: float = 0.05
    """A banner shown to any of the same people: it does nothing."""
    posts_in_try: tuple[float, float, float] = (0.01, 0.05, 0.25)
    """Posts seen while trying: the lively see more. They do nothing."""
    posts_in_try_by_lot: tuple[float, float, float] = (0.05, 0.05, 0.05)
    """The same where the story `confounder` is not told."""
    posts: float = 0.03
    ads: tuple[float, float, float] = (0.08, 0.06, 0.04)
    """Advertisements shown in Know, Like and Trust."""
    use: float = 0.18
    mention: float = 0.0012
    testimonial: float = 0.0004
    share: float = 0.0012
    phone_call: float = 0.002


HAZARDS = Hazards()

LOT_DAYS = 45
"""For so long after coming to Try somebody may be picked for a call or a banner."""
CALL_RATIO = 2.0
"""What a barista's call does to the rate of going on from Try to the checkout."""
WAITING_PROGRESS, WAITING_LEAVE = 0.35, 2.0
"""What waiting for a guide that never comes does to the rates in Trust."""
LATE_REORDER, LATE_CHURN = 0.4, 2.0
"""What a late delivery does to the rates of ordering again and of leaving."""
CURIOUS = 0.5
"""How much slower than others those go on from Know who came with the viral post."""
INVITED = 1.6
"""How much faster than others those go on up to Try whom a friend has invited."""
BROKEN_COMPLETES = 0.06
"""How often a checkout on a phone is finished while it is broken."""
LATE_AFTER_DAYS = 7
RETURN_AFTER_DAYS = 215
"""Who has left is silent at least this long, longer than the models' lapse."""
WEEK = np.array([1.06, 1.02, 1.0, 1.0, 0.94, 0.92, 1.06])
"""What the day of the week (Monday first) does to visits and checkouts of everybody."""


@dataclass(frozen=True)
class Product:
    """Something on the shelf; the price is in cents."""

    id: str
    name: str
    category: str
    cents: int


PRODUCTS = (
    Product("aurora-grinder", "Aurora grinder", "gear", 24900),
    Product("tide-kettle", "Tide kettle", "gear", 8900),
    Product("harbour-espresso", "Harbour espresso machine", "gear", 64900),
    Product("quay-scale", "Quay scale", "gear", 5900),
    Product("pour-over-set", "Pour-over set", "gifts", 4500),
    Product("tasting-box", "Tasting box", "gifts", 3200),
    Product("house-beans", "House beans", "beans", 1450),
    Product("single-origin", "Single origin", "beans", 1890),
)
GUIDES = ("brew-guide", "espresso-guide", "office-guide")
SUBSCRIPTION_CENTS = 2400
REWARD_CENTS = 1000
