"""The engine of a Spark cluster: the very same kernels, a bucket a task, on its workers.

The trail must lie where every worker reads it under the same path. What travels with the job is
the kernel, the list of the trail's files and the texts of the coded columns it reads; what comes
back are the partials. A session takes half a minute to start, so it is kept for the process.
"""

from __future__ import annotations

import atexit
import os
import pickle
import re
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from sojourn.engine.base import Kernel, Source
from sojourn.errors import EngineFailed, MissingExtra

Partial = TypeVar("Partial")

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.task.maxFailures": "8",
    "spark.excludeOnFailure.enabled": "false",
}
ERROR = re.compile(r"[A-Za-z_.]*(Error|Exception): \S")
_sessions: dict[str, Any] = {}


class SparkEngine:
    """Hands the buckets of a trail to a cluster, such as `spark://host:7077` or `local[2]`.

    Raises MissingExtra without PySpark, EngineFailed when the cluster cannot do it.
    """

    def __init__(self, master: str) -> None:
        self.master = master

    def run(self, source: Source, kernel: Kernel[Partial]) -> list[Partial]:
        """The partial of each bucket, in order of bucket."""
        numbers = source.numbers
        if not numbers:
            return []
        context = _session(self.master).sparkContext
        job = context.broadcast(shipped(source, kernel))
        tasks = context.parallelize(numbers, len(numbers))
        try:
            found: list[bytes] = tasks.map(_Task(job)).collect()
        except Exception as error:
            raise EngineFailed(
                f"The cluster {self.master} could not finish: {reason(error)}",
                hint="Every worker needs Sojourn installed and must read the workspace's folder "
                "under the same path.",
            ) from error
        finally:
            job.unpersist()
        return [pickle.loads(each) for each in found]  # noqa: S301 - what our own kernel gave


class _Task:
    """What a worker does with the number of a bucket."""

    def __init__(self, job: Any) -> None:
        self.job = job

    def __call__(self, number: int) -> bytes:
        return worked(self.job.value, number)


def shipped(source: Source, kernel: Kernel[Any]) -> bytes:
    """A question as it travels: the source with the texts that it decodes, and the kernel."""
    prepare: Callable[[Any], None] | None = getattr(source, "remember", None)
    if prepare is not None:
        prepare(kernel.columns)
    return pickle.dumps((source, kernel), pickle.HIGHEST_PROTOCOL)


def worked(job: bytes, number: int) -> bytes:
    """A bucket's partial, as it travels back."""
    source, kernel = pickle.loads(job)  # noqa: S301 - what the driver sent
    partial = kernel(source.load(number, kernel.columns))
    return pickle.dumps(partial, pickle.HIGHEST_PROTOCOL)


def _session(master: str) -> Any:
    if master not in _sessions:
        for other in list(_sessions):
            _sessions.pop(other).stop()
        _sessions[master] = _start(master)
    return _sessions[master]


def _start(master: str) -> Any:
    try:
        sql = import_module("pyspark.sql")
    except ImportError:
        raise MissingExtra(
            "Asking a Spark cluster needs PySpark.",
            hint="Install it with `pip install 'sojourn[spark]'`; it needs Java 17 or newer, too.",
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.master(master).appName("sojourn")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    if os.environ.get("PYTHONPATH"):
        builder = builder.config("spark.executorEnv.PYTHONPATH", os.environ["PYTHONPATH"])
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise EngineFailed(
            f"No Spark session could be had at {master}: {reason(error)}",
            hint="Is Java 17 or newer installed, and does the master run?",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def reason(error: Exception) -> str:
    """What went wrong, out of all that Spark tells: the last error of the first traceback.

    >>> reason(ValueError("KeyError: 'x'"))
    "KeyError: 'x'"
    """
    told = str(error).partition("Driver stacktrace")[0]
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    named = [line for line in lines if ERROR.match(line)]
    return named[-1] if named else lines[0] if lines else type(error).__name__


@atexit.register
def stop() -> None:
    """End the sessions of this process."""
    while _sessions:
        _sessions.popitem()[1].stop()
