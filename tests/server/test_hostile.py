"""Whatever is posted, nothing crashes, and what was accepted beside it is in the log, once."""

import gzip
import json
import zlib

import pytest

from server.test_collector import Client
from sojourn.server.config import Config
from sojourn.server.worker import Worker

GZIP = [(b"content-encoding", b"gzip")]
ODD = [
    None, True, -1, 0, 1e308, 2**70, "", " ", "x" * 1_000_000, "\u0000", "\u202etxt", "\U0001f600",
    "'; drop table inbox; --", "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "=1+1",
    [], {}, [[]], [None], {"a": None}, {"": ""}, ["x"] * 1_000, {"$ne": 1},
]  # fmt: skip
DATES = [
    "0000-00-00", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "-0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z", "2026-05-01", "05/01/2026", "yesterday", "2026-05-01T25:00:00Z",
    "2026-05-01T10:00:00+99:99", "1e400", 1_780_000_000, 1_780_000_000_000, -1, float(2**53), "NaN",
]  # fmt: skip
FIELDS = (
    "type", "event", "name", "userId", "anonymousId", "messageId", "timestamp", "sentAt",
    "originalTimestamp", "properties", "traits", "context", "integrations", "groupId", "previousId",
)  # fmt: skip
RAW = [
    b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"\x00" * 100, b"<xml/>", b"[" * 100_000,
    b'{"batch":' + b"[" * 100_000, b'{"batch": {}}', b'{"batch": null}', b'{"a": NaN}',
    b'{"batch": [{"type": "track", "event": "A", "userId": "u", "properties": {"v": NaN}}]}',
    b'{"batch": [{"type": "track", "event": "\\ud800", "userId": "\\udfff"}]}',
    b'{"batch": [' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"]}",
    b'{"type": "track", "type": "page", "userId": "u", "userId": "v"}',
    json.dumps({"batch": [{}] * 2_501}).encode(), b'{"x": "' + b"y" * 10_000_000 + b'"}',
]  # fmt: skip


def good(number, **more):
    return {"type": "track", "event": "A", "userId": "ann", "messageId": f"good-{number}", **more}


@pytest.fixture
def client(tmp_path):
    return Client(tmp_path / "shop")


def settle(client):
    """Let the worker bring in what was kept; the ids in the log, and how many were refused."""
    worker = Worker(client.root, Config())
    while worker.round():
        pass
    assert worker.tell() == ""
    log, refused = worker.workspace.log, worker.workspace.rejected.count()
    ids = log.reader(["event_id"]).read_all()["event_id"].to_pylist() if log.exists() else []
    worker.close()
    return ids, refused


def test_every_kind_of_value_in_every_field(client):
    values = [*ODD, *DATES]
    calls = [good(0, messageId=f"odd-{f}-{i}") | {field: value}
             for f, field in enumerate(FIELDS) for i, value in enumerate(values)
             if not (isinstance(value, str) and len(value) > 20_000)]  # fmt: skip
    pieces = [calls[i : i + 50] for i in range(0, len(calls), 50)]
    bodies = [{"batch": [*piece, good(i)]} for i, piece in enumerate(pieces)]
    found = client.post(*bodies, route="batch")
    assert {status for status, _ in found} == {200}
    ids, refused = settle(client)
    assert [i for i in ids if i.startswith("good-")] == [f"good-{i}" for i in range(len(pieces))]
    assert len(ids) == len(set(ids))
    assert 0 < refused < len(calls)


def test_values_deep_in_a_call(client):
    paths = ("page", "campaign", "device", "userAgent", "ip", "traits", "externalIds", "locale")
    short = [value for value in ODD if value != "x" * 1_000_000]
    calls = [good(0, messageId=f"c-{p}-{i}", context={path: value})
             for p, path in enumerate(paths) for i, value in enumerate(short)]  # fmt: skip
    money = ("revenue", "value", "price", "currency", "order_id", "quantity")
    calls += [good(0, messageId=f"p-{p}-{i}", event="Order Completed", properties={name: value})
              for p, name in enumerate(money) for i, value in enumerate(short)]  # fmt: skip
    pieces = [calls[i : i + 40] for i in range(0, len(calls), 40)]
    found = client.post(
        *[{"batch": [*piece, good(i)]} for i, piece in enumerate(pieces)], route="batch"
    )
    assert {status for status, _ in found} == {200}
    ids, _ = settle(client)
    assert {f"good-{i}" for i in range(len(pieces))} <= set(ids)


@pytest.mark.parametrize("route", ["batch", "track"])
def test_what_is_no_call_is_refused_and_the_next_is_taken(client, route):
    found = client.post(*RAW, good(1, type="track"), route=route)
    assert {status for status, _ in found[:-1]} <= {200, 400, 401, 413}
    last = client.post({"batch": [good(2)]}, route="batch")
    assert last[0][0] == 200
    ids, _ = settle(client)
    assert "good-2" in ids


def test_broken_and_endless_gzip(client):
    whole = gzip.compress(json.dumps({"writeKey": client.key, "batch": [good(1)]}).encode())
    bomb = gzip.compress(b"\0" * 200_000_000)
    bad = [whole[:-9], whole[:20], b"\x1f\x8b", b"", bomb[:400_000], bytes(200),
           zlib.compress(b"{}"), whole[:-1] + b"x"]  # fmt: skip
    found = client.post(*bad, route="batch", headers=GZIP)
    assert {status for status, _ in found} <= {400, 401, 413}
    assert client.post(whole, route="batch", headers=GZIP)[0][0] == 200
    assert client.post(whole, route="batch", headers=[(b"content-encoding", b"br")])[0][0] == 415
    ids, _ = settle(client)
    assert ids == ["good-1"]


def test_replayed_and_reordered_batches_count_once(client):
    batches = [{"batch": [good(10 * b + i) for i in range(10)]} for b in range(5)]
    client.post(*batches, *reversed(batches), batches[2], route="batch")
    ids, _ = settle(client)
    assert sorted(ids) == sorted({f"good-{i}" for i in range(50)})
    client.post(*batches[::-1], {"batch": [good(7), good(99)]}, route="batch")
    ids, _ = settle(client)
    assert len(ids) == len(set(ids)) == 51


def test_texts_come_back_as_they_were_sent(client):
    texts = [
        t for t in ODD if isinstance(t, str) and t.strip() and "\u0000" not in t and len(t) < 100
    ]
    calls = [good(i, event=text, properties={"label": text}) for i, text in enumerate(texts)]
    client.post({"batch": calls}, route="batch")
    settle(client)
    worker = Worker(client.root, Config())
    rows = worker.workspace.log.reader(["event_id", "name", "properties"]).read_all().to_pylist()
    assert {row["event_id"]: row["name"] for row in rows} == {
        f"good-{i}": text for i, text in enumerate(texts)
    }
    assert {json.loads(row["properties"])["label"] for row in rows} == set(texts)
    worker.close()
