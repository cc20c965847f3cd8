"""Which engine a name means: this machine's threads, or a Spark cluster."""

from __future__ import annotations

import re

from sojourn.engine.base import Engine
from sojourn.engine.local import LocalEngine
from sojourn.engine.spark import SparkEngine
from sojourn.errors import UnknownName

LOCAL = "local"
MASTER = re.compile(
    r"spark://[^\s,]+:\d+(,[^\s,]+:\d+)*|local\[(\d+|\*)(,\s*\d+)?\]|yarn|k8s://\S+"
)


def engine_of(name: str, threads: int | None = None) -> Engine:
    """The engine that a name means; raises UnknownName for another.

    >>> type(engine_of("spark://10.0.0.1:7077")).__name__, type(engine_of("local")).__name__
    ('SparkEngine', 'LocalEngine')
    """
    if name == LOCAL:
        return LocalEngine(threads)
    if MASTER.fullmatch(name):
        return SparkEngine(name)
    raise UnknownName(
        f"There is no engine {name!r}.",
        hint="Engines: `local` (this machine), `spark://HOST:PORT` (a cluster), `local[2]` "
        "(Spark on this machine).",
    )
