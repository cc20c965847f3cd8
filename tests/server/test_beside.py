"""Servers on one PostgreSQL: several collectors, one that brings everything into the log."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from sojourn.server.inbox import Inbox, Received
from sojourn.store.database import FOLDER, VARIABLE, parsed
from support.databases import postgres_only
from support.door import Door
from support.serving import SOJOURN, Server, family, seen, serving, wait_for

pytestmark = postgres_only
ROUNDS = int(os.environ.get("SOJOURN_KILLS", "3"))


def edge_of(shop, tmp_path):
    """A folder as a collector on another machine has it."""
    edge = tmp_path / "elsewhere" / "edge"
    edge.mkdir(parents=True)
    for name in ("sojourn.toml", "hash.key"):
        (edge / name).write_bytes((shop / name).read_bytes())
    return edge


def run(folder, *words, **env):
    command = [sys.executable, "-c", SOJOURN, "-w", str(folder), *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**os.environ, **env}
    )


def test_what_both_collectors_took_is_in_the_log_once_though_one_is_killed(tmp_path):
    with serving(tmp_path / "shop") as server:
        edge = Server(edge_of(server.folder, tmp_path), "--collector-only")
        acknowledged = []

        def send(to, name):
            for number in range(60):
                names = [f"{name}-{number}-{i}-u" for i in range(5)]
                body = {"writeKey": server.key, "batch": [seen(each) for each in names]}
                if to.post("batch", json.dumps(body).encode()) == 200:
                    acknowledged.extend(names)

        for turn in range(ROUNDS):
            edge.start()
            threads = [
                threading.Thread(target=send, args=(to, f"{turn}{name}"))
                for to, name in ((server, "a"), (edge, "b"))
            ]
            for each in threads:
                each.start()
            if turn:
                edge.kill()
            for each in threads:
                each.join()
            if not turn:
                edge.stop()
        server.stop()
        found = server.event_ids()
        assert len(found) == len({*found})
        assert {*acknowledged} <= {*found}
        assert len(acknowledged) > 300


def test_while_the_database_is_away_nothing_ends_and_what_is_acknowledged_is_kept(tmp_path):
    at = parsed(os.environ[VARIABLE])
    with closing(Door(at.host, at.port)) as door, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, os.environ[VARIABLE].replace(f":{at.port}/", f":{door.port}/"))
        with serving(tmp_path / "shop") as server:
            assert server.post("track", seen("before-u")) == 200
            door.shut()
            worker = [pid for pid in family(server.process.pid) if pid != server.process.pid]
            for number in range(12):
                assert server.post("track", seen(f"away-{number}-u")) == 503
                if number == 2:
                    os.kill(worker[-1], signal.SIGKILL)
                time.sleep(0.5)
            assert server.ask("GET", "/readyz")[0] == 503
            door.open()
            wait_for(lambda: server.post("track", seen("after-u")) == 200)
            wait_for(lambda: {*server.event_ids()} == {"before-u", "after-u"})
            wait_for(lambda: server.ask("GET", "/readyz")[0] == 200)
            assert "in a row" not in server.said()


def test_told_to_stop_while_the_database_is_away_it_stops(tmp_path):
    at = parsed(os.environ[VARIABLE])
    with closing(Door(at.host, at.port)) as door, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, os.environ[VARIABLE].replace(f":{at.port}/", f":{door.port}/"))
        server = Server(tmp_path / "shop")
        server.start()
        door.shut()
        time.sleep(1)
        server.stop()


def test_a_collector_beside_it_has_no_pages_and_says_so(tmp_path):
    with (
        serving(tmp_path / "shop") as server,
        serving(edge_of(server.folder, tmp_path), "--collector-only") as edge,
    ):
        assert edge.ask("GET", "/readyz")[0] == 200
        status, body, _ = edge.ask("GET", "/journey/")
        assert status == 404
        assert b"only takes touchpoints" in body


def test_a_second_server_that_would_empty_the_inbox_is_refused(tmp_path):
    with serving(tmp_path / "shop") as server:
        edge = edge_of(server.folder, tmp_path)
        refused = run(edge, "serve", "--port", "18999")
        assert refused.returncode != 0
        assert "Another server" in refused.stderr
        assert "--collector-only" in refused.stderr


def test_a_killed_servers_place_is_free_at_once(tmp_path):
    server = Server(tmp_path / "shop")
    server.start()
    server.kill()
    server.start()
    server.stop()


@pytest.mark.parametrize(
    ("lacking", "says"), [("sojourn.toml", "no sojourn.toml"), ("hash.key", "no hash.key")]
)
def test_a_collector_without_the_workspaces_rules_does_not_begin(tmp_path, lacking, says):
    with serving(tmp_path / "shop") as server:
        edge = edge_of(server.folder, tmp_path)
    (edge / lacking).unlink()
    refused = run(edge, "serve", "--collector-only", "--port", "18999")
    assert refused.returncode != 0
    assert says in refused.stderr


def test_a_collector_needs_a_database_that_both_write_to(tmp_path):
    refused = run(tmp_path, "serve", "--collector-only", **{VARIABLE: ""})
    assert refused.returncode != 0
    assert "SOJOURN_DATABASE_URL" in refused.stderr


def test_a_server_that_moves_to_postgres_keeps_its_accounts_keys_and_what_waits(tmp_path):
    """From SQLite, where somebody has an account already and a call still waits."""
    server = Server(tmp_path / "shop")
    address = os.environ[VARIABLE]
    os.environ[VARIABLE] = ""
    try:
        server.start()
        made = run(server.folder, "accounts", "link", "olive@example.com", "--role", "owner")
        link = re.search(r"http://[^/]+(/\S+)", made.stdout)[1]
        keys = run(server.folder, "keys", "list", "--format", "json").stdout
        server.kill()
        with closing(Inbox(server.folder)) as inbox:
            inbox.put([post(1)])
    finally:
        os.environ[VARIABLE] = address
    (tmp_path / "serve.log").unlink()
    server.start()
    wait_for(lambda: server.event_ids() == ["waited-1"])
    assert run(server.folder, "keys", "list", "--format", "json").stdout == keys
    assert not list((server.folder / FOLDER).glob("*.sqlite3"))
    assert "write key" not in server.said()
    assert b"olive@example.com" in server.ask("GET", link)[1]
    assert server.post("track", seen("now-2-u")) == 200
    server.stop()
    assert sorted(server.event_ids()) == ["now-2-u", "waited-1"]


def post(number):
    body = {"event": "Waited", "userId": "u", "messageId": f"waited-{number}"}
    return Received(1, "default", "track", json.dumps(body).encode())
