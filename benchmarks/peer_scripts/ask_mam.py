"""Run by marketing-attribution-models' own environment: attribution of a table of paths.

Arguments: the paths as Parquet, where the answer goes, how many repetitions.
"""

import sys

import pandas as pd
from mam import MAM

from benchmarks.process import Clock, peak_memory, report

RULES = {
    "first": "run_first_click",
    "last": "run_last_click",
    "linear": "run_linear",
    "position": "run_position_based",
}


def prepared(paths: pd.DataFrame) -> pd.DataFrame:
    """Its own form: a row a path and outcome, with how often, and a time for each touch."""
    parts = []
    for column, converted in (("conversions", True), ("nulls", False)):
        part = paths[paths[column] > 0]
        times = [" > ".join(["0"] * (path.count(" > ") + 1)) for path in part["path"]]
        parts.append(
            pd.DataFrame(
                {"path": part["path"], "times": times, "won": converted, "often": part[column]}
            )
        )
    return pd.concat(parts, ignore_index=True)


def asked(table: pd.DataFrame) -> pd.DataFrame:
    """The conversions by rule and channel, and the removal effects."""
    models = MAM(
        table,
        format_type="grouped_journey",
        channels_colname="path",
        journey_with_conv_colname="won",
        time_till_conv_colname="times",
        occurrences_colname="often",
    )
    rows = []
    for name, run in RULES.items():
        rows += [(name, *pair) for pair in _pairs(getattr(models, run)())]
    markov = models.run_markov(transition_to_same_state=True)
    effects = markov.metadata["removal_effect"]["removal_effect"]
    rows += [("markov", channel, value) for channel, value in effects.items()]
    return pd.DataFrame(rows, columns=["model", "credit", "number"])


def _pairs(result: object) -> list[tuple[str, float]]:
    frame = result.to_pandas()
    text = next(c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c]))
    number = next(c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c]))
    return list(zip(frame[text].astype(str), frame[number].astype(float), strict=True))


def main(paths: str, answer: str, repetitions: str) -> None:
    table = prepared(pd.read_parquet(paths))
    clock = Clock()
    for _ in range(int(repetitions)):
        with clock:
            found = asked(table)
    peak = peak_memory()
    found.to_parquet(answer, index=False)
    report(clock, peak=peak)


main(*sys.argv[1:])
