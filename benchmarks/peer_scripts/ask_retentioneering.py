"""Run by Retentioneering's own environment: `follows` of a log as a pandas frame.

Arguments: the question, the frame as Parquet, where the answer goes, how many repetitions.
"""

import sys

import pandas as pd
from retentioneering.eventstream import Eventstream

from benchmarks.process import Clock, peak_memory, report

SCHEMA = {"path_cols": ["user_id"], "event_col": "name", "timestamp_col": "ts"}


def main(frame: str, answer: str, repetitions: int) -> None:
    log = pd.read_parquet(frame)
    clock = Clock()
    for _ in range(repetitions):
        stream = Eventstream(log, schema=dict(SCHEMA))
        with clock:
            found = stream.transition_graph_data(edge_weight="count")
    peak = peak_memory()
    found.index.name, found.columns.name = "from", "to"
    table = found.stack().rename("count").reset_index().astype({"from": str, "to": str})
    ends = table["from"].eq("path_start") | table["to"].eq("path_end")
    table[(table["count"] > 0) & ~ends].to_parquet(answer, index=False)
    report(clock, peak=peak)


if sys.argv[1] != "follows":
    raise SystemExit(f"{sys.argv[1]} is not asked of Retentioneering")
main(sys.argv[2], sys.argv[3], int(sys.argv[4]))
