"""A log written straight as a Delta table, as the importers write it, without importing."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from deltalake import write_deltalake

from sojourn.core.touchpoint import LOG_SCHEMA

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def append_log(root, touches):
    """Append touchpoints (dictionaries of log columns; `ts` in microseconds) to `root/log`."""
    rows = [as_row(touch) for touch in touches]
    data = pa.Table.from_pylist(rows, schema=LOG_SCHEMA)
    write_deltalake(str(root / "log"), data, mode="append", partition_by=["month"])


def as_row(touch):
    ts = EPOCH + timedelta(microseconds=touch["ts"])
    properties = touch.get("properties")
    return {
        "actor": "person",
        "received_at": ts,
        "source_id": "file",
        "event_id": f"e{touch['seq']}",
        **touch,
        "ts": ts,
        "properties": None if properties is None else json.dumps(properties),
        "month": f"{ts:%Y-%m}",
    }


def touches_of(log):
    """The touchpoints of `{person: [...]}` in order of seq, each with its user id."""
    rows = ({**touch, "user_id": person} for person, touches in log.items() for touch in touches)
    return sorted(rows, key=lambda touch: touch["seq"])
