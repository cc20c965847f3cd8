"""From the book's codes to a table with the log's columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sojourn.core.bucket import Ints
from sojourn.core.touchpoint import ALIASES, LOG_SCHEMA, MONEY, TIME
from sojourn.core.vocabulary import actor_of
from sojourn.demo.shop.book import (
    BY_BOTH,
    BY_CARD,
    BY_DEVICE,
    BY_EMAIL,
    BY_USER,
    BY_USER_AND_CARD,
    SIGNING_UP,
    TEXTS,
    Book,
)
from sojourn.demo.shop.roster import DAY, Roster
from sojourn.demo.shop.world import CURRENCY

WITH_USER = (BY_USER, BY_BOTH, BY_USER_AND_CARD, SIGNING_UP)
WITH_DEVICE = (BY_DEVICE, BY_BOTH, SIGNING_UP)
WITH_EMAIL = (BY_EMAIL, SIGNING_UP)
WITH_CARD = (BY_CARD, BY_USER_AND_CARD)
IN_STORE, IN_PERSON = "In Store", "in person"

ORIGINS: dict[str, tuple[str | None, str | None, str | None]] = {
    "Paid Search": ("google", "cpc", "https://www.google.com/"),
    "Organic Search": ("google", "organic", "https://www.google.com/"),
    "Organic Social": ("instagram", "social", "https://www.instagram.com/"),
    "Paid Social": ("facebook", "paid_social", "https://www.facebook.com/"),
    "Display": ("banner-network", "display", None),
    "Referral": ("daily-grind.example", "referral", "https://daily-grind.example/"),
    "Review Site": ("bean-reviews.example", "referral", "https://bean-reviews.example/"),
    "Referral Program": ("friend", "referral_program", None),
    "Email": ("harbour-lane", "email", None),
}
"""Source, medium and referrer of the channels that have one."""

Columns: TypeAlias = dict[str, NDArray[Any]]
Arrow: TypeAlias = "pa.Array[Any]"


def touchpoints(book: Book, roster: Roster) -> pa.Table:
    """Everything told that happened before the last day's end, by time, in the log's types."""
    columns = book.columns()
    inside = np.flatnonzero(columns["at"] < roster.plan.days * DAY)
    ts = roster.instants(columns["at"][inside])
    order = np.argsort(ts, kind="stable")
    columns = {name: column[inside[order]] for name, column in columns.items()}
    columns["ts"] = ts[order]
    arrays = {
        **happenings(columns, book.texts),
        **origins(columns, book.texts),
        **aliases(columns, book.code(IN_STORE), roster),
        **money(columns),
    }
    names = [name for name in LOG_SCHEMA.names if name in arrays]
    schema: pa.Schema = pa.schema([LOG_SCHEMA.field(name) for name in names])
    return pa.Table.from_arrays([arrays[name] for name in names], schema=schema)


def happenings(columns: Columns, texts: list[str]) -> dict[str, Arrow]:
    """What happened and when, and all that was written as text."""
    arrays = {name: look_up(columns[name], texts) for name in TEXTS}
    count = len(columns["ts"])
    arrays["event_id"] = pa.array([f"hl-{number:08d}" for number in range(count)], pa.string())
    arrays["ts"] = pa.array(columns["ts"] * 1_000_000).cast(TIME)
    arrays["actor"] = look_up(columns["name"], [actor_of(text) for text in texts])
    felt = columns["sentiment"]
    arrays["sentiment"] = pa.array(np.round(felt, 3), mask=np.isnan(felt))
    return arrays


def origins(columns: Columns, texts: list[str]) -> dict[str, Arrow]:
    """Source and medium of each channel; the referrer only where somebody landed."""
    found = [ORIGINS.get(text, (None, None, None)) for text in texts]
    channel = columns["channel"]
    landed = np.where(columns["landing"].astype(bool), channel, -1)
    return {
        "source": look_up(channel, [source for source, _, _ in found]),
        "medium": look_up(channel, [medium for _, medium, _ in found]),
        "referrer": look_up(landed, [referrer for _, _, referrer in found]),
    }


def aliases(columns: Columns, in_store: int, roster: Roster) -> dict[str, Arrow]:
    """Who: user id, device id, other aliases, the firm, the device and who brought them."""
    by, who = columns["by"], columns["who"]
    user = np.where(np.isin(by, WITH_USER), who, -1)
    unit = roster.device(who, columns["unit"])
    device = np.where(np.isin(by, WITH_DEVICE), unit, -1)
    on = np.where(columns["channel"] == in_store, len(roster.kinds), device)
    return {
        "user_id": look_up(user, roster.user_ids),
        "device_id": look_up(device, roster.devices),
        "aliases": other_aliases(by, who, roster),
        "account": look_up(user, roster.people.firms()),
        "device": look_up(on, [*roster.kinds, IN_PERSON]),
        "referred_by": look_up(columns["friend"], roster.user_ids),
    }


def other_aliases(by: Ints, who: Ints, roster: Roster) -> Arrow:
    """The e-mail address or card under which somebody shows, as a list of at most one alias."""
    email, card = np.isin(by, WITH_EMAIL), np.isin(by, WITH_CARD)
    some = email | card
    rows = who[some].tolist()
    kinds = np.where(email[some], "email", "card").tolist()
    ids = [
        f"guest{roster.user_ids[number]}@mail.example" if kind == "email" else f"C{number:07d}"
        for number, kind in zip(rows, kinds, strict=True)
    ]
    offsets = np.concatenate([[0], np.cumsum(some)]).astype(np.int32)
    pairs = pa.StructArray.from_arrays(
        [pa.array(kinds, pa.string()), pa.array(ids, pa.string())], ["kind", "id"]
    )
    nothing = pa.array(~some, pa.bool_())
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pairs, type=ALIASES, mask=nothing
    )


def money(columns: Columns) -> dict[str, Arrow]:
    """Values in cents as decimals, their currency, and order numbers."""
    cents, order = columns["cents"], columns["order"]
    numbers = [f"HL-{number:06d}" for number in range(int(order.max(initial=-1)) + 1)]
    return {
        "value": pa.array(cents / 100, mask=cents == 0).cast(MONEY),
        "currency": look_up(np.where(cents != 0, 0, -1), [CURRENCY]),
        "order_id": look_up(order, numbers),
    }


def look_up(codes: Ints, values: Sequence[str | None]) -> Arrow:
    """The text of each code; -1 is null."""
    positions = pa.array(codes.astype(np.int64), pa.int64(), mask=codes < 0)
    return pa.array(values, pa.string()).take(positions)
