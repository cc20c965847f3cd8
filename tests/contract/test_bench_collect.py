"""The benchmark of collecting sends what the collector takes, and reads the feed as it is."""

import json
from contextlib import closing

from benchmarks.collect import Traffic, told_after

from sojourn.server.config import Config
from sojourn.server.reading import key_of, looked_at
from sojourn.store.database.sqlite import Sqlite


def body_of(request):
    head, _, body = request.partition(b"\r\n\r\n")
    assert int(head.rpartition(b"Content-Length: ")[2]) == len(body)
    return head.split()[1].decode().rpartition("/")[2], body


def test_its_posts_are_calls_with_a_key():
    for size in (1, 100):
        traffic = Traffic(0, "KEY", size, ["ann", "bob"])
        route, body = body_of(traffic.post())
        assert route == ("track" if size == 1 else "batch")
        assert key_of({}, looked_at(body, route, Config())) == "KEY"


def test_every_post_of_the_steady_rate_holds_one_newcomer():
    _, body = body_of(Traffic(0, "KEY", 100, ["ann"]).post("new-1"))
    assert [c["userId"] for c in json.loads(body)["batch"]].count("new-1") == 1


def test_a_newcomer_was_told_when_their_first_row_could_be_read(tmp_path):
    with closing(Sqlite(tmp_path / "feed")) as tables:
        tables.execute("create table feed (position, shown)")
        rows = [(1, "ann"), (2, "new-1"), (3, "new-2"), (4, "new-1")]
        tables.load("feed", ("position", "shown"), rows)
        seen = [(100.0, 0), (101.0, 2), (103.0, 4)]
        found = told_after(tables, [("new-1", 100.5), ("new-2", 100.5)], seen)
    assert found == [0.5, 2.5]
