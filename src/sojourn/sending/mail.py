"""Mails through the business's own server."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from sojourn.errors import SettingsError

ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\\x00-\x1f]{1,64}@[^@\s<>,;:\"()\[\]\\\x00-\x1f]{1,190}")
SECONDS = 30


def check_address(address: str) -> str:
    """A mail address as it may stand in a mail; raises SettingsError for what is none.

    >>> check_address("boss@example.com")
    'boss@example.com'
    """
    if not ADDRESS.fullmatch(address):
        raise SettingsError(f"found {address[:60]!r}, expected an address such as a@example.com")
    return address


def send_mail(message: EmailMessage, to: str, server: str, sender: str = "") -> None:
    """Send a message through `smtp://USER:PASSWORD@HOST:PORT`, encrypted where the server can be.

    `From`, `To` and `Date` are set here. Raises SettingsError, which says no password.
    """
    parts = urlsplit(server)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SettingsError(
            "The mail server is not given.",
            hint="Set SOJOURN_SMTP to smtp://USER:PASSWORD@HOST:587 (or smtps://...:465).",
        )
    user = unquote(parts.username or "")
    for name, value in (("From", sender or (user if "@" in user else to)), ("To", to)):
        del message[name]
        message[name] = check_address(value)
    del message["Date"]
    message["Date"] = formatdate(localtime=False)
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    safe = ssl.create_default_context()
    try:
        with _opened(parts.scheme, parts.hostname, port, safe) as smtp:
            smtp.ehlo()
            if parts.scheme == "smtp" and smtp.has_extn("starttls"):
                smtp.starttls(context=safe)
            elif parts.scheme == "smtp" and parts.username:
                raise SettingsError(
                    "The mail server does not encrypt, so the password was not sent to it.",
                    hint="Use smtps://, or a server with STARTTLS.",
                )
            if parts.username:
                smtp.login(user, unquote(parts.password or ""))
            smtp.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise SettingsError(f"The mail was not sent: {type(error).__name__}.") from None


def _opened(scheme: str, host: str, port: int, safe: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=safe)
    return smtplib.SMTP(host, port, timeout=SECONDS)
