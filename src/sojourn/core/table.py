"""The answer to a question: typed columns, rows and notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Any, Literal

import pyarrow as pa

ColumnType = Literal["text", "integer", "number", "time", "boolean", "money"]

ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "time": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "money": pa.decimal128(38, 4),
}
SHOWN_ROWS = 20
LONGEST_CELL = 80


@dataclass(frozen=True)
class Column:
    """A column's name, its type and what its numbers count (`people`, `days`, `share`)."""

    name: str
    type: ColumnType
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """Typed columns and rows with the notes that an honest reader needs.

    `kind` names the question (`stages`, `flow`, ...); `notes` say when, on how many people and
    touchpoints, what is pending and what is assumed. It hands itself to pandas, Polars and
    DuckDB through the Arrow PyCapsule interface.

    >>> table = Table.of("demo", [Column("stage", "text"), Column("people", "integer", "people")],
    ...                  {"stage": ["know"], "people": [12]}, {"as_of": "2026-01-01T00:00:00Z"})
    >>> table.rows
    [{'stage': 'know', 'people': 12}]
    """

    kind: str
    columns: tuple[Column, ...]
    data: pa.Table
    notes: Mapping[str, Any] = field(default_factory=dict)
    plotter: Callable[..., Any] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(
        cls, kind: str, columns: Sequence[Column], data: Mapping[str, Any], notes: Mapping[str, Any]
    ) -> Table:
        """Build a Table from one sequence or array a column."""
        arrays = [_array(data[c.name], ARROW_TYPES[c.type]) for c in columns]
        return cls(kind, tuple(columns), pa.table(arrays, [c.name for c in columns]), dict(notes))

    def __len__(self) -> int:
        return int(self.data.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries of Python values."""
        return self.data.to_pylist()

    def column(self, name: str) -> list[Any]:
        """One column's values."""
        return self.data.column(name).to_pylist()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.data.__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """The rows as a PyArrow table."""
        return self.data

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame (pandas must be installed)."""
        return self.data.to_pandas()

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON: times in ISO 8601 with `Z`, decimals as numbers, NaN never."""
        rows = [{k: plain(v) for k, v in row.items()} for row in self.rows]
        head = self.to_json_head()
        return {"columns": head["columns"], "rows": rows, "notes": head["notes"]}

    def to_json_head(self) -> dict[str, Any]:
        """What `to_json` says beside the rows."""
        return {
            "columns": [{"name": c.name, "type": c.type, "unit": c.unit} for c in self.columns],
            "notes": {k: plain(v) for k, v in self.notes.items()},
        }

    def plot(self, **options: Any) -> Any:
        """The picture of this answer, where it has one; with a `theme` and a `width`, if given."""
        if self.plotter is None:
            raise AttributeError(f"a {self.kind} table has no picture")
        return self.plotter(self, **options)

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self)


def _array(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Values as a column; what is one already stays as it is."""
    if isinstance(values, pa.Array | pa.ChunkedArray) and values.type == kind:
        return values
    return pa.array(values, type=kind, from_pandas=True)


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with six decimals and `Z`.

    >>> iso(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def shown(value: Any, column: Column) -> str:
    """A value as a person reads it in a table."""
    if value is None:
        return "-"
    if column.unit == "share" and column.type == "number":
        return f"{value:.1%}"
    if column.type == "integer":
        return f"{value:,}"
    if column.type == "number":
        return f"{value:,.2f}"
    if column.type == "money":
        return f"{value:,.2f}"
    if column.type == "time":
        return iso(value)
    return str(value)


def as_text(table: Table, limit: int = SHOWN_ROWS) -> str:
    """The table as aligned text with its notes beneath."""
    head = table.data.slice(0, limit).to_pylist()
    cells = [[_short(shown(row[c.name], c)) for c in table.columns] for row in head]
    titles = [c.name for c in table.columns]
    units = [c.unit if c.unit not in ("", c.name) else "" for c in table.columns]
    grid = [titles, *([units] if any(units) else []), *cells]
    widths = [max(len(line[i]) for line in grid) for i in range(len(titles))]
    right = [c.type in ("integer", "number", "money") for c in table.columns]

    def line(texts: Sequence[str]) -> str:
        parts = (
            t.rjust(w) if r else t.ljust(w) for t, w, r in zip(texts, widths, right, strict=True)
        )
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * w for w in widths)
    out = [line(titles), *([line(units)] if any(units) else []), rule, *map(line, cells)]
    if len(table) > limit:
        out.append(f"... {len(table) - limit:,} more rows")
    out += ["", *note_lines(table)]
    return "\n".join(out).rstrip()


def printable(text: str) -> str:
    """A text that a terminal only prints: whatever would steer it is written out.

    >>> print(printable("red\\x1b[31m"))
    red\\x1b[31m
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _short(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"


def note_lines(table: Table) -> list[str]:
    """The notes, a line each."""
    lines = []
    for key, value in table.notes.items():
        if value in (None, [], {}, ""):
            continue
        if isinstance(value, (list, tuple)):
            lines += [f"note: {item}" for item in value]
        else:
            lines.append(f"{key.replace('_', ' ')}: {_told(value)}")
    return lines


def _told(value: Any) -> str:
    """A note's value for reading; what holds several is written with their names.

    >>> _told({"hobby": {"brought": 3}, "office": [0.1, 0.2]})
    'hobby: brought: 3; office: [0.1, 0.2]'
    """
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_told(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_told, value))}]"
    return str(plain(value))


def as_html(table: Table, limit: int = SHOWN_ROWS) -> str:
    """The table for a notebook, every text escaped."""
    head = "".join(f"<th>{escape(c.name)}</th>" for c in table.columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(shown(row[c.name], c))}</td>" for c in table.columns)
        + "</tr>"
        for row in table.data.slice(0, limit).to_pylist()
    )
    notes = "<br>".join(escape(line) for line in note_lines(table))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{notes}</p>"
