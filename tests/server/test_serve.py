"""A real server, real clients and a real kill: what was acknowledged is in the log once."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import rudderstack.analytics.client as rudder
import segment.analytics.client as segment

from sojourn.server.feed.table import FeedTable
from sojourn.server.readkeys import ReadKeys
from sojourn.workspace import Workspace
from support.databases import SHARED
from support.serving import SOJOURN, alive, family, serving, wait_for

ROUNDS = int(os.environ.get("SOJOURN_KILLS", "3"))


@pytest.fixture(scope=SHARED)
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("serve") / "shop") as made:
        yield made


def test_the_first_start_makes_a_workspace_and_a_key_and_says_both(server):
    assert (server.folder / "sojourn.toml").is_file()
    assert server.said().count("write key: ") == 1
    assert Workspace(server.folder).settings.clock == "live"
    assert len(server.key) >= 20


def test_a_touchpoint_that_was_posted_moves_a_stage(server):
    call = {
        "anonymousId": "phone",
        "messageId": "first",
        "properties": {"url": "https://a.example/"},
    }
    assert server.post("p", call) == 200
    wait_for(lambda: Workspace(server.folder).log.exists() and "first" in server.event_ids())
    wait_for(lambda: Workspace(server.folder).journey().stages().rows[0]["reached"] >= 1)


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_segments_python_client_works_by_changing_its_host(server, compressed):
    errors = []
    client = segment.Client(
        server.key, host=f"http://127.0.0.1:{server.port}", gzip=compressed,
        on_error=lambda error, _: errors.append(error),
    )  # fmt: skip
    sent = [client.track(f"py{compressed}", "Product Viewed", {"price": 1})[1] for _ in range(20)]
    client.identify(f"py{compressed}", {"email": f"{compressed}@example.org"})
    client.shutdown()
    assert errors == []
    wait_for(lambda: {each["messageId"] for each in sent} <= set(server.event_ids()))


def test_rudderstacks_python_client_works_by_changing_its_host(server):
    errors = []
    client = rudder.Client(
        server.key, host=f"http://127.0.0.1:{server.port}",
        on_error=lambda error, _: errors.append(error),
    )  # fmt: skip
    sent = [client.track("rudder", "Product Viewed", {"price": 1})[1] for _ in range(20)]
    client.identify("rudder", {"plan": "gold"})
    client.shutdown()
    assert errors == []
    wait_for(lambda: {each["messageId"] for each in sent} <= set(server.event_ids()))
    wait_for(lambda: "gold" in str(Workspace(server.folder).people.show("rudder")))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/track", b'{"event": "A", "userId": "u"}', 401),
        ("POST", "/v1/track", b'{"event": "A", "userId": "u", "writeKey": "forged"}', 401),
        ("POST", "/v1/track", b"{", 400),
        ("POST", "/v1/batch", b"x" * 600_000, 413),
        ("POST", "/v1/boo", b"{}", 404),
        ("GET", "/v1/track", None, 405),
        ("OPTIONS", "/v1/t", None, 204),
        ("GET", "/../../etc/passwd", None, 404),
        ("POST", "/healthz", b"", 405),
        ("GET", "/healthz", None, 200),
        ("GET", "/sojourn.js", None, 200),
        ("GET", "/metrics", None, 200),
    ],
)
def test_each_request_gets_the_status_it_deserves(server, method, path, body, status):
    found, _, headers = server.ask(method, path, body)
    assert found == status
    assert headers["x-content-type-options"] == "nosniff"
    if path.startswith("/v1/"):
        assert headers["access-control-allow-origin"] == "*"


def test_a_client_that_never_ends_its_post_holds_up_nobody(server):
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for each in slow:
        each.sendall(b"POST /v1/track HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
    started = time.monotonic()
    assert server.post("t", {"event": "Quick", "userId": "q"}) == 200
    assert time.monotonic() - started < 5
    for each in slow:
        each.close()


def test_a_touchpoint_reaches_those_who_listen_to_the_feed(server):
    key = ReadKeys(server.folder).add("crm")
    headers = {"Authorization": f"Bearer {key}"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/api/moves/stream?model=hourglass", headers=headers)
    stream = connection.getresponse()
    assert stream.getheader("content-type").startswith("text/event-stream")
    assert stream.readline() == b": here are the moves\n"
    assert server.post("t", {"event": "Order Completed", "userId": "listened-to"}) == 200
    told = {}
    while told.get("person") != "listened-to":
        line = stream.readline()
        if line.startswith(b"data: "):
            told = json.loads(line[6:])
    assert (told["kind"], told["to"], told["backfill"]) == ("entered", "buy", False)
    connection.close()
    status, body, _ = server.ask("GET", f"/api/moves?after={told['position'] - 1}", None, headers)
    assert status == 200
    assert json.loads(body)["moves"][0] == told
    assert server.ask("GET", "/api/moves")[0] == 401
    assert (
        server.ask("GET", "/api/moves", None, {"Authorization": f"Bearer {server.key}"})[0] == 403
    )


def test_a_second_server_on_the_workspace_is_refused(server):
    command = [sys.executable, "-c", SOJOURN, "-w", str(server.folder), "serve", "--port", "1"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 1
    assert "Another server runs" in found.stderr


def test_what_was_acknowledged_survives_kills_and_is_there_once(tmp_path):
    chance = random.Random(7)
    with serving(tmp_path / "shop") as server:
        acknowledged = []
        for number in range(ROUNDS):
            until = time.monotonic() + chance.uniform(0.5, 2)
            victim = chance.choice(family(server.process.pid)[1:])
            while time.monotonic() < until:
                names = [f"k{number}-{chance.random()}" for _ in range(10)]
                calls = [
                    {"type": "track", "event": "A", "userId": n[-1], "messageId": n} for n in names
                ]
                if server.post("batch", {"batch": calls}) == 200:
                    acknowledged += names
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            wait_for(lambda: server.ask("GET", "/healthz")[0] == 200)
        everybody = family(server.process.pid)
        server.process.kill()
        server.process.wait()
        server.out.close()
        wait_for(lambda: not any(map(alive, everybody)))
        server.start()
        everybody = family(server.process.pid)
        server.stop()
        assert not any(map(alive, everybody))
        found = server.event_ids()
        assert len(found) == len(set(found))
        assert set(acknowledged) <= set(found)
        assert len(acknowledged) > 50
        feed = FeedTable(server.folder)
        rows, _ = feed.read(limit=1_000_000)
        feed.close()
        assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
        entered = [row["person"] for row in rows if row["told"] == "fresh"]
        assert sorted(entered) == sorted({name[-1] for name in found})


def test_stopping_brings_everything_into_the_log_though_somebody_listens(tmp_path):
    with serving(tmp_path / "shop") as server:
        headers = {"Authorization": f"Bearer {ReadKeys(server.folder).add('crm')}"}
        listener = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        listener.request("GET", "/api/moves/stream", headers=headers)
        assert listener.getresponse().status == 200
        calls = [
            {"type": "track", "event": "A", "userId": "u", "messageId": str(n)} for n in range(500)
        ]
        assert server.post("batch", {"batch": calls}) == 200
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 30
        listener.close()
        assert len(server.event_ids()) == 500
