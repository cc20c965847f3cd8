"""Run by ChannelAttribution's own environment: attribution of a table of paths.

Arguments: the paths as Parquet, where the answer goes, how many repetitions. Its Markov chain is
a simulation, so its removal effects are near the exact ones, not equal.
"""

import sys

import ChannelAttribution
import pandas as pd

from benchmarks.process import Clock, peak_memory, report

RULES = {
    "first": "first_touch",
    "last": "last_touch",
    "linear": "linear_touch",
}


def asked(table: pd.DataFrame) -> pd.DataFrame:
    """The conversions by rule and channel, and the removal effects."""
    rules = ChannelAttribution.heuristic_models(
        table, "path", "conversions", sep=">", flg_pro=False
    )
    markov = ChannelAttribution.markov_model(
        table, "path", "conversions", var_null="nulls", order=1, out_more=True, sep=">",
        verbose=False, flg_pro=False,
    )  # fmt: skip
    effects = markov["removal_effects"]
    column = next(c for c in effects.columns if c.startswith("removal_effect"))
    rows = [
        (name, channel, value)
        for name, source in RULES.items()
        for channel, value in zip(rules["channel_name"], rules[source], strict=True)
    ]
    rows += [
        ("markov", *pair) for pair in zip(effects["channel_name"], effects[column], strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "credit", "number"])


def main(paths: str, answer: str, repetitions: str) -> None:
    table = pd.read_parquet(paths)
    table["path"] = table["path"].str.replace(" > ", ">")
    table = table.astype({"conversions": float, "nulls": float})
    clock = Clock()
    for _ in range(int(repetitions)):
        with clock:
            found = asked(table)
    peak = peak_memory()
    found.to_parquet(answer, index=False)
    report(clock, peak=peak)


main(*sys.argv[1:])
