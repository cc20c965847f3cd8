"""A real cluster, a master and two workers, gives the same answers and survives a dead worker.

It takes a minute or two and some memory, so it runs by `make test-spark`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

import sojourn as sj
from parity.questions import QUESTIONS, differences
from parity.slow import Numbers, Slowly
from sojourn.engine.spark import SparkEngine, stop
from sojourn.errors import EngineFailed

pytestmark = [
    pytest.mark.skipif("SOJOURN_SPARK" not in os.environ, reason="`make test-spark` runs these"),
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
    pytest.mark.filterwarnings("ignore"),
]
HOST = "127.0.0.1"


def free_port():
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


class Cluster:
    """A master and two workers of the PySpark package, on loopback."""

    def __init__(self, folder):
        home = Path(find_spec("pyspark").origin).parent
        self.folder, self.port = folder, free_port()
        self.master = f"spark://{HOST}:{self.port}"
        self.environment = {
            **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST,
            "PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_DIR": str(folder / "work"),
        }  # fmt: skip
        self.spark_class = home / "bin" / "spark-class"
        self.processes = [
            self._start("master.Master", "--host", HOST, "--port", self.port, "--webui-port", 0)
        ]
        self._wait()
        for _ in range(2):
            self.processes.append(
                self._start("worker.Worker", "-c", 1, "-m", "1g", "--webui-port", 0, self.master)
            )

    def _start(self, name, *arguments):
        log = (self.folder / f"{name}-{time.monotonic_ns()}.log").open("wb")
        command = [str(self.spark_class), f"org.apache.spark.deploy.{name}", *map(str, arguments)]
        return subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)

    def _wait(self):
        for _ in range(240):
            with socket.socket() as one:
                if one.connect_ex((HOST, self.port)) == 0:
                    return
            time.sleep(0.5)
        raise AssertionError("the master did not come up")

    def kill_a_worker(self):
        """End one worker and its executors at once, as a machine that fails."""
        worker = self.processes[1]
        children = subprocess.run(
            ["pgrep", "-P", str(worker.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in [worker.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("SPARK_LOCAL_IP", HOST)
    patch.setenv("PYTHONPATH", f"{Path(sj.__file__).parents[1]}:{Path(__file__).parents[1]}")
    one = Cluster(tmp_path_factory.mktemp("cluster"))
    yield one
    stop()
    one.close()
    patch.undo()


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_cluster_gives_the_answer_of_this_machine(shop, cluster, name):
    here, there = (
        QUESTIONS[name](sj.open(shop, engine=engine).journey("hourglass"))
        for engine in ("local", cluster.master)
    )
    assert differences(here, there) == []


def test_what_goes_wrong_on_a_worker_is_said(cluster):
    with pytest.raises(EngineFailed, match="no square of 3 today"):
        SparkEngine(cluster.master).run(Numbers(4), Slowly(fails=3))


def test_a_worker_that_dies_in_mid_job_is_worked_around(cluster):
    engine = SparkEngine(cluster.master)
    assert engine.run(Numbers(2), Slowly()) == [0, 1]
    death = threading.Timer(4, cluster.kill_a_worker)
    death.start()
    found = engine.run(Numbers(40), Slowly())
    death.join()
    assert found == [number * number for number in range(40)]
