"""A server as somebody starts it, with its own processes, and how to ask and end it."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from sojourn.workspace import Workspace

SOJOURN = "from sojourn.cli.main import main; main()"


class Server:
    """`sojourn serve` on a free port of this machine."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.options = options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.key = ""

    def start(self):
        self.out = (self.folder.parent / "serve.log").open("a+", encoding="utf-8")
        command = [sys.executable, "-c", SOJOURN, "-w", str(self.folder), "serve"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *self.options], stdout=self.out, stderr=self.out,
            env={**os.environ, "SOJOURN_PAUSE": "0.2"},
        )  # fmt: skip
        wait_for(lambda: self.ask("GET", "/readyz")[0] == 200)
        wait_for(lambda: re.search("Sojourn (is|collects) at", self.said()))
        found = re.search("write key: (.*)", self.said())
        self.key = found.group(1) if found else self.key

    def said(self):
        return (self.folder.parent / "serve.log").read_text("utf-8")

    def ask(self, method, path, body=None, headers=()):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        except (OSError, http.client.HTTPException):
            return 0, b"", {}
        finally:
            connection.close()

    def post(self, route, body, key=None):
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        if key is None and not isinstance(body, bytes):
            told = json.dumps({"writeKey": self.key, **body}).encode()
        return self.ask("POST", f"/v1/{route}", told)[0]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.out.close()

    def kill(self):
        """End it and all its processes at once, as a power cut does."""
        everybody = family(self.process.pid)
        for each in everybody:
            os.kill(each, signal.SIGKILL)
        self.process.wait()
        wait_for(lambda: not any(map(alive, everybody)))
        self.out.close()

    def event_ids(self):
        reader = Workspace(self.folder).log.reader(["event_id"])
        return reader.read_all().column("event_id").to_pylist()


def seen(name):
    return {"type": "track", "event": "Product Viewed", "userId": name[-1], "messageId": name}


def family(pid):
    """A process and all that came of it."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return [pid, *(each for child in told.split() for each in family(int(child)))]


def alive(pid):
    """Whether a process is still there, and not only waiting to be told of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(what, seconds=40):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


@contextmanager
def serving(folder, *options):
    made = Server(folder, *options)
    made.start()
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.stop()
