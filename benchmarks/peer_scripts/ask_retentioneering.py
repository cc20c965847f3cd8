"""Run by Retentioneering's own environment: `follows` and a funnel of a log as a pandas frame.

Arguments: the question, the frame as Parquet, where the answer goes, how many repetitions.
"""

import sys

import pandas as pd
from retentioneering.eventstream import Eventstream

from benchmarks.process import Clock, peak_memory, report

SCHEMA = {"path_cols": ["user_id"], "event_col": "name", "timestamp_col": "ts"}


STEPS = ["Page Viewed", "Product Viewed", "Product Added", "Checkout Started"]


def asked(stream: Eventstream, question: str) -> object:
    """Its own words for the question."""
    if question == "follows":
        return stream.transition_graph_data(edge_weight="count")
    return stream.funnel_data(steps=list(STEPS))


def main(question: str, frame: str, answer: str, repetitions: int) -> None:
    log = pd.read_parquet(frame)
    clock = Clock()
    for _ in range(repetitions):
        stream = Eventstream(log, schema=dict(SCHEMA))
        with clock:
            found = asked(stream, question)
    peak = peak_memory()
    if question != "follows":
        steps = pd.DataFrame(found["steps"])[["step", "unique_paths"]]
        steps.columns = ["name", "people"]
        steps.to_parquet(answer, index=False)
        report(clock, peak=peak)
        return
    found.index.name, found.columns.name = "from", "to"
    table = found.stack().rename("count").reset_index().astype({"from": str, "to": str})
    ends = table["from"].eq("path_start") | table["to"].eq("path_end")
    table[(table["count"] > 0) & ~ends].to_parquet(answer, index=False)
    report(clock, peak=peak)


if sys.argv[1] not in ("follows", "open funnel"):
    raise SystemExit(f"{sys.argv[1]} is not asked of Retentioneering")
main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
