"""Files that nobody wrote: nothing crashes, nothing is lost, every rejection has its place."""

import csv
import io
import json
import os
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, import_file
from sojourn.store.importers.replay import replay
from sojourn.store.log import Log
from sojourn.store.rejected import Rejected

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SLOW = settings(
    max_examples=int(os.environ.get("FUZZ", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""FUZZ=500 looks longer."""

FLAGS = ImportOptions(
    columns={"person": "who", "ts": "when", "name": "what", "value": "worth"},
    time_format="iso", decimal="point",
)  # fmt: skip
"""Said, so that a random column is never asked about."""

NAMES = ("who", "when", "what", "worth", "note")
TIMES = st.sampled_from(["2026-01-02", "2026-01-02T03:04:05Z", "2026-02-30", "soon", "", "99"])
AMOUNTS = st.sampled_from(["5", "1,234.50", "€7", "NaN", "", "five", "(3.20)", "1e2"])
LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
WORDS = st.sampled_from(["u1", "u2", "A", "B", "null", "", "Total", '"', "'", ",;\t|", "\n", "ü"])
CELLS = st.one_of(WORDS, LETTERS)
ROWS = st.lists(st.tuples(CELLS, TIMES, CELLS, AMOUNTS, CELLS), min_size=1, max_size=25)


def added_up(report):
    """The sum that must be that of the rows which an independent reader finds."""
    return report.touchpoints + report.duplicates + report.rejected + report.bots


def checked(folder, path, options, rows):
    """Import a file and hold it to its promises; None where it was refused."""
    log = Log(folder / "shop")
    try:
        report = import_file(log, path, options, now=NOW)
    except ImportFailed:
        assert not log.exists()
        return None
    assert report.rows_read == added_up(report) == rows
    assert str(report)
    assert sum(file.rows for file in log.files()) == report.touchpoints + report.bots
    rejected = [row for batch in Rejected(log.root).batches() for row in batch.to_pylist()]
    places = [row["row"] for row in rejected]
    assert len(places) == report.rejected == len(set(places))
    assert all(1 <= place <= rows for place in places)
    assert all(row["reason"] and (row["raw"] or row["fields"]) for row in rejected)
    assert import_file(log, path, options, now=NOW).touchpoints == 0
    return report


def as_csv(rows, delimiter, quoting, ending):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows([NAMES, *rows])
    return out.getvalue()


@SLOW
@given(
    ROWS,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_proper_file_in_any_dialect_is_read_row_by_row(rows, delimiter, quoting, ending, letters):
    text = as_csv(rows, delimiter, quoting, ending)
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touches.csv"
        path.write_bytes(text.encode(letters))
        report = checked(Path(folder), path, FLAGS, len([row for row in expected if row]))
        if report is not None:
            assert report.rejected == sum(map(must_be_rejected, rows_of(expected)))


def rows_of(rows):
    return [dict(zip(NAMES, row, strict=True)) for row in rows if row]


def must_be_rejected(row):
    """What the guide says of a row, in plain Python."""
    stripped = {name: value.strip() for name, value in row.items()}
    again = {value.lower() for value in stripped.values()} == set(NAMES)
    return (
        again
        or stripped["when"] not in ("2026-01-02", "2026-01-02T03:04:05Z")
        or not stripped["what"]
        or stripped["worth"] in ("NaN", "five")
    )


BROKEN = [
    "u1,2026-01-02", ",,,,", "   ", "who,when,what,worth,note", "a,b,c,d,e,f", "Total,,,9,",
    'u1,2026-01-02,A,5,"x', 'u1,2026-01-02,"A"x,5,', "note,who", "u1,2026-01-02,A,5,x",
]  # fmt: skip
RAGGED = st.lists(
    st.one_of(st.sampled_from(BROKEN), LETTERS.map(lambda text: "".join(text.splitlines()))),
    min_size=1,
    max_size=30,
)


@SLOW
@given(RAGGED)
def test_ragged_lines_are_all_accounted_for(lines):
    """No quote spans a line here but the one that is never closed: lines are rows."""
    lines = [line for line in lines if '"' not in line or line.startswith("u1")]
    text = ",".join(NAMES) + "\n" + "".join(line + "\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touches.csv"
        path.write_text(text, encoding="utf-8", newline="")
        checked(Path(folder), path, FLAGS, sum(line != "" for line in lines))


@SLOW
@given(st.binary(max_size=400), st.booleans())
def test_random_bytes_are_refused_or_kept(data, headed):
    head = (",".join(NAMES) + "\nu1,2026-01-02,A,5,x\n").encode() if headed else b""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touches.csv"
        path.write_bytes(head + data)
        log = Log(Path(folder) / "shop")
        try:
            report = import_file(log, path, FLAGS, now=NOW)
        except ImportFailed:
            return
        assert report.rows_read == added_up(report)
        assert Rejected(log.root).count() == report.rejected


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELLS, TIMES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(LETTERS, inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.fixed_dictionaries(
    {"who": VALUES, "when": st.one_of(TIMES, VALUES), "what": st.one_of(st.just("A"), VALUES)},
    optional={"worth": st.one_of(AMOUNTS, VALUES), "note": VALUES},
)
LINES = st.lists(
    st.one_of(
        OBJECTS.map(json.dumps),
        st.sampled_from(["[]", "{", "null", '"x"', '{"who": "\\ud800"}', "{}", '{"a": NaN}']),
    ),
    min_size=1,
    max_size=15,
)


@SLOW
@given(LINES)
def test_json_lines_of_any_types_are_all_accounted_for(lines):
    first = '{"who": "u1", "when": "2026-01-02", "what": "A", "worth": "5"}'
    text = "\n".join([first, *lines])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touches.jsonl"
        path.write_text(text, encoding="utf-8")
        checked(Path(folder), path, FLAGS, 1 + len(lines))


COLUMNS = st.one_of(
    st.tuples(st.just(pa.string()), st.lists(st.one_of(st.none(), CELLS), min_size=8, max_size=8)),
    st.tuples(st.just(pa.int64()), st.lists(st.integers(-(2**62), 2**62), min_size=8, max_size=8)),
    st.tuples(st.just(pa.float64()), st.lists(st.floats(), min_size=8, max_size=8)),
    st.tuples(st.just(pa.bool_()), st.lists(st.booleans(), min_size=8, max_size=8)),
    st.tuples(st.just(pa.uint64()), st.lists(st.integers(0, 2**64 - 1), min_size=8, max_size=8)),
    st.tuples(
        st.just(pa.timestamp("us")),
        st.lists(st.one_of(st.none(), st.datetimes()), min_size=8, max_size=8),
    ),
    st.tuples(st.just(pa.date32()), st.lists(st.dates(date(1, 1, 1)), min_size=8, max_size=8)),
    st.tuples(
        st.just(pa.decimal128(20, 3)),
        st.lists(st.decimals(Decimal("-1e15"), Decimal("1e15"), places=3), min_size=8, max_size=8),
    ),
    st.tuples(st.just(pa.binary()), st.lists(st.binary(max_size=6), min_size=8, max_size=8)),
    st.tuples(
        st.just(pa.list_(pa.int64())),
        st.lists(st.lists(st.integers(0, 9), max_size=2), min_size=8, max_size=8),
    ),
    st.tuples(st.just(pa.null()), st.just([None] * 8)),
)


@SLOW
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, COLUMNS)), st.booleans())
def test_parquet_of_any_types_is_all_accounted_for(columns, timed):
    arrays = {name: pa.array(values, kind) for name, (kind, values) in columns.items()}
    if timed:
        arrays["when"] = pa.array([datetime(2026, 1, 2)] * 8, pa.timestamp("us"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touches.parquet"
        pq.write_table(pa.table(arrays), path)
        checked(Path(folder), path, FLAGS, 8)


@SLOW
@given(ROWS, st.booleans())
def test_rejected_rows_can_be_mended_and_replayed(rows, lines):
    text = as_csv(rows, ",", csv.QUOTE_ALL, "\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touches.csv"
        path.write_text(text, encoding="utf-8", newline="")
        report = checked(Path(folder), path, FLAGS, len(rows))
        if report is None or not report.rejected:
            return
        log = Log(Path(folder) / "shop")
        exported = Path(folder) / ("wrong.jsonl" if lines else "wrong.csv")
        assert Rejected(log.root).export(exported) == report.rejected
        mend(exported, lines)
        again = replay(log, exported, now=NOW)
        assert again.rows_read == added_up(again) == report.rejected
        assert again.touchpoints + again.duplicates == report.rejected
        assert Rejected(log.root).count() == 0


def mend(path, lines):
    """Give every row a time, a name and an amount; those that have no fields get all."""
    good = {"who": "u9", "when": "2026-03-04", "what": "Mended", "worth": "1", "_raw": ""}
    if lines:
        rows = [json.loads(line) | good for line in path.read_text("utf-8").split("\n")[:-1]]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, names = [row | good for row in reader], [*(reader.fieldnames or [])]
    names += [name for name in good if name not in names]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
