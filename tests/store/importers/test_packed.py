"""Workbooks and zip archives: read as what they hold, and no trap in one takes us down."""

import json
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from sojourn.errors import ImportFailed
from sojourn.store.importers import packed
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.sheetreader import cell_text

HEAD = ["user_id", "when", "event", "amount", "shade"]
ROWS = [
    ["007", datetime(2026, 1, 2, 10, 0, 0), "Order Completed", 1.234, "red"],
    [17850, date(2026, 1, 3), "Page Viewed", None, None],
    ["u3", datetime(2026, 1, 4, 23, 59, 59), "Order Completed", 1234567.5, True],
]


def workbook(path, sheets, **changes):
    """A workbook of lists of rows by the name of their sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for name, value in changes.items():
        setattr(book, name, value)
    book.save(path)
    return path


@pytest.fixture
def file(desk):
    return desk.folder / "shop.xlsx"


def test_a_sheet_becomes_touchpoints_with_its_real_dates(desk, file):
    report = desk.bring(workbook(file, {"Orders": [HEAD, *ROWS]}))
    assert (report.rows_read, report.touchpoints) == (3, 3)
    assert (report.format, report.encoding) == ("workbook, sheet 'Orders'", None)
    assert desk.rows("user_id", "ts", "value") == [
        ("007", datetime(2026, 1, 2, 10, tzinfo=UTC), Decimal("1.2340")),
        ("17850", datetime(2026, 1, 3, tzinfo=UTC), None),
        ("u3", datetime(2026, 1, 4, 23, 59, 59, tzinfo=UTC), Decimal("1234567.5000")),
    ]
    assert json.loads(desk.rows("properties")[2]) == {"shade": "TRUE"}


def test_clock_times_of_a_workbook_are_in_the_zone_that_is_said(desk, file):
    desk.bring(workbook(file, {"Orders": [HEAD, *ROWS]}), tz="Europe/Berlin")
    assert desk.rows("ts")[0] == datetime(2026, 1, 2, 9, tzinfo=UTC)


def test_days_that_count_from_1904_are_the_same_days(desk, file):
    report = desk.bring(workbook(file, {"Orders": [HEAD, *ROWS]}, epoch=CALENDAR_MAC_1904))
    assert desk.rows("ts")[0] == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert any("from 1904" in line for line in report.warnings)


def test_the_first_sheet_with_rows_is_read_or_the_one_that_is_named(desk, file):
    book = {"Notes": [], "Orders": [HEAD, ROWS[0]], "More": [HEAD, ROWS[1], ROWS[2]]}
    workbook(file, book)
    first = desk.bring(file)
    assert first.touchpoints == 1
    assert any("'More'. Name one with `--sheet NAME`" in line for line in first.warnings)
    assert desk.bring(file, sheet="more").touchpoints == 2
    with pytest.raises(ImportFailed, match=r"no sheet 'Ordres'.*\n.*'Notes', 'Orders', 'More'"):
        desk.bring(file, sheet="Ordres")
    with pytest.raises(ImportFailed, match="no rows in the sheet 'Notes'"):
        desk.bring(file, sheet="Notes")


def test_what_is_no_workbook_has_no_sheet(desk):
    with pytest.raises(ImportFailed, match=r"is no workbook: it has no sheet 'More'"):
        desk.bring(CSV, sheet="More")


def test_a_hidden_sheet_is_not_the_first(desk, file):
    book = openpyxl.Workbook()
    book.active.title = "Secret"
    book.active.append(HEAD)
    book.active.append(ROWS[0])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Open")
    sheet.append(HEAD)
    sheet.append(ROWS[1])
    book.save(file)
    assert desk.bring(file).format == "workbook, sheet 'Open'"


def test_a_workbook_goes_through_the_same_evidence_as_any_text(desk, file):
    rows = [["Report of orders"], [], HEAD, ["u1", "13/02/2026", "A", "1.234,50", None]]
    rows += [["u2", "03/04/2026", "A", "5", None], [], HEAD, ["Total", None, None, 9, None]]
    report = desk.bring(workbook(file, {"Orders": rows}))
    assert desk.rows("ts", "value") == [
        (datetime(2026, 2, 13, tzinfo=UTC), Decimal("1234.5000")),
        (datetime(2026, 4, 3, tzinfo=UTC), Decimal("5.0000")),
    ]
    assert (report.rows_read, report.rejected) == (5, 3)
    assert [row for row, _ in desk.rejected] == [3, 4, 5]


def test_the_same_sheet_again_adds_nothing(desk, file):
    workbook(file, {"Orders": [HEAD, *ROWS]})
    desk.bring(file)
    assert desk.bring(file).already


def test_long_numbers_lost_their_ends_and_that_is_said(desk, file):
    rows = [HEAD, [1234567890123456789, datetime(2026, 1, 2), "A", None, None]]
    report = desk.bring(workbook(file, {"Orders": rows}))
    assert any("A spreadsheet keeps 15" in line for line in report.warnings)


def test_days_that_are_plain_numbers_are_still_days(desk, file):
    desk.bring(workbook(file, {"Orders": [["user_id", "date", "event"], ["u1", 46024.5, "A"]]}))
    assert desk.rows("ts") == [datetime(2026, 1, 2, 12, tzinfo=UTC)]


def test_an_old_workbook(desk):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Orders")
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM")
    for column, name in enumerate(HEAD):
        sheet.write(0, column, name)
    for row, values in enumerate(ROWS, 1):
        for column, value in enumerate(values):
            dated = (style,) if isinstance(value, date) else ()
            sheet.write(row, column, value, *dated)
    book.save(str(desk.folder / "old.xls"))
    report = desk.bring(desk.folder / "old.xls")
    assert report.touchpoints == 3
    assert desk.rows("user_id")[:2] == ["007", "17850"]
    assert desk.rows("ts")[2] == datetime(2026, 1, 4, 23, 59, 59, tzinfo=UTC)


def test_an_open_document(desk):
    document = OpenDocumentSpreadsheet()
    table = Table(name="Orders")
    for values in [HEAD, *ROWS]:
        row = TableRow()
        for value in values:
            row.addElement(cell(value))
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(desk.folder / "shop.ods"))
    report = desk.bring(desk.folder / "shop.ods")
    assert report.touchpoints == 3
    assert desk.rows("user_id", "value")[0] == ("007", Decimal("1.2340"))
    assert desk.rows("ts")[1] == datetime(2026, 1, 3, tzinfo=UTC)


def cell(value):
    if isinstance(value, datetime | date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, float | int) and not isinstance(value, bool):
        return TableCell(valuetype="float", value=value)
    made = TableCell(valuetype="string")
    made.addElement(P(text="" if value is None else str(value)))
    return made


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"), (-0.5, "-0.5"), (0.1 + 0.2, "0.3"), (1.234, "1.2340"), (-12.345, "-12.3450"),
        (1e-7, "1e-07"), (1e20, "100000000000000000000"), (True, "TRUE"), ("", ""), ("007", "007"),
        (time(9, 30), "09:30:00"), (timedelta(hours=30, seconds=5), "30:00:05"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, 123000), "2026-01-02T03:04:05.123000"),
    ],
)  # fmt: skip
def test_a_cell_as_text(value, text):
    assert cell_text(value) == text


def test_a_workbook_that_would_take_all_memory_is_refused(desk, file):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "user_id", "x"
    book.save(file)
    with pytest.raises(ImportFailed, match="3 GB of memory"):
        desk.bring(file)


def test_a_workbook_that_unpacks_to_too_much_is_refused(desk, file, monkeypatch):
    monkeypatch.setattr(packed, "MOST_UNPACKED", 1000)
    with pytest.raises(ImportFailed, match="unpacks to"):
        desk.bring(workbook(file, {"Orders": [HEAD, *ROWS]}))


DAMAGED = {
    "cut": lambda data: data[: len(data) // 2],
    "not at its word": lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
    "nothing but the beginning": lambda _: b"PK\x03\x04" + b"\x00" * 99,
    "an old one of nothing": lambda _: b"\xd0\xcf\x11\xe0" + b"\x00" * 999,
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_workbook_is_said_plainly(desk, file, case):
    data = workbook(file, {"Orders": [HEAD, *ROWS]}).read_bytes()
    file.write_bytes(DAMAGED[case](data))
    with pytest.raises(ImportFailed, match=r"damaged|cannot be read as a workbook"):
        desk.bring(file)


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


CSV = "user_id,timestamp,event\nu1,2026-01-02,A\n"
LINES = '{"user_id": "u1", "timestamp": "2026-01-02", "event": "A"}\n'


@pytest.mark.parametrize(("name", "text"), [("a/b.csv", CSV), ("b.jsonl", LINES)])
def test_the_only_file_of_an_archive_is_read(desk, name, text):
    path = zipped(desk.folder / "export.zip", {"__MACOSX/._b": "x", ".DS_Store": "x", name: text})
    report = desk.bring(path)
    assert (report.touchpoints, report.file) == (1, f"export.zip: {name.rpartition('/')[2]}")
    assert desk.bring(text, name.rpartition("/")[2]).already


def test_what_was_put_aside_goes_with_its_source(desk):
    source = open_source(zipped(desk.folder / "export.zip", {"a.csv": CSV}), ImportOptions())
    path = source.file.path
    assert path.exists()
    del source
    assert not path.exists()


def test_an_archive_of_several_files_is_refused_with_their_names(desk):
    path = zipped(desk.folder / "export.zip", {"a.csv": CSV, "b.csv": CSV})
    with pytest.raises(ImportFailed, match="holds 2 files: a.csv, b.csv"):
        desk.bring(path)
    with pytest.raises(ImportFailed, match="holds 0 files"):
        desk.bring(zipped(desk.folder / "empty.zip", {"__MACOSX/x": ""}))


def test_an_archive_that_is_a_trap_is_refused(desk, monkeypatch):
    monkeypatch.setattr(packed, "SMALL", 1000)
    path = zipped(desk.folder / "export.zip", {"a.csv": " " * 5_000_000})
    with pytest.raises(ImportFailed, match="that is no text"):
        desk.bring(path)


def test_an_archive_in_an_archive_is_no_way_around(desk):
    inner = zipped(desk.folder / "inner.zip", {"a.csv": CSV}).read_bytes()
    path = zipped(desk.folder / "outer.zip", {"inner.zip": inner})
    assert desk.bring(path).touchpoints == 1
