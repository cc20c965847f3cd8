"""The kinds of customers that the shop has, and how each behaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Reals

ENTRY_CHANNELS = (
    "Paid Search",
    "Organic Search",
    "Organic Social",
    "Paid Social",
    "Display",
    "Direct",
    "Referral",
    "Review Site",
)
VISIT_CHANNELS = ("Direct", "Organic Search", "Paid Search", "Organic Social", "Referral")


@dataclass(frozen=True)
class Persona:
    """A kind of customer; rates are a day, shares between 0 and 1.

    `share` of all people, `walks_in` the share whose first contact is the shop's door, `progress`
    what multiplies the rates from Know, Like and Trust; `reorder`, `churn` and `invite` are a
    customer's rates, `subscribes` the share of orders that start a subscription, `in_store` that
    of checkouts at the counter. `season` multiplies arrivals in November and December, `items`
    is the mean number beyond the first. The rest are weights: of phone, computer and tablet, of
    ENTRY_CHANNELS, of VISIT_CHANNELS, and of the shop's products.
    """

    id: str
    name: str
    about: str
    share: float
    walks_in: float
    progress: tuple[float, float, float]
    reorder: float
    churn: float
    invite: float
    subscribes: float
    in_store: float
    season: float
    items: float
    devices: tuple[float, float, float]
    entry: tuple[float, ...]
    returns_by: tuple[float, ...]
    wares: tuple[float, ...]


PERSONAS = (
    Persona(
        id="hobby",
        name="Home barista",
        about="Reads every review, buys fine gear, tells friends.",
        share=0.36,
        walks_in=0.0,
        progress=(1.1, 1.1, 1.1),
        reorder=0.018,
        churn=0.003,
        invite=0.003,
        subscribes=0.15,
        in_store=0.05,
        season=1.4,
        items=0.7,
        devices=(0.4, 0.5, 0.1),
        entry=(10, 30, 22, 8, 5, 10, 8, 7),
        returns_by=(35, 30, 8, 20, 7),
        wares=(3, 2, 3, 2, 2, 1, 5, 3),
    ),
    Persona(
        id="office",
        name="Office manager",
        about="Buys for a firm, wants advice and an invoice, stays.",
        share=0.14,
        walks_in=0.0,
        progress=(1.0, 0.9, 1.0),
        reorder=0.026,
        churn=0.0018,
        invite=0.0012,
        subscribes=0.3,
        in_store=0.05,
        season=0.8,
        items=3.0,
        devices=(0.15, 0.8, 0.05),
        entry=(35, 30, 3, 5, 7, 12, 6, 2),
        returns_by=(45, 30, 18, 2, 5),
        wares=(1, 2, 0.5, 0.5, 0.5, 2, 6, 4),
    ),
    Persona(
        id="gift",
        name="Gift giver",
        about="Comes before Christmas, buys once on the phone, rarely returns.",
        share=0.36,
        walks_in=0.0,
        progress=(1.0, 0.8, 0.9),
        reorder=0.003,
        churn=0.015,
        invite=0.0008,
        subscribes=0.01,
        in_store=0.06,
        season=3.2,
        items=0.3,
        devices=(0.72, 0.18, 0.1),
        entry=(22, 14, 18, 30, 8, 4, 3, 1),
        returns_by=(25, 25, 20, 28, 2),
        wares=(1, 2, 1, 1, 3, 4, 1, 2),
    ),
    Persona(
        id="neighbour",
        name="Neighbour",
        about="Walks past the shop, comes in often for a bag of beans.",
        share=0.14,
        walks_in=0.5,
        progress=(1.1, 1.0, 1.0),
        reorder=0.03,
        churn=0.004,
        invite=0.0018,
        subscribes=0.08,
        in_store=0.65,
        season=1.0,
        items=0.2,
        devices=(0.75, 0.15, 0.1),
        entry=(8, 30, 22, 8, 2, 25, 3, 2),
        returns_by=(50, 25, 3, 20, 2),
        wares=(0.3, 0.5, 0.5, 0.5, 1.5, 1, 9, 3),
    ),
)


def by_persona(field: str) -> Reals:
    """One number (or row of numbers) a persona, as an array.

    >>> by_persona("share").tolist()
    [0.36, 0.14, 0.36, 0.14]
    """
    return np.array([getattr(persona, field) for persona in PERSONAS], np.float64)
