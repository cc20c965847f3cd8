"""What the guide on importing says is so."""

import doctest
import re
from pathlib import Path

import pyarrow as pa
import pytest

from sojourn.store.importers import ImportOptions
from sojourn.store.importers.mapping import fields, map_columns
from sojourn.store.importers.times import FORMATS

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "import.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BASE = {"user_id": ["u1"], "timestamp": ["2026-01-02"], "event": ["A"]}


def test_its_example_gives_what_it_says():
    assert doctest.testfile(str(GUIDE), module_relative=False).failed == 0


def test_it_names_every_time_format():
    told = re.search(r"`--time-format` is one of (.*?), or a format like", TEXT, re.S)[1]
    assert tuple(re.findall(r"`([\w-]+)`", told)) == FORMATS


def test_it_names_every_column_that_can_be_mapped():
    rows = re.findall(r"^\| (`.*?) \| `--", TEXT, re.M)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    hidden = {"alias:email", "alias:phone", "call", "received_at", "user_agent"}
    assert told == set(fields()) - hidden


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("household_key", "user_id", "1"), ("user_pseudo_id", "device_id", "1"),
        ("InvoiceDate", "ts", "2026-01-02"), ("Event Name", "name", "A"),
        ("event_uuid", "event_id", "1"), ("channelGrouping", "channel", "x"),
        ("Referer", "referrer", "x"), ("context.page.url", "page", "x"),
        ("Order Total", "value", "5"), ("InvoiceNo", "order_id", "5"),
        ("context.traits.email", "alias:email", "x"), ("review", "text", "x"),
    ],
)  # fmt: skip
def test_the_names_in_its_table_are_recognised(name, field, value):
    assert f"`{name}`" in TEXT
    taken = {"user_id": "user_id", "ts": "timestamp", "name": "event"}.get(field)
    columns = {key: values for key, values in BASE.items() if key != taken}
    found = map_columns(pa.table({**columns, name: [value]}), ImportOptions())
    assert {each.field: each.column for each in found}[field] == name
