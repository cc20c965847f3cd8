"""Everything that is known of one person, as a file that they can be given."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sojourn.core.claims import Alias
from sojourn.core.table import plain
from sojourn.core.traces import Traces
from sojourn.errors import QuestionError
from sojourn.store import lists
from sojourn.store.erasure.beside import told_in
from sojourn.store.erasure.server import calls_of
from sojourn.store.rejected import Rejected

SHEETS = ("aliases", "claims", "touchpoints", "stages", "consents", "traits")
"""What a zip file holds as CSV, too."""


def fixed_lists(folder: Path, mine: Sequence[Alias]) -> list[dict[str, str]]:
    """The fixed lists that hold an alias of theirs."""
    found = []
    for name in lists.names(folder):
        if lists.load(folder, name).kind == "fixed":
            here = [pair for pair in lists.aliases(folder, name) if Alias(*pair) in mine]
            found += [{"list": name, "kind": "fixed", "as": f"{k}:{i}"} for k, i in here]
    return found


def rejected_rows(folder: Path, traces: Traces) -> list[dict[str, Any]]:
    """The rejected rows that carry an id of theirs."""
    rows = (row for batch in Rejected(folder).batches() for row in batch.to_pylist())
    return [plain(_unpacked(row)) for row in rows if told_in(row, traces)]


def _unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "fields": json.loads(row["fields"]) if row["fields"] else None}


def waiting_calls(folder: Path, traces: Traces) -> list[dict[str, Any]]:
    """Their calls that were received and are not in the log yet."""
    return calls_of(folder, traces)


def write(told: Mapping[str, Any], file: Path) -> None:
    """Write everything to a `.json` file, or to a `.zip` with the tables as CSV beside it."""
    text = json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"
    ending = file.suffix.lower()
    if ending == ".json":
        file.write_text(text, encoding="utf-8")
    elif ending == ".zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("person.json", text)
            for name, rows in sheets(told):
                packed.writestr(f"{name}.csv", _csv(rows))
    else:
        raise QuestionError(
            f"{file.name} is no name for an export of a person.",
            hint="Let it end in .json, or in .zip for the tables as CSV, too.",
        )


def sheets(told: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The tables in what is told, as rows; those without rows are left out."""
    for name in SHEETS:
        rows = told[name]
        if isinstance(rows, Mapping):
            over = "journey" if name == "stages" else "name"
            rows = [{over: key, **row} for key, each in rows.items() for row in each]
        if rows:
            yield name, rows


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    for row in rows:
        flat = {k: v if isinstance(v, str) else _flat(v) for k, v in row.items()}
        writer.writerow(flat)
    return out.getvalue()


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
