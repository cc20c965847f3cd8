"""Calls to a webhook: signed, bounded, never to a private address, wherever its name leads.

The name is resolved once, every address it has is looked at, and the connection goes to the one
that was looked at: a name that answers otherwise a moment later changes nothing. Redirects are
not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sojourn.errors import SettingsError

SECONDS = 10
MOST_ANSWER = 65_536
LONGEST = 2_000
SIGNATURE = "Sojourn-Signature"
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_hook(url: str, allowed: Collection[str] = ()) -> SplitResult:
    """A webhook's address in its parts; raises SettingsError for one that is not safe.

    It is `https://`; hosts in `allowed` may be private, and `http://`.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    plain = url.isprintable() and " " not in url and len(url) <= LONGEST
    if not host or not plain or parts.scheme not in ("https", "http") or parts.username:
        raise SettingsError(
            f"found {url[:80]!r}, expected an address such as https://hooks.example.com/x"
        )
    if parts.scheme == "http" and host not in allowed:
        raise SettingsError(
            f"found {url[:80]!r}, expected https://: what is sent must not be read on its way"
        )
    return parts


def post(url: str, body: Mapping[str, Any], secret: bytes, allowed: Collection[str] = ()) -> None:
    """Send a JSON body, signed: `Sojourn-Signature: t=SECONDS,v1=HEX`, an HMAC-SHA256 of
    `SECONDS.BODY`. Raises SettingsError when it was not taken (an answer of 2xx is).
    """
    parts = check_hook(url, allowed)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolved(host, port, host in allowed)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    moment = str(int(time.time()))
    head = {
        "Content-Type": "application/json",
        "User-Agent": "Sojourn",
        SIGNATURE: f"t={moment},v1={signature(secret, moment, text)}",
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Connection(host, port, address, parts.scheme == "https")
    try:
        connection.request("POST", path, text, head)
        answer = connection.getresponse()
        answer.read(MOST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise SettingsError(f"The webhook did not answer: {type(error).__name__}.") from None
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise SettingsError(f"The webhook answered {answer.status}, expected 2xx.")


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """What a receiver compares: HMAC-SHA256 of the moment, a dot and the body, in hex.

    >>> len(signature(b"secret", "0", b"{}"))
    64
    """
    return hmac.new(secret, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _resolved(host: str, port: int, trusted: bool) -> str:
    """The address to connect to; every address of the name must be public unless it is trusted."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SettingsError(f"The webhook's host {host[:80]!r} was not found.") from None
    addresses = [str(each[4][0]) for each in found]
    if not trusted and not all(is_public(address) for address in addresses):
        raise SettingsError(
            f"The webhook's host {host[:80]!r} is in a private network, where nothing is sent.",
            hint="Name it in SOJOURN_WEBHOOK_HOSTS if that is meant.",
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is of the public Internet, also where it wraps an older one.

    >>> is_public("93.184.216.34"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    found: Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inside is None and found in NAT64:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    bad = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_link_local
    return found.is_global and not bad


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at, under the name that it has."""

    def __init__(self, host: str, port: int, address: str, encrypted: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.address = address
        self.encrypted = encrypted

    def connect(self) -> None:
        """Connect to the address, and check the certificate against the name."""
        self.sock = socket.create_connection((self.address, self.port), SECONDS)
        if self.encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
