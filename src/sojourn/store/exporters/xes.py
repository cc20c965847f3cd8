"""XES (IEEE 1849), the event log of process mining: a trace a person or a cycle.

Every column of the log is an attribute under its own name, beside the standard ones
(`concept:name`, `time:timestamp`, `org:resource`), so nothing is lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from sojourn.core.table import iso
from sojourn.store.exporters.rows import as_json, encoded

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace"><string key="concept:name" value=""/></global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000000Z"/>
  </global>
  <classifier name="Touchpoint" keys="concept:name"/>
"""
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML file may hold: it is written as U+FFFD."""


def write_xes(rows: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """Write rows that come case by case (`case`, then the log's columns); how many there were."""
    count = 0
    out.write(HEAD)
    for case, events in groupby(rows, key=lambda row: row["case"]):
        out.write(f"  <trace>\n    {_attribute('concept:name', case)}\n")
        for event in events:
            _write_event(out, event)
            count += 1
        out.write("  </trace>\n")
    out.write("</log>\n")
    return count


def _write_event(out: IO[str], event: dict[str, Any]) -> None:
    standard = {
        "concept:name": event["name"],
        "time:timestamp": event["ts"],
        "org:resource": event["actor"],
    }
    own = {k: v for k, v in event.items() if v is not None and k not in ("case", "ts", "name")}
    out.write("    <event>\n")
    for key, value in {**standard, **own}.items():
        out.write(f"      {_attribute(key, value)}\n")
    out.write("    </event>\n")


def _attribute(key: str, value: Any) -> str:
    if isinstance(value, datetime):
        kind, text = "date", iso(value)
    elif isinstance(value, bool):
        kind, text = "boolean", str(value).lower()
    elif isinstance(value, int):
        kind, text = "int", str(value)
    elif isinstance(value, (float, Decimal)):
        kind, text = "float", str(value)
    elif isinstance(value, list):
        kind, text = "string", encoded(as_json(key, value))
    else:
        kind, text = "string", str(value)
    text = FORBIDDEN.sub("\ufffd", text)
    return f"<{kind} key={quoteattr(key)} value={quoteattr(text)}/>"
