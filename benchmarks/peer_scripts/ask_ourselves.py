"""Attribution of the same table of paths by Sojourn, for comparison.

Arguments: the paths as Parquet, where the answer goes, how many repetitions, the models.
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq

import sojourn
from benchmarks.process import Clock, peak_memory, report


def main(paths: str, answer: str, repetitions: str, models: str) -> None:
    """Ask, and keep the removal effect of `markov` and the conversions of the others."""
    table = pq.read_table(paths)
    clock = Clock()
    for _ in range(int(repetitions)):
        with clock:
            found = sojourn.attribution_from_paths(table, models.split(","))
    peak = peak_memory()
    rows = [
        {
            "model": row["model"],
            "credit": row["credit"],
            "number": row["removal_effect" if row["model"] == "markov" else "conversions"],
        }
        for row in found
    ]
    pq.write_table(pa.Table.from_pylist(rows), answer)
    report(clock, peak=peak)


main(*sys.argv[1:])
