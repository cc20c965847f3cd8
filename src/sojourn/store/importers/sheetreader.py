"""One sheet of a workbook as CSV: a script of its own, so that no workbook can take us down.

A workbook of a few kilobytes can ask for any amount of memory, and its reader then ends the
whole process. So it is read in a process apart, under a limit, with nothing else in it.
Called as `python sheetreader.py WORKBOOK OUT SHEET LIMIT`; says on standard output, as JSON, what
it did, or `error`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

resource: ModuleType | None
try:
    import resource
except ImportError:  # there is none on Windows
    resource = None

EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number; the rest it makes zeros."""


def cell_text(value: Any) -> str:
    """A cell as text: days and times as ISO 8601, whole numbers without a point.

    >>> cell_text(17850.0), cell_text(datetime(2026, 1, 2, 10)), cell_text(0.1 + 0.2)
    ('17850', '2026-01-02T10:00:00', '0.3')

    A number of three decimals gets a fourth, so that nobody takes it for thousands.

    >>> cell_text(1.234)
    '1.2340'
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        text = f"{value:.15g}"
        return text + "0" if len(text.partition(".")[2]) == 3 and "e" not in text else text
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def is_long(value: Any) -> bool:
    """Whether a number had more digits than a spreadsheet keeps."""
    return isinstance(value, float) and abs(value) >= EXACT


def chosen(workbook: CalamineWorkbook, wanted: str) -> tuple[Any, list[str]]:
    """The sheet of that name, else the first with anything in it; and the other sheets with rows.

    Hidden sheets count only where they are asked for. Raises LookupError for an unknown name.
    """
    sheets = [s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    if wanted:
        named = [s.name for s in sheets if s.name.strip().lower() == wanted.strip().lower()]
        if not named:
            raise LookupError(", ".join(repr(s.name) for s in sheets))
        return workbook.get_sheet_by_name(named[0]), []
    shown = [s.name for s in sheets if s.visible == SheetVisibleEnum.Visible] or ["no sheet"]
    found = None
    others = []
    for name in shown:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height and found is None:
            found = sheet
        elif sheet.height:
            others.append(name)
    return found or workbook.get_sheet_by_name(shown[0]), others


def write(rows: Iterable[Sequence[Any]], out: Any) -> int:
    """Write rows as CSV, but no blank ones at the end; how many long numbers there were."""
    writer = csv.writer(out, lineterminator="\n")
    blank: list[list[str]] = []
    long = 0
    for row in rows:
        long += sum(map(is_long, row))
        texts = [cell_text(value).replace("\x00", "") for value in row]
        blank.append(texts)
        if any(texts):
            writer.writerows(blank)
            blank = []
    return long


def main(path: str, out: str, wanted: str, limit: str) -> dict[str, Any]:
    """Read the sheet; what is to be said of it."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (int(limit), int(limit)))
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheet, others = chosen(workbook, wanted)
            with open(out, "w", encoding="utf-8", newline="") as target:
                long = write(sheet.iter_rows(), target)
            return {"sheet": sheet.name, "others": others, "long": long}
    except LookupError as error:
        return {"unknown": str(error)}
    except PasswordError:
        return {"error": "it is locked with a password"}
    except CalamineError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:5]), sys.stdout)
