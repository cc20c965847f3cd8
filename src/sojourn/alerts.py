"""Alerts: what began to be wrong is told once, and once that it is over; and the mail's schedule.

`alerts.yaml` says who wants to be told; `alerts.state.json` remembers what was told, so that a
restart tells nothing twice. What could not be sent is tried again: better twice than never.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from filelock import FileLock

from sojourn.core.alerting import Wishes, wishes_of
from sojourn.core.table import Column, Table
from sojourn.digest import Digest
from sojourn.digest import mail as mail_digest
from sojourn.errors import SettingsError, SojournError
from sojourn.sending import check_address, check_hook, post, send_mail
from sojourn.store.durable import replace_text
from sojourn.store.secret import secret_of
from sojourn.store.written import read, write

FILE, STATE, LOCK = "alerts.yaml", "alerts.state.json", ".alerts.lock"
HOSTS = "SOJOURN_WEBHOOK_HOSTS"
"""The environment variable that names hosts of one's own to which a webhook may lead."""

SMTP = "SOJOURN_SMTP"
SENDER = "SOJOURN_MAIL_FROM"
BEGAN, OVER, TEST = "began", "over", "test"
LONGEST_WAIT = 6 * 3_600
KEPT = 500


@dataclass
class State:
    """What stands and since when, what waits to be sent, and the last week whose mail went out."""

    standing: dict[str, dict[str, str]] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    mailed: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Alerts:
    """The alerts of the workspace in a folder: `find` gives what is wrong now, as `alarms` does.

    `address` is where people reach the pages; `environ` has the mail server and trusted hosts.
    """

    folder: Path
    business: str
    find: Callable[[], Table]
    write_digest: Callable[[], Digest]
    zone: Any = UTC
    address: str = ""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    # Wishes

    def wishes(self) -> Wishes:
        """Who wants to be told of what."""
        return self._checked(wishes_of(read(self.folder / FILE, SettingsError), FILE))

    def wish(self, wishes: Wishes) -> None:
        """Keep who wants to be told of what."""
        write(self.folder / FILE, self._checked(wishes_of(wishes.to_mapping())).to_mapping())

    def _checked(self, wishes: Wishes) -> Wishes:
        for address in (*wishes.to, *wishes.mail.to):
            check_address(address)
        if wishes.webhook:
            check_hook(wishes.webhook, self._trusted())
        return wishes

    def secret(self) -> str:
        """The key with which calls to the webhook are signed, made from the workspace's own."""
        return hmac.new(secret_of(self.folder), b"webhook", hashlib.sha256).hexdigest()

    # Looking

    def check(self) -> list[dict[str, Any]]:
        """Find what is wrong, send what began or is over since the last look; what was sent."""
        wishes = self.wishes()
        with self._lock():
            state = self._state()
            if wishes.anybody:
                state = self._compared(state, wishes)
            self._keep(state)
            return self._sent(state, wishes)

    def _compared(self, state: State, wishes: Wishes) -> State:
        found = {row["key"]: row for row in self.find().rows if row["kind"] in wishes.kinds}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for key, row in found.items():
            if key not in state.standing:
                told = {name: str(row[name] or "") for name in ("kind", "text", "detail")}
                state.standing[key] = {**told, "since": now}
                state.waiting.append({"what": BEGAN, "key": key, "at": now, **told})
        for key in [key for key in state.standing if key not in found]:
            gone = state.standing.pop(key)
            state.waiting.append({"what": OVER, "key": key, "at": now, **gone})
        state.waiting = state.waiting[-KEPT:]
        return state

    def _sent(self, state: State, wishes: Wishes) -> list[dict[str, Any]]:
        sent, left, problem = [], [], ""
        for each in state.waiting:
            if each.get("again", 0) > time.time() or not wishes.anybody:
                left.append(each)
                continue
            done, problems = self._tried(each, wishes)
            if problems:
                problem = problems[-1].message
                tried = each.get("tried", 0) + 1
                wait = min(LONGEST_WAIT, 60 * 2**tried)
                left.append({**each, "done": done, "tried": tried, "again": time.time() + wait})
            else:
                sent.append(each)
        state.waiting, state.problem = left, problem
        self._keep(state)
        return sent

    def _tried(
        self, event: Mapping[str, Any], wishes: Wishes
    ) -> tuple[list[str], list[SojournError]]:
        """Send an event by every way by which it has not gone out: which have it, what failed."""
        done, problems = list(event.get("done", ())), list[SojournError]()
        for way in (*wishes.to, *([wishes.webhook] if wishes.webhook else [])):
            if way not in done:
                try:
                    self.send(event, way)
                    done.append(way)
                except SojournError as error:
                    problems.append(error)
        return done, problems

    def send(self, event: Mapping[str, Any], way: str) -> None:
        """Send one event to an address or a webhook; raises SettingsError if it is not taken."""
        if "://" not in way:
            server, sender = self.environ.get(SMTP, ""), self.environ.get(SENDER, "")
            send_mail(self.message(event), way, server, sender)
            return
        shown = ("what", "kind", "key", "text", "detail", "at", "since")
        body = {name: event[name] for name in shown if event.get(name)}
        told = {"business": self.business, "page": self.address, **body}
        post(way, told, self.secret().encode(), self._trusted())

    def test(self) -> None:
        """Send a test by every way that is wished for; raises SettingsError where nobody is."""
        if not self.wishes().anybody:
            raise SettingsError(
                "Nobody wants to be told.", hint="Name somebody: `sojourn alerts set --to ADDRESS`."
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        event = {"what": TEST, "kind": TEST, "key": TEST, "at": now,
                 "text": "This is a test: alerts arrive here"}  # fmt: skip
        _, problems = self._tried(event, self.wishes())
        if problems:
            raise problems[0]

    def message(self, event: Mapping[str, Any]) -> EmailMessage:
        """The mail that tells of an event: one sentence, its numbers, and where to look."""
        over = event["what"] == OVER
        message = EmailMessage()
        text = " ".join(str(event["text"]).split())
        message["Subject"] = f"{self.business}: {'over: ' if over else ''}{text}"[:200]
        lines = [f"{text}." if not over else f"This is over: {text}."]
        if event.get("detail"):
            lines.append(f"{event['detail'][:1].upper()}{event['detail'][1:]}.")
        if self.address:
            lines.append(f"See {self.address}/today/")
        lines.append("Who is told of what: Data > Alerts, or `sojourn alerts`.")
        message.set_content("\n\n".join(lines) + "\n")
        return message

    # The weekly mail

    def mail_when_due(self, now: datetime | None = None) -> str | None:
        """Send the weekly mail if it is due and did not go out; the week, None if it is not due."""
        wishes = self.wishes()
        with self._lock():
            state = self._state()
            week = wishes.mail.due(now or datetime.now(self.zone), state.mailed)
            if week is None:
                return None
            told = self.write_digest()
            for address in wishes.mail.to:
                mail_digest(told, address, self.environ.get(SMTP, ""), self.environ.get(SENDER, ""))
            state.mailed = week
            self._keep(state)
        return week

    def standing(self) -> Table:
        """One row a thing that is wrong since the last look, the newest first."""
        columns = [Column(name, "text") for name in ("kind", "text", "detail", "since")]
        state = self._state()
        rows = sorted(state.standing.values(), key=lambda row: row["since"], reverse=True)
        data = {column.name: [row.get(column.name) or None for row in rows] for column in columns}
        notes: dict[str, Any] = {"waiting": len(state.waiting)}
        if state.problem:
            notes["problem"] = state.problem
        return Table.of("standing", columns, data, notes)

    def _lock(self) -> FileLock:
        """One who looks at a time, so that nothing is told by two."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / LOCK)

    def _trusted(self) -> list[str]:
        return [each.strip() for each in self.environ.get(HOSTS, "").split(",") if each.strip()]

    def _state(self) -> State:
        try:
            raw = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
            return State(**{name: raw[name] for name in asdict(State()) if name in raw})
        except (OSError, ValueError, TypeError):
            return State()

    def _keep(self, state: State) -> None:
        replace_text(self.folder / STATE, json.dumps(asdict(state), ensure_ascii=False, indent=1))
