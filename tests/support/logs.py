"""Random logs: few names, times that tie and lapse to the microsecond, orders reported twice."""

import json
from decimal import Decimal

import pyarrow as pa
from hypothesis import strategies as st

from sojourn.core.durations import DAY

NAMES = [
    "Ad Viewed",
    "Page Viewed",
    "Newsletter Subscribed",
    "Review Read",
    "Trial Started",
    "Order Completed",
    "Order Completed",
    "Product Shared",
    "Review Posted",
    "Products Searched",
    "Message Sent",
    "Odd",
]
BUSINESS = {"Ad Viewed", "Message Sent"}
START = 1_700_000_000_000_000
GAPS = [0, 0, 1, DAY, 3 * DAY, 10 * DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1, 45 * DAY, 91 * DAY]

MODEL = {
    "id": "random",
    "shape": "circle",
    "lapse": "30 days",
    "restart": "name in ('Products Searched', 'Page Viewed') and order_gap_days > 2",
    "stages": [
        {
            "id": "know",
            "evidence": "name <> 'Odd' and actor = 'person' or name = 'Ad Viewed'",
            "patience": "10 days",
        },
        {
            "id": "like",
            "evidence": "name = 'Newsletter Subscribed' or (name = 'Page Viewed' and nth >= 2)",
        },
        {
            "id": "trust",
            "evidence": "name = 'Review Read' and channel = 'Email'",
            "patience": "3 days",
        },
        {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'", "patience": "30 days"},
        {"id": "repeat", "evidence": "name = 'Order Completed' and orders_before >= 1"},
        {
            "id": "refer",
            "evidence": "orders_before >= 1 and (name = 'Product Shared' or "
            "(name = 'Review Posted' and number(properties.rating) >= 4))",
        },
    ],
}


@st.composite
def random_logs(draw, most_people=5, most_touches=20):
    """A log as `{person: [touchpoint, ...]}`; seq runs over everybody."""
    touch = st.fixed_dictionaries(
        {
            "gap": st.sampled_from(GAPS),
            "name": st.sampled_from(NAMES),
            "channel": st.sampled_from(["Email", "Direct", None]),
            "order": st.integers(1, 3),
            "rating": st.sampled_from([None, 3, 4, 5]),
        }
    )
    log, seq = {}, 0
    for number in range(draw(st.integers(1, most_people))):
        ts, touches = START + draw(st.sampled_from([0, DAY, 5 * DAY])), []
        for made in draw(st.lists(touch, min_size=1, max_size=most_touches)):
            ts += made["gap"]
            name = made["name"]
            is_order = name == "Order Completed"
            touches.append(
                {
                    "event_id": f"e{seq}",
                    "seq": seq,
                    "ts": ts,
                    "name": name,
                    "actor": "business" if name in BUSINESS else "person",
                    "channel": made["channel"],
                    "order_id": f"o{made['order']}" if is_order and made["order"] < 3 else None,
                    "value": Decimal("12.50") if is_order else None,
                    "properties": {"rating": made["rating"]} if made["rating"] else None,
                }
            )
            seq += 1
        log[f"p{number}"] = touches
    return log


def as_frame(log):
    """The log as an Arrow table to be imported, in order of seq."""
    rows = sorted(
        ({**touch, "user_id": person} for person, touches in log.items() for touch in touches),
        key=lambda row: row["seq"],
    )
    return pa.table(
        {
            "event_id": [r["event_id"] for r in rows],
            "user_id": [r["user_id"] for r in rows],
            "ts": pa.array([r["ts"] for r in rows], pa.timestamp("us", tz="UTC")),
            "name": [r["name"] for r in rows],
            "actor": [r["actor"] for r in rows],
            "channel": pa.array([r["channel"] for r in rows], pa.string()),
            "order_id": pa.array([r["order_id"] for r in rows], pa.string()),
            "value": pa.array([r["value"] for r in rows], pa.decimal128(18, 4)),
            "properties": pa.array(
                [None if r["properties"] is None else json.dumps(r["properties"]) for r in rows],
                pa.string(),
            ),
        }
    )
