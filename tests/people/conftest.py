"""A small shop whose people share devices, addresses and a card."""

import pytest

import sojourn as sj

TOUCHES = """user_id,device_id,email,ts,name,value,currency
,d1,,2026-01-01T08:00:00Z,Page Viewed,,
ann,d1,,2026-01-01T09:00:00Z,Page Viewed,,
ann,d1,ann@example.org,2026-01-02T09:00:00Z,Order Completed,10,EUR
bob,d2,,2026-01-03T09:00:00Z,Page Viewed,,
,d3,x@example.org,2026-01-04T09:00:00Z,Newsletter Subscribed,,
,d3,,2026-01-05T09:00:00Z,Page Viewed,,
,,x@example.org,2026-01-06T09:00:00Z,Email Opened,,
,d4,,2026-01-07T09:00:00Z,Page Viewed,,
ann,tablet,,2026-01-08T09:00:00Z,Page Viewed,,
bob,tablet,,2026-01-09T09:00:00Z,Page Viewed,,
,tablet,,2026-01-09T10:00:00Z,Page Viewed,,
42,,,2026-01-10T09:00:00Z,Page Viewed,,
,c1,,2026-01-10T10:00:00Z,Page Viewed,,
"""
CUSTOMERS = """customer_id,email,card,plan,age,updated_at
ann,ann@example.org,42,basic,41,2026-01-01
ann,ann@example.org,42,gold,41,2026-01-05
cat,cat@example.org,7,basic,,2026-01-05
bob,,,late,,2026-06-01
"""


def open_shop(folder):
    """The shop in a folder."""
    shop = sj.open(folder / "shop")
    for name, text in (("touches.csv", TOUCHES), ("crm.csv", CUSTOMERS)):
        (folder / name).write_text(text)
    shop.add(folder / "touches.csv")
    shop.add(folder / "crm.csv", people=True, alias={"card": "card"})
    return shop


@pytest.fixture
def shop(tmp_path):
    """A shop to change."""
    return open_shop(tmp_path)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A shop to look at."""
    return open_shop(tmp_path_factory.mktemp("seen"))
