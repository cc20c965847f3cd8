"""Run by pm4py's own environment: `follows` and `variants` of a log as a pandas frame.

Arguments: the question, the frame as Parquet, where the answer goes, how many repetitions.
"""

import sys

import pandas as pd
import pm4py

from benchmarks.process import Clock, peak_memory, report


def main(question: str, frame: str, answer: str, repetitions: int) -> None:
    log = pd.read_parquet(frame)
    log = pm4py.format_dataframe(log, case_id="user_id", activity_key="name", timestamp_key="ts")
    clock = Clock()
    for repetition in range(repetitions):
        asked = log.copy()
        asked.attrs = dict(log.attrs, repetition=repetition)
        with clock:
            found = (
                pm4py.discover_dfg(asked) if question == "follows" else pm4py.get_variants(asked)
            )
    peak = peak_memory()
    if question == "follows":
        pairs = [(came, went, count) for (came, went), count in found[0].items()]
        table = pd.DataFrame(pairs, columns=["from", "to", "count"])
    else:
        paths = [(" > ".join(path), count) for path, count in found.items()]
        table = pd.DataFrame(paths, columns=["path", "count"])
    table.to_parquet(answer, index=False)
    report(clock, peak=peak)


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
