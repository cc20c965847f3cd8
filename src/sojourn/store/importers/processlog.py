"""Process logs, XES and OCEL 2.0, as tables of events: pm4py reads them, an optional extra."""

from __future__ import annotations

import gc
import gzip
import sqlite3
import warnings
from collections.abc import Callable, Mapping
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pyarrow as pa

from sojourn.errors import ImportFailed, MissingExtra
from sojourn.store.importers.columnar import Columnar, frame

PACKAGE = "pm4py"
INSTALL = 'Install it with `pip install "sojourn[process]"` (it brings pm4py, under the AGPL).'
XES, OCEL_JSON, OCEL_XML, OCEL_SQLITE = "XES", "OCEL 2.0 JSON", "OCEL 2.0 XML", "OCEL 2.0 SQLite"

NAME, TIME, LIFECYCLE = "concept:name", "time:timestamp", "lifecycle:transition"
SUPERSEDED = "superseded"
"""Whether an event is only the start of an activity whose completion is an event too."""

PEOPLE = ("customer", "person", "user", "client", "contact", "patient", "member", "citizen")
"""What a type of objects is called that are people, best first."""

STRETCH = 65_536


def process_kind(path: Path, beginning: bytes) -> str | None:
    """Which kind of process log a file is by its beginning (unpacked); None when it is none.

    Raises ImportFailed for XML that declares a document type: no process log does, and its
    entities could blow up or read other files.
    """
    start = beginning.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1]
    if start == b"<":
        return _xml_kind(path)
    if start == b"{" and b'"objectTypes"' in beginning and b'"eventTypes"' in beginning:
        return OCEL_JSON
    if beginning.startswith(b"SQLite format 3"):
        return OCEL_SQLITE if "object_map_type" in _tables(path) else None
    return None


def _xml_kind(path: Path) -> str | None:
    """Look at the first elements of an XML file, without following anything in it."""
    seen: list[str] = []
    reader = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise ImportFailed(
            f"{path.name} declares a document type (<!DOCTYPE ...>), which no process log needs.",
            hint="Remove that line if you know where the file comes from.",
        )

    reader.StartDoctypeDeclHandler = doctype
    reader.StartElementHandler = lambda name, _: seen.append(name.rpartition(":")[2])
    try:
        with _opened(path) as file:
            while len(seen) < 2 and (data := file.read(STRETCH)):
                reader.Parse(data, False)
    except (expat.ExpatError, LookupError, ValueError, OSError, EOFError):
        if not seen:
            return None
    if seen[:1] != ["log"]:
        return None
    return OCEL_XML if seen[1:2] in (["object-types"], ["event-types"]) else XES


def _opened(path: Path) -> Any:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def _tables(path: Path) -> set[str]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as con:
            rows = con.execute("select name from sqlite_master where type = 'table'").fetchall()
            return {str(name) for (name,) in rows}
    except sqlite3.Error:
        return set()


def process_log(path: Path, kind: str, person: str | None = None) -> Columnar:
    """A process log as a Source: one row an event (OCEL: an event and a person).

    `person` is the type of objects that are people, in OCEL. Raises MissingExtra without pm4py,
    ImportFailed for what it cannot read or when no type of objects looks like people.
    """
    if find_spec(PACKAGE) is None:
        raise MissingExtra(f"{path.name} is a process log ({kind}); reading it needs pm4py.",
                           hint=INSTALL)  # fmt: skip
    found = _xes(path) if kind == XES else _ocel(path, kind, person)
    source = frame(found)
    source.name, source.format, source.path = path.name, kind, path
    return source


def _read(path: Path, work: Callable[[Any], Any]) -> Any:
    """What pm4py makes of a file; it fails in many ways, all of which mean the same to a user."""
    told = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return work(import_module(PACKAGE))
        except Exception as error:
            told = " ".join(str(error).split())[:200] or type(error).__name__
            error.__traceback__ = None
        finally:
            gc.collect()  # pm4py leaves files open: they are closed here, where nobody is warned
    raise ImportFailed(f"{path.name} could not be read as a process log: {told}.")


def _xes(path: Path) -> pa.Table:
    options: dict[str, Any] = {"variant": "iterparse", "show_progress_bar": False}
    events = _read(path, lambda pm4py: pm4py.read_xes(str(path), **options))
    table = pa.Table.from_pandas(events, preserve_index=False)
    if not {NAME, TIME} <= {*table.schema.names}:
        raise ImportFailed(
            f"{path.name} has no events with a {NAME} and a {TIME}.",
            hint=f"It has: {', '.join(table.schema.names) or 'nothing'}.",
        )
    return table.append_column(SUPERSEDED, pa.array(_superseded(table)))


def _superseded(table: pa.Table) -> list[bool]:
    """For each event whether it is a start, schedule or the like of what is also completed."""
    if LIFECYCLE not in table.schema.names:
        return [False] * table.num_rows
    names = table.column(NAME).to_pylist()
    steps = [str(step or "complete").lower() for step in table.column(LIFECYCLE).to_pylist()]
    done = {name for name, step in zip(names, steps, strict=True) if step == "complete"}
    return [n in done and step != "complete" for n, step in zip(names, steps, strict=True)]


def _ocel(path: Path, kind: str, person: str | None) -> pa.Table:
    readers = {OCEL_JSON: "read_ocel2_json", OCEL_XML: "read_ocel2_xml",
               OCEL_SQLITE: "read_ocel2_sqlite"}  # fmt: skip
    log = _read(path, lambda pm4py: getattr(pm4py, readers[kind])(str(path)))
    types = dict(zip(log.objects["ocel:oid"], log.objects["ocel:type"], strict=True))
    wanted = person_type([*dict.fromkeys(types.values())], path.name, person)
    owners = _owners(log.o2o, types, wanted)
    touched: dict[str, list[str]] = {}
    for event, thing in zip(log.relations["ocel:eid"], log.relations["ocel:oid"], strict=True):
        touched.setdefault(event, []).append(thing)
    rows: list[dict[str, Any]] = []
    for event in log.events.to_dict("records"):
        rows += _rows(event, sorted(touched.get(event["ocel:eid"], ())), types, wanted, owners)
    return pa.Table.from_pylist(rows, schema=_schema(rows))


def person_type(types: list[str], name: str, said: str | None) -> str:
    """Which type of objects are people: the one said, else one called like people.

    >>> person_type(["Order", "Customers"], "log.json", None)
    'Customers'
    """
    if said in types:
        return str(said)
    alike = [each for word in PEOPLE for each in types if word in each.lower()]
    if said is None and alike:
        return alike[0]
    problem = f"of the type {said!r}" if said else "that look like people"
    raise ImportFailed(
        f"{name} has no objects {problem}. Its types are: {', '.join(sorted(types))}.",
        hint="Say which of them are people: `--preset ocel --person TYPE`.",
    )


def _owners(pairs: Any, types: Mapping[str, str], wanted: str) -> dict[str, list[str]]:
    """For each object the people that it is related to, in either direction."""
    found: dict[str, list[str]] = {}
    for one, other in zip(pairs["ocel:oid"], pairs["ocel:oid_2"], strict=True):
        for thing, owner in ((one, other), (other, one)):
            if types.get(owner) == wanted and types.get(thing) != wanted:
                found.setdefault(thing, []).append(owner)
    return found


def _rows(
    event: Mapping[str, Any],
    things: list[str],
    types: Mapping[str, str],
    wanted: str,
    owners: Mapping[str, list[str]],
) -> list[dict[str, Any]]:
    """An event once for each person it is of; once without anybody when there is none."""
    people = [thing for thing in things if types.get(thing) == wanted]
    people = people or [owner for thing in things for owner in owners.get(thing, ())]
    kept = {key: value for key, value in event.items() if value == value and value is not None}
    for kind in dict.fromkeys(types[t] for t in things if types.get(t) not in (None, wanted)):
        kept[f"object:{kind}"] = "; ".join(t for t in things if types.get(t) == kind)
    nobody: list[str | None] = [None]
    first, *others = dict.fromkeys(people or nobody)
    name = kept["ocel:eid"]
    of = {**kept, "person:type": wanted}
    return [
        {**of, "person": first, wanted: first, "event_id": name},
        *({**of, "person": one, wanted: one, "event_id": f"{name}:{one}"} for one in others),
    ]


def _schema(rows: list[dict[str, Any]]) -> pa.Schema:
    """All columns of all rows; what is of several types is written as text."""
    names = dict.fromkeys(name for row in rows for name in row)
    fields = []
    for name in names:
        try:
            kind = pa.array([row.get(name) for row in rows]).type
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            kind = pa.string()
            for row in rows:
                row[name] = None if row.get(name) is None else str(row[name])
        fields.append(pa.field(name, kind))
    return pa.schema(fields)
