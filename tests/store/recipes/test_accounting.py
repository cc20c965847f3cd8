"""Whatever stands in a file, each of its rows is accounted for, as plain Python has it."""

import csv
import io
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes.reading import recipe_from_yaml
from sojourn.store.recipes.run import import_recipe
from support.imported import rejected_of, rows_of

TEXT = """
id: shop
time_format: iso
decimal: point
leave_out: [{when: state = 'test', because: tests}]
touchpoints:
  - {name: =Order Completed, person: who, ts: at, value: total, when: state = 'paid', id: "{no}"}
  - {name: "Order {state}", person: who, ts: sent, when: sent is not null}
"""
GROUPED = TEXT + "group: [no]\ngather: {sum: sum(number(total))}\n"
HEADER = ("no", "who", "state", "at", "sent", "total")
cells = st.sampled_from(["", "2026-01-02", "2026-13-40", "soon", "2026-02-03T04:05:06Z"])
rows = st.tuples(
    st.sampled_from(["1", "2", "3", ""]),
    st.sampled_from(["ann", "bob", "", 'b"o\n"b', "null"]),
    st.sampled_from(["paid", "test", "late", " paid ", ""]),
    cells,
    cells,
    st.sampled_from(["1", "2.50", "", "much", "-3"]),
)
files = st.lists(rows, min_size=1, max_size=12)


def is_time(text):
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_amount(text):
    return text in ("1", "2.50", "", "-3")


def became(row):
    """What a row becomes, written as anybody would: a reason, or how many touchpoints."""
    _, _, state, at, sent, total = (cell.strip() for cell in row)
    if state == "test":
        return "tests"
    paid, shipped = state == "paid", sent != ""
    if (paid and not (is_time(at) and is_amount(total))) or (shipped and not is_time(sent)):
        return "rejected"
    if shipped and not state:
        return "rejected"
    return "touchpoints" if paid or shipped else "no block's condition holds"


def read(text, found):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([HEADER, *found])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.csv"
        file.write_text(out.getvalue(), encoding="utf-8")
        log = Log(Path(folder) / "ws")
        report = import_recipe(log, recipe_from_yaml(text), {"rows": [file]}, ImportOptions())
        return report, rows_of(log), rejected_of(log)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files)
def test_rows_become_what_plain_python_says(found):
    report, made, rejected = read(TEXT, found)
    expected = Counter(became(row) for row in found)
    assert Counter(dict(report.parts[0].counts)) == expected
    assert len(rejected) == expected["rejected"]
    assert report.rows_read == len(found)
    assert len(made) == report.touchpoints


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files)
def test_rows_of_groups_are_accounted_for_one_by_one(found):
    report, made, rejected = read(GROUPED.replace(", value: total", ""), found)
    (part,) = report.parts
    assert sum(part.counts.values()) == part.rows == report.rows_read == len(found)
    assert part.counts.get("tests", 0) == sum(row[2] == "test" for row in found)
    assert part.counts.get("rejected", 0) == len(rejected)
    assert len(made) == report.touchpoints
