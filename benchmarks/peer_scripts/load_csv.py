"""Run by each peer's own environment: its loader, from the CSV to what it can be asked.

Arguments: the peer and the CSV. Each repetition has a process of its own.
"""

import sys

import pandas as pd

from benchmarks.process import Clock, peak_memory, report

SCHEMA = {"path_cols": ["user_id"], "event_col": "name", "timestamp_col": "ts"}


def read(path: str) -> pd.DataFrame:
    """The file as pandas reads it, times and all."""
    log = pd.read_csv(path, dtype={"order_id": "str"})
    log["ts"] = pd.to_datetime(log["ts"], format="ISO8601", utc=True)
    return log


def by_pandas(path: str) -> pd.DataFrame:
    """A frame, in order."""
    return read(path).sort_values(["user_id", "ts"], kind="stable")


def by_pm4py(path: str) -> pd.DataFrame:
    """The frame that pm4py wants."""
    import pm4py

    return pm4py.format_dataframe(
        read(path), case_id="user_id", activity_key="name", timestamp_key="ts"
    )


def by_retentioneering(path: str) -> pd.DataFrame:
    """An event stream; the rows that it adds at the ends of paths are taken off again."""
    from retentioneering.eventstream import Eventstream

    log = read(path)
    Eventstream(log, schema=dict(SCHEMA))
    return log


LOADERS = {"pandas": by_pandas, "pm4py": by_pm4py, "Retentioneering": by_retentioneering}

clock = Clock()
load = LOADERS[sys.argv[1]]
with clock:
    found = load(sys.argv[2])
report(clock, peak=peak_memory(), rows=len(found), people=int(found["user_id"].nunique()))
