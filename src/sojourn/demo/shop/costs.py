"""What the shop's advertising and programs cost, by day, channel and campaign."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from sojourn.core.touchpoint import MONEY
from sojourn.demo.shop.world import CURRENCY, ZONE

COLUMNS: dict[str, pa.DataType] = {
    "day": pa.date32(),
    "channel": pa.string(),
    "campaign": pa.string(),
    "amount": MONEY,
    "currency": pa.string(),
}

QUERY = """
    with prices (name, channel, cents) as (values
        ('Ad Clicked', 'Paid Search', 240),
        ('Ad Clicked', 'Paid Social', 160),
        ('Ad Clicked', 'Display', 120),
        ('Ad Viewed', 'Paid Social', 2),
        ('Ad Viewed', 'Display', 2),
        ('Email Delivered', 'Email', 1),
        ('Call Made', 'Phone', 350),
        ('Reward Granted', 'Referral Program', 1000)
    )
    select
        (ts at time zone $zone)::date as day,
        channel,
        campaign,
        (sum(cents) / 100)::decimal(18, 4) as amount,
        $currency as currency
    from touchpoints
    inner join prices using (name, channel)
    group by all
    order by all
"""
"""A click, a banner shown, a mail, a call and a friend's reward, in cents."""


def costs(touchpoints: pa.Table) -> pa.Table:
    """What each day, channel and campaign cost: `day` (the shop's), `channel, campaign, amount,
    currency`."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register(
            "touchpoints", touchpoints.select(["ts", "name", "channel", "campaign"])
        )
        here = {"zone": ZONE, "currency": CURRENCY}
        found: pa.Table = connection.sql(QUERY, params=here).to_arrow_table()
    return found.cast(pa.schema(list(COLUMNS.items())))
