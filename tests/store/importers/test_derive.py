"""What is looked up once for each distinct value is what it would be for each row."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.blocked import is_blocked
from sojourn.core.channels import derive as derive_one
from sojourn.core.data import load
from sojourn.store.importers import derive

LISTED = [str(each) for group in load("blocked.yaml").values() for each in group]
IDS = st.sampled_from([*LISTED, "0000", "00-00", "0", "u1", "Guest2", "ÜBER", "", "GUEST"])
IDS = IDS | IDS.map(str.upper) | IDS.map(lambda text: f" {text}\t") | st.text(max_size=5)

PAGES = [None, "https://shop.example/p?x=1", "/p", "https://shop.example/?utm_source=bing"]
PAGES += ["https://shop.example/?utm_source=bing&utm_medium=cpc#x", "https://a.example/?GCLID=5"]
REFERRERS = [None, "https://www.google.com/search?q=a", "https://shop.example/x", "android-app://x"]
REFERRERS += ["google.com/a/b", "//t.co/x", "nonsense"]


@given(st.lists(IDS | st.none(), max_size=30), st.frozensets(st.sampled_from(["visitor", "u1"])))
def test_nobody_is_who_is_blocked(ids, extra):
    found = derive.names_nobody(pa.array(ids, pa.string()), extra)
    assert found.tolist() == [is_blocked(each, extra) for each in ids]


ROWS = st.tuples(
    st.sampled_from([None, "google", "news", "partner.example"]),
    st.sampled_from([None, "cpc", "email", "odd"]),
    st.sampled_from([None, "spring"]),
    st.sampled_from(REFERRERS),
    st.sampled_from(PAGES),
    st.sampled_from(["Page Viewed", "Order Completed", "Store Visited", "Call Made", None]),
    st.sampled_from([None, "phone", "In Person", " in person"]),
    st.sampled_from([None, "abc"]),
)
NAMES = ("source", "medium", "campaign", "referrer", "page", "name", "device")


@given(st.lists(ROWS, min_size=1, max_size=30))
def test_channels_are_those_of_each_row_by_itself(rows):
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    parts = dict(zip(NAMES, columns, strict=False))
    found = derive.channels(parts, {"fbclid": columns[7]}, len(rows))
    expected = [derive_one(*row[:7], click_ids=("fbclid",) if row[7] else ()) for row in rows]
    assert found.to_pylist() == expected


def test_columns_that_are_not_there_are_empty():
    names = pa.array(["Page Viewed", "Order Completed"])
    assert derive.channels({"name": names}, {}, 2).to_pylist() == ["Direct", None]
    assert derive.devices(None, None, 2).to_pylist() == [None, None]


def test_a_word_for_the_device_goes_before_the_user_agent():
    agent = pa.array(["Mozilla/5.0 (iPhone; CPU iPhone OS 17_1) Mobile"] * 3)
    words = pa.array(["Desktop", None, "fridge"])
    assert derive.devices(words, agent, 3).to_pylist() == ["computer", "phone", "fridge"]


def test_tags_fill_only_what_is_empty():
    page = pa.array([PAGES[4], None, PAGES[1]])
    found = derive.tags({"source": pa.array([None, "x", "y"])}, page, 3)
    assert found["source"].to_pylist() == ["bing", "x", "y"]
    assert found["medium"].to_pylist() == ["cpc", None, None]
