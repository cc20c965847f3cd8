"""A post is looked at within bounds before it is kept."""

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.server.config import Config
from sojourn.server.reading import Envelope, Unreadable, key_of, looked_at, opened, without_halves

CONFIG = Config(call_bytes=1_000, batch_bytes=10_000, batch_calls=3)


def refused(work, *args):
    with pytest.raises(Unreadable) as error:
        work(*args)
    assert error.value.message
    return error.value.status


def test_a_compressed_body_comes_out_as_it_was():
    assert opened(gzip.compress(b'{"a": 1}'), "gzip", 100) == b'{"a": 1}'


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"0" * 50_000_000), "gzip", 413),
        (gzip.compress(b'{"a": 1}')[:-6], "gzip", 400),
        (b'{"a": 1}', "gzip", 400),
        (b"", "gzip", 400),
        (b"{}", "br", 415),
    ],
    ids=["zip bomb", "cut off", "no gzip", "empty", "another coding"],
)
def test_what_cannot_be_opened_is_refused(body, encoding, status):
    assert refused(opened, body, encoding, 10_000) == status


@pytest.mark.parametrize(
    ("body", "route", "status"),
    [
        (b"", "track", 400),
        (b"[]", "track", 400),
        (b"null", "batch", 400),
        (b"{", "track", 400),
        (b'{"event": NaN}', "track", 400),
        (b'{"a":' * 100_000, "batch", 400),
        (b"[" * 900, "track", 400),
        (b"{}", "batch", 400),
        (b'{"batch": {}}', "batch", 400),
        (b'{"batch": [1, 2, 3, 4]}', "batch", 413),
        (json.dumps({"event": "x" * 1_000}).encode(), "track", 413),
    ],
)
def test_what_is_no_post_is_refused(body, route, status):
    assert refused(looked_at, body, route, CONFIG) == status


@given(st.binary(max_size=60), st.sampled_from(["track", "batch", "import"]))
def test_any_bytes_are_read_or_refused(body, route):
    try:
        looked_at(body, route, CONFIG)
    except Unreadable as error:
        assert error.status in (400, 413)  # noqa: PT017


def basic(text):
    return {"authorization": "Basic " + base64.b64encode(text).decode()}


@pytest.mark.parametrize(
    ("headers", "written", "key"),
    [
        (basic(b"KEY:"), None, "KEY"),
        (basic(b"KEY"), None, "KEY"),
        (basic(b"KEY:"), "OTHER", "KEY"),
        (basic(b"\xff:"), "BODY", "BODY"),
        ({"authorization": "Basic ???"}, "BODY", "BODY"),
        ({"authorization": "Bearer x"}, "BODY", "BODY"),
        ({}, {"$ne": ""}, ""),
        ({}, None, ""),
    ],
)
def test_the_key_is_in_the_header_or_in_the_body(headers, written, key):
    assert key_of(headers, Envelope(writeKey=written)) == key


@given(st.text(st.characters(codec=None, categories=None), max_size=30))
def test_halves_of_characters_are_read_as_one_that_stands_for_what_is_lost(text):
    body = json.dumps({"a": text, "b": "\\ud83d"}).encode()
    whole = without_halves(body)
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert looked_at(whole, "track", CONFIG) == Envelope()
    assert json.loads(whole) == {"a": expected, "b": "\\ud83d"}
    assert len(whole) == len(body)
