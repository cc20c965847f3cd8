"""What can be seen on the shop's site: for each touchpoint name its pages and properties."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from sojourn.core.bucket import Ints, Reals
from sojourn.demo.shop.book import MISSING, Book
from sojourn.demo.shop.world import PRODUCTS, STAGES

PLAIN = ("/", "/stories/how-we-roast", "/stories/water-matters", "/stores", "/about")
QUERIES = ("grinder", "kettle", "gift", "decaf", "espresso machine")
COLLECTIONS = ("gear", "beans", "gifts")
SINGLE = {
    "Comparison Viewed": "/compare/grinders",
    "Pricing Viewed": "/office/prices",
    "Cart Viewed": "/cart",
    "Question Asked": "/contact",
    "Consultation Booked": "/office/advice",
    "Trial Started": "/try-at-home",
    "Demo Booked": "/office/tasting",
    "Followed": "/social",
    "Newsletter Subscribed": "/newsletter",
}
OF_A_PRODUCT = ("Product Viewed", "Review Read", "Product Added", "Product Added to Wishlist")

SEEN: dict[str, Mapping[str, float]] = {
    "know": {"Page Viewed": 1.0},
    "like": {
        "Page Viewed": 0.40, "Product List Viewed": 0.22, "Product Viewed": 0.23,
        "Products Searched": 0.15,
    },
    "trust": {
        "Page Viewed": 0.25, "Product Viewed": 0.40, "Review Read": 0.17,
        "Comparison Viewed": 0.10, "Pricing Viewed": 0.05, "Question Asked": 0.03,
    },
    "try": {
        "Page Viewed": 0.25, "Product Viewed": 0.35, "Cart Viewed": 0.20, "Product Added": 0.10,
        "Review Read": 0.10,
    },
    "customer": {
        "Page Viewed": 0.45, "Product Viewed": 0.28, "Product List Viewed": 0.12,
        "Products Searched": 0.08, "Review Read": 0.03, "Question Asked": 0.04,
    },
}  # fmt: skip
"""What visits consist of in each stage; nothing of a later stage, or it would not be a visit."""

PROVES: dict[str, tuple[Mapping[str, float], ...]] = {
    "like": (
        {"Followed": 0.3, "Product List Viewed": 0.2, "Product Viewed": 0.3,
         "Products Searched": 0.2},
    ) * 4,
    "trust": (
        {"Review Read": 0.5, "Comparison Viewed": 0.3, "Question Asked": 0.2},
        {"Pricing Viewed": 0.4, "Consultation Booked": 0.4, "Comparison Viewed": 0.2},
        {"Review Read": 0.4, "Product Added to Wishlist": 0.6},
        {"Review Read": 0.6, "Question Asked": 0.4},
    ),
    "try": (
        {"Product Added": 0.65, "Trial Started": 0.35},
        {"Product Added": 0.30, "Trial Started": 0.20, "Demo Booked": 0.50},
        {"Product Added": 1.0},
        {"Product Added": 0.9, "Trial Started": 0.1},
    ),
}  # fmt: skip
"""By which touchpoint a persona (in the order of PERSONAS) enters a stage."""


class Site:
    """Everything that can be seen, numbered; `name`, `page` and `properties` hold codes."""

    def __init__(self, book: Book) -> None:
        shown = list(views())
        self.names = [name for name, _, _ in shown]
        self.name = book.codes(self.names)
        self.page = book.codes([page for _, page, _ in shown])
        self.properties = np.array(
            [MISSING if found is None else book.code(json.dumps(found)) for _, _, found in shown]
        )
        self.seen: Reals = np.stack([self.weights(SEEN[stage]) for stage in STAGES])

    def weights(self, names: Mapping[str, float]) -> Reals:
        """A weight for everything that can be seen, from weights of names."""
        times = {name: self.names.count(name) for name in names}
        return np.array([names.get(name, 0.0) / times.get(name, 1) for name in self.names])

    def proof(self, stage: str) -> Reals:
        """By persona, how likely each thing is to be what takes them into a stage."""
        return np.stack([self.weights(names) for names in PROVES[stage]])

    def named(self, name: str) -> Ints:
        """The numbers of what has this name, products in the order of PRODUCTS."""
        return np.flatnonzero([each == name for each in self.names])


def views() -> list[tuple[str, str, dict[str, object] | None]]:
    """Name, page and properties of everything that can be seen."""
    shown: list[tuple[str, str, dict[str, object] | None]] = []
    shown += [("Page Viewed", page, None) for page in PLAIN]
    shown += [("Products Searched", "/search", {"query": query}) for query in QUERIES]
    shown += [
        ("Product List Viewed", f"/collections/{each}", {"category": each}) for each in COLLECTIONS
    ]
    shown += [
        (
            name,
            f"/products/{product.id}",
            {
                "product_id": product.id,
                "name": product.name,
                "category": product.category,
                "price": product.cents / 100,
            },
        )
        for name in OF_A_PRODUCT
        for product in PRODUCTS
    ]
    shown += [(name, page, None) for name, page in SINGLE.items()]
    return shown
