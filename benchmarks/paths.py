"""`python -m benchmarks.paths 1m`: attribution of one table of paths, beside the peers.

The paths are the channels of each person's touchpoints up to an order, and those since the last,
as DuckDB lists them; all get the same table, loaded before their clock runs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import machine
from benchmarks.floors import connection
from benchmarks.peers import NoEnvironment, Peer, environment
from benchmarks.places import HERE, Place, place_of
from benchmarks.process import Measured, MeasurementFailed, measured

PATHS = """
    copy (
        with touches as (
            select user_id, ts, file_row_number as row, channel, name = 'Order Completed' as won
            from read_parquet('{file}', file_row_number = true)
        ), counted as (
            select *, coalesce(sum(won::int) over (
                partition by user_id order by ts, row
                rows between unbounded preceding and 1 preceding), 0) as path
            from touches
        ), paths as (
            select user_id, path, string_agg(channel, ' > ' order by ts, row)
                    filter (channel is not null and not won) as touches, bool_or(won) as won
            from counted group by user_id, path
        )
        select touches as path, count_if(won)::bigint as conversions,
            count_if(not won)::bigint as nulls
        from paths where touches is not null group by touches order by touches
    ) to '{paths}'
"""
PEERS = (
    Peer("mam", "marketing-attribution-models==2.1.1", {"attribution": 10}),
    Peer("ChannelAttribution", "ChannelAttribution==2.2.5 matplotlib", {"attribution": 5}),
)
MODELS = {
    "mam": "first,last,linear,position,markov",
    "ChannelAttribution": "first,last,linear,markov",
}
HEAD = "| peer | its CPU s | ours | CPU times | bar | wall times | rules | removal effects |"


def paths_of(place: Place) -> Path:
    """The table of paths, made when there is none."""
    place.make()
    found = place.folder / "paths.parquet"
    if not found.is_file():
        with connection(place.scratch) as con:
            con.execute(PATHS.format(file=place.parquet, paths=found))
    return found


def compared(theirs: Path, ours: Path) -> tuple[float, float]:
    """The largest difference of the rules' conversions, and of the removal effects."""
    one, other = _numbers(theirs), _numbers(ours)
    apart = {key: abs(other.get(key, 0.0) - number) for key, number in one.items()}
    markov = [number for (model, _), number in apart.items() if model == "markov"]
    rules = [number for (model, _), number in apart.items() if model != "markov"]
    return max(rules, default=0.0), max(markov, default=0.0)


def _numbers(file: Path) -> Mapping[tuple[str, str], float]:
    rows = pq.read_table(file).to_pylist()
    return {(row["model"], row["credit"]): row["number"] for row in rows}


def asked(python: Path | str, script: str, *arguments: object) -> Measured:
    """What a script of ours takes in an environment."""
    words = [str(python), "-m", f"benchmarks.peer_scripts.{script}", *map(str, arguments)]
    return measured(words, cwd=HERE.parent)[0]


def row(peer: Peer, paths: Path, place: Place, repetitions: int) -> str:
    """One peer's line of the table."""
    theirs, ours = place.answer(f"{peer.name}-paths"), place.answer(f"ours-{peer.name}-paths")
    them = asked(environment(peer), f"ask_{peer.name.lower()}", paths, theirs, repetitions)
    us = asked(sys.executable, "ask_ourselves", paths, ours, repetitions, MODELS[peer.name])
    rules, effects = compared(theirs, ours)
    times, wall = them.typical_cpu / us.typical_cpu, them.typical / us.typical
    return (
        f"| {peer.name} | {them.typical_cpu:.2f} | {us.typical_cpu:.2f} | {times:.1f} | "
        f"{peer.bars['attribution']} | {wall:.1f} | within {rules:.1g} | within {effects:.1g} |"
    )


def main(size: str, repetitions: str = "3") -> None:
    """Print the table of one size."""
    place = place_of(size)
    paths = paths_of(place)
    for line in machine.described(["python", "-m", "benchmarks.paths", size]):
        print(line)
    print(f"\n{pq.read_metadata(paths).num_rows:,} distinct paths; load {machine.load()}\n\n{HEAD}")
    print("|---" * HEAD.count(" | ") + "|---|")
    for peer in PEERS:
        try:
            print(row(peer, paths, place, int(repetitions)), flush=True)
        except (NoEnvironment, MeasurementFailed) as failure:
            print(f"{peer.name} was not measured: {failure}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
