"""Calls to a webhook: signed, bounded, and never to a private address by whatever name."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from sojourn.errors import SettingsError
from sojourn.sending import check_hook, post
from sojourn.sending.webhook import MOST_ANSWER, is_public, signature

HERE = ("127.0.0.1",)


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers as it is told to."""

    got: ClassVar[list] = []
    status, head, body = 200, {}, b"ok"

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((self.path, dict(self.headers), text))
        self.send_response(self.status)
        for name, value in self.head.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def receiver():
    kind = type("Own", (Receiver,), {"got": []})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kind.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    yield kind
    server.shutdown()
    server.server_close()


def test_a_call_is_json_and_signed_so_that_its_receiver_can_tell(receiver):
    post(receiver.url, {"text": "Grüße <b>"}, b"secret", HERE)
    [(path, head, text)] = receiver.got
    assert path == "/hook?x=1"
    assert json.loads(text) == {"text": "Grüße <b>"}
    moment, signed = (part[part.index("=") + 1 :] for part in head["Sojourn-Signature"].split(","))
    assert signed == signature(b"secret", moment, text)
    assert signed != signature(b"other", moment, text)


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.head = 302, {"Location": receiver.url}
    with pytest.raises(SettingsError, match="answered 302"):
        post(receiver.url, {}, b"s", HERE)
    assert len(receiver.got) == 1


def test_a_refusal_is_told_and_a_long_answer_is_cut_short(receiver):
    receiver.status = 500
    with pytest.raises(SettingsError, match="answered 500"):
        post(receiver.url, {}, b"s", HERE)
    receiver.status, receiver.body = 200, b"x" * (MOST_ANSWER * 4)
    post(receiver.url, {}, b"s", HERE)


def test_nobody_there_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SettingsError, match="did not answer: ConnectionRefusedError"):
        post(f"http://127.0.0.1:{port}/", {}, b"s", HERE)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
     "https://127.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/",
     "https://10.0.0.1/", "https://localhost/", "https://[fe80::1]/", "https://0.0.0.0/",
     "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://100.64.0.1/"],
)  # fmt: skip
def test_a_private_address_is_refused_in_every_spelling(url):
    with pytest.raises(SettingsError, match="private network|not found"):
        post(url, {}, b"s")


def test_a_name_that_leads_home_is_refused_though_it_also_leads_elsewhere(monkeypatch):
    def both(*_args, **_options):
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(SettingsError, match="private network"):
        post("https://rebinding.example/", {}, b"s")


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch):
    answers, went = iter(["93.184.216.34", "127.0.0.1"]), []

    def changing(*_args, **_options):
        return [(2, 1, 6, "", (next(answers), 443))]

    def connect(address, *_args, **_options):
        went.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(SettingsError, match="did not answer"):
        post("https://rebinding.example/", {}, b"s")
    assert went == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True), ("224.0.0.1", False),
     ("192.168.1.1", False), ("fc00::1", False), ("::", False), ("240.0.0.1", False),
     ("64:ff9b::808:808", True)],
)  # fmt: skip
def test_addresses_are_public_or_they_are_not(address, public):
    assert is_public(address) == public


@pytest.mark.parametrize(
    "url",
    ["", "hooks.example.com", "http://hooks.example.com/", "ftp://a.example/", "https://",
     "https://me:word@a.example/", "https://a.example/\r\nX: 1", "https://[::1", "file:///etc/passwd",
     "https://a.example/" + "x" * 2_001],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused_before_anything_is_sent(url):
    with pytest.raises(SettingsError, match="expected"):
        check_hook(url)


def test_a_name_that_is_nowhere_is_told():
    with pytest.raises(SettingsError, match="not found"):
        post("https://no-such-host.invalid/", {}, b"s")
