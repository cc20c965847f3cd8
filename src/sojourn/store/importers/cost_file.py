"""A plain file of costs as rows of the table `costs/`: its columns, days and amounts found out.

All of it or nothing: a line that cannot be read stops the file, so that no spending is missing
without anybody noticing. Lines of totals are no spending, and are left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints
from sojourn.core.channels import channels, derive
from sojourn.core.table import Column, Table
from sojourn.core.touchpoint import MONEY
from sojourn.errors import ImportFailed
from sojourn.store.costs import CostReport, append
from sojourn.store.importers.evidence import TimeEvidence, decide
from sojourn.store.importers.guards import holds_times
from sojourn.store.importers.mapping import folded
from sojourn.store.importers.money import MoneyEvidence, decide_money, read_money
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.pipeline import in_order
from sojourn.store.importers.run import name_of, plainly
from sojourn.store.importers.source import Block, Broken, Source
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.importers.times import is_text, read_times

CALLED: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "datum", "tag", "dag", "fecha", "jour", "data", "reportingdate"),
    "channel": ("channel", "marketingchannel", "channelgroup", "defaultchannelgroup", "kanal"),
    "campaign": ("campaign", "campaignname", "utmcampaign", "kampagne", "kampanj", "campagne"),
    "amount": (
        *("amount", "cost", "costs", "spend", "amountspent", "adspend", "spent", "totalcost"),
        *("totalspend", "totalspent", "mediacost", "mediaspend", "kosten", "kostnad", "betrag"),
        *("coste", "costo", "belopp", "expense", "expenses"),
    ),
    "currency": ("currency", "currencycode", "accountcurrency", "waehrung", "währung", "valuta"),
    "source": ("source", "utmsource"),
    "medium": ("medium", "utmmedium"),
}
"""What the columns are called in other people's files; the first that a file has wins."""

_IN_HEADER = re.compile(r"(.*\S)\s*[(\[]([A-Za-z]{3})[)\]]\s*")
_TOTAL = re.compile(r"(grand )?totals?\b|gesamt|summe|totalt|sum\b|somme|totale\b", re.IGNORECASE)
_NOTHING = ("", "-", "--")
_DAY = 86_400_000_000
SHOWN = 3


@dataclass(frozen=True)
class CostFile:
    """The rows of a file of costs, and what a reader should know of how they were read."""

    rows: pa.Table
    mapping: tuple[str, ...]
    remarks: tuple[str, ...]

    def preview(self) -> Table:
        """The rows as a Table, for a look before they are taken in."""
        kinds: Any = {"amount": "money"}
        columns = [Column(name, kinds.get(name, "text")) for name in self.rows.column_names]
        data = {name: self.rows[name].to_pylist() for name in self.rows.column_names}
        data["day"] = [str(day) for day in data["day"]]
        notes = {"mapping": ", ".join(self.mapping), "remarks": list(self.remarks)}
        return Table.of("costs", columns, data, notes)


@dataclass(frozen=True)
class CostOptions:
    """How to read it: a column of the file (or `=constant`) for each of ours, and the formats."""

    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None
    decimal: str | None = None
    encoding: str | None = None


def read_costs(source: Any, options: CostOptions | None = None) -> CostFile:
    """Read a file or frame of costs; raises ImportFailed, naming rows, when any cannot be read.

    It needs a day and an amount; the channel comes from its column, or from `source` and
    `medium` by the rules for touchpoints.
    """
    options = options or CostOptions()
    if isinstance(source, Mapping):
        source = pa.table(source)
    opened = open_source(source, ImportOptions(encoding=options.encoding))
    table, rows, broken = _all_rows(opened)
    mapping, currency = _mapping(table, options.columns)
    table, rows, totals = _without_totals(table, rows, mapping)
    day, bad_days = _days(table, rows, mapping["day"], options)
    amount, bad_amounts = _amounts(table, rows, mapping["amount"], options)
    _refuse(opened.name, sorted([*broken, *bad_days, *bad_amounts]))
    texts = {name: _texts(table, mapping.get(name)) for name in CALLED}
    if "channel" not in mapping:
        texts["channel"] = _derived(texts)
    money = [text.upper() if text else currency for text in texts["currency"]]
    found = pa.table(
        {
            "day": day,
            "channel": pa.array(map(_known_channel, texts["channel"]), pa.string()),
            "campaign": pa.array(texts["campaign"], pa.string()),
            "amount": amount,
            "currency": pa.array(money, pa.string()),
        }
    )
    used = tuple(f"{name} <- {column}" for name, column in mapping.items() if name in CALLED)
    return CostFile(found, used, (*opened.notes, *_remarks(found, totals)))


def add_costs(
    root: Path, rows: Any, options: CostOptions | None, source: str, *, instead: bool = False
) -> CostReport:
    """Take a file or frame of costs into the table; the caller holds the writer's lock."""
    with plainly(name_of(rows)):
        found = read_costs(rows, options)
        report = append(root, found.rows, source, instead=instead)
    return replace(report, remarks=found.remarks)


def _all_rows(source: Source) -> tuple[pa.Table, Ints, list[Broken]]:
    """Everything in it, the rows' numbers, and the rows that could not be taken apart."""
    try:
        blocks = list(in_order(source, _as_it_is, None))
    except NotUtf8:
        source.settle_encoding()
        blocks = list(in_order(source, _as_it_is, None))
    blocks = blocks or [source.sample()]
    before = np.cumsum([0, *(block.records for block in blocks)]).tolist()
    numbered = list(zip(blocks, before, strict=False))
    rows = np.concatenate([block.rows + start for block, start in numbered])
    broken = [
        one._replace(row=one.row + start) for block, start in numbered for one in block.broken
    ]
    table = pa.concat_tables([block.table for block in blocks], promote_options="permissive")
    return table.combine_chunks(), rows, broken


def _as_it_is(block: Block) -> Block:
    return block


def _mapping(table: pa.Table, given: Mapping[str, str]) -> tuple[dict[str, str], str | None]:
    """Which column (or `=constant`) fills what, and the currency that a header names."""
    names = table.column_names
    found = {name: _said(name, said, names) for name, said in given.items()}
    currency = None
    for name, called in CALLED.items():
        if name in found:
            continue
        for column in sorted(names, key=lambda n: _place(n, called)):
            if _place(column, called) == len(called) or column in found.values():
                break
            if name != "day" or holds_times(table[column].combine_chunks(), column):
                found[name] = column
                break
    for name, what in (("day", "which day it was"), ("amount", "how much was spent")):
        if name not in found:
            raise ImportFailed(
                f"No column says {what}. The columns are: {', '.join(names)}.",
                hint=f"Say which with `--{name} COLUMN`.",
            )
    if header := _IN_HEADER.fullmatch(found["amount"]):
        currency = header[2].upper()
    return found, currency


def _place(column: str, called: Sequence[str]) -> int:
    """Where a column's name stands among those, their number when it is none of them."""
    header = _IN_HEADER.fullmatch(column)
    name = folded(header[1] if header else column)
    return called.index(name) if name in called else len(called)


def _said(name: str, said: str, names: Sequence[str]) -> str:
    if name not in CALLED:
        near = get_close_matches(name, CALLED, 1)
        raise ImportFailed(
            f"Costs have no column {name!r}.",
            hint=f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(CALLED)}.",
        )
    if said in names or said.startswith("="):
        return said
    alike = [column for column in names if folded(column) == folded(said)]
    if len(alike) == 1:
        return alike[0]
    near = get_close_matches(said, names, 1, cutoff=0.5)
    raise ImportFailed(
        f"--{name} {said}: the file has no column {said!r}. It has: {', '.join(names)}.",
        hint=f"Did you mean {near[0]!r}?" if near else f'A constant is written "={said}".',
    )


def _column(table: pa.Table, column: str) -> pa.Array[Any]:
    if column in table.column_names:
        found = table[column].combine_chunks()
        return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found
    return pa.repeat(column.removeprefix("="), len(table))


def _texts(table: pa.Table, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(table)
    texts = _column(table, column).cast(pa.string()).to_pylist()
    return [(text or "").strip() or None for text in texts]


def _without_totals(
    table: pa.Table, rows: Ints, mapping: Mapping[str, str]
) -> tuple[pa.Table, Ints, int]:
    """The rows less those of totals and those that say nothing at all; how many totals."""
    if not is_text(_column(table, mapping["day"]).type):
        return table, rows, 0
    days = _texts(table, mapping["day"])
    labels = [days, *(_texts(table, mapping.get(n)) for n in ("channel", "campaign"))]
    blank = [not any(filter(None, row)) for row in zip(*table.to_pydict().values(), strict=True)]
    total = [
        any(text and _TOTAL.match(text) for text in row) and not _has_digit(row[0])
        for row in zip(*labels, strict=True)
    ]
    kept = ~(np.array(blank, bool) | np.array(total, bool))
    return table.filter(pa.array(kept)), rows[kept], sum(total)


def _has_digit(text: str | None) -> bool:
    return any(letter.isdigit() for letter in text or "")


def _days(
    table: pa.Table, rows: Ints, name: str, options: CostOptions
) -> tuple[pa.Array[Any], list[Broken]]:
    column = _column(table, name)
    evidence = TimeEvidence(name)
    evidence.add(column, rows)
    times = read_times(column, decide(evidence, options.time_format, "UTC", whole=True))
    bad = [_broken(int(rows[at]), name, column[at], "a day") for at in np.flatnonzero(~times.good)]
    days = np.where(times.good, times.us // _DAY, 0).astype(np.int32)
    return pa.array(days).cast(pa.date32()), bad


def _amounts(
    table: pa.Table, rows: Ints, name: str, options: CostOptions
) -> tuple[pa.Array[Any], list[Broken]]:
    """The amounts; where nothing stands, nothing was spent."""
    column = _column(table, name)
    if is_text(column.type):
        texts = [(text or "").strip() for text in column.to_pylist()]
        column = pa.array([None if text in _NOTHING else text for text in texts], pa.string())
    evidence = MoneyEvidence(name)
    evidence.add(column, rows)
    found = read_money(column, decide_money(evidence, options.decimal, whole=True))
    bad = [
        _broken(int(rows[at]), name, column[at], "an amount") for at in np.flatnonzero(~found.good)
    ]
    return found.values.fill_null(pa.scalar(Decimal(0), MONEY)), bad


def _broken(row: int, column: str, found: Any, expected: str) -> Broken:
    text = str(found.as_py())[:80]
    return Broken(row, f"{column} says {text!r}, expected {expected}", None, None, column, text)


def _refuse(name: str, broken: Sequence[Broken]) -> None:
    if not broken:
        return
    shown = "; ".join(f"row {one.row}: {one.reason}" for one in broken[:SHOWN])
    more = f"; and {len(broken) - SHOWN:,} more" if len(broken) > SHOWN else ""
    raise ImportFailed(
        f"{name} could not be read as costs: {shown}{more}. Nothing was taken in.",
        hint="Mend or remove these lines: costs come in whole, so that no spending is missing.",
    )


def _derived(texts: Mapping[str, list[str | None]]) -> list[str | None]:
    """The channel by the rules for touchpoints, where source or medium are known."""
    parts = zip(texts["source"], texts["medium"], texts["campaign"], strict=True)
    return [derive(*part) if part[0] or part[1] else None for part in parts]


def _known_channel(text: str | None) -> str | None:
    """The channel as the log writes it, whatever its case."""
    return text and {name.casefold(): name for name in channels()}.get(text.casefold(), text)


def _remarks(found: pa.Table, totals: int) -> list[str]:
    said = [f"{totals:,} lines of totals are left out."] if totals else []
    if nameless := found["channel"].null_count:
        said.append(
            f"{nameless:,} rows name no channel: their costs stand under (none). Say it with "
            '`--channel COLUMN` or `--channel "=Paid Search"`.'
        )
    if unknown := found["currency"].null_count:
        said.append(
            f"{unknown:,} rows name no currency and count in the log's own; say it with "
            '`--currency "=EUR"`.'
        )
    return said
