"""Alerts: told once, told when over, tried again when nobody answered; the weekly mail."""

import email
import email.policy
from dataclasses import replace
from datetime import datetime

import pytest

from sojourn.alerts import STATE, Alerts
from sojourn.cli.demo import fill_shop
from sojourn.core.alerting import Schedule, Wishes
from sojourn.core.table import Table
from sojourn.errors import SettingsError
from sojourn.measure.alarms import COLUMNS
from sojourn.workspace import Workspace
from support.smtp import mail_server

FORM = {"kind": "broken", "key": "broken:form", "text": "The form fails on phones",
        "detail": "since May"}  # fmt: skip
SCORE = {"kind": "score", "key": "score", "text": "People feel worse", "detail": ""}


class World:
    """What is wrong, as the alerts find it."""

    def __init__(self, folder, server):
        self.now, self.server = [], server
        environ = {"SOJOURN_SMTP": f"smtp://127.0.0.1:{server.port}"}
        self.alerts = Alerts(folder, "Tea & Co", self.find, self.digest, address="https://j.example",
                             environ=environ)  # fmt: skip

    def find(self):
        data = {c.name: [row[c.name] for row in self.now] for c in COLUMNS}
        return Table.of("alarms", COLUMNS, data, {})

    def digest(self):
        raise AssertionError("no mail was due")

    def subjects(self):
        messages = [email.message_from_bytes(raw, policy=email.policy.default)
                    for raw in self.server.received]  # fmt: skip
        return [message["Subject"] for message in messages]


@pytest.fixture
def world(tmp_path):
    with mail_server() as server:
        found = World(tmp_path, server)
        found.alerts.wish(Wishes(("boss@example.com",)))
        yield found


def test_what_begins_is_told_once_and_what_is_over_too(world):
    world.now = [FORM, SCORE]
    assert [each["what"] for each in world.alerts.check()] == ["began", "began"]
    assert world.alerts.check() == []
    world.now = [SCORE]
    assert [(each["what"], each["key"]) for each in world.alerts.check()] == [
        ("over", "broken:form")
    ]
    world.now = [FORM, SCORE]
    assert [each["what"] for each in world.alerts.check()] == ["began"]
    assert world.subjects() == [
        "Tea & Co: The form fails on phones", "Tea & Co: People feel worse",
        "Tea & Co: over: The form fails on phones", "Tea & Co: The form fails on phones",
    ]  # fmt: skip


def test_the_mail_says_what_where_and_who_is_told(world):
    world.now = [FORM]
    world.alerts.check()
    body = email.message_from_bytes(
        world.server.received[0], policy=email.policy.default
    ).get_content()
    assert body.splitlines()[0] == "The form fails on phones."
    assert "Since May." in body
    assert "https://j.example/today/" in body


def test_only_the_kinds_that_are_wished_for_are_told(world):
    world.alerts.wish(Wishes(("boss@example.com",), kinds=("score",)))
    world.now = [FORM, SCORE]
    assert [each["key"] for each in world.alerts.check()] == ["score"]


def test_what_could_not_be_sent_waits_and_is_sent_later(world, monkeypatch):
    world.now = [FORM]
    world.server.refuses = True
    assert world.alerts.check() == []
    told = world.alerts.standing()
    assert (told.notes["waiting"], "was not sent" in told.notes["problem"]) == (1, True)
    world.server.refuses = False
    assert world.alerts.check() == []
    monkeypatch.setattr("sojourn.alerts.time.time", lambda: 4e9)
    assert [each["key"] for each in world.alerts.check()] == ["broken:form"]
    assert world.alerts.standing().notes == {"waiting": 0}


def test_a_torn_state_begins_anew_and_tells_again(world, tmp_path):
    world.now = [FORM]
    world.alerts.check()
    (tmp_path / STATE).write_text("{", encoding="utf-8")
    assert len(world.alerts.check()) == 1


def test_nobody_is_asked_for_what_is_wrong_when_nobody_is_told(world):
    world.alerts.wish(Wishes())
    world.alerts = Alerts(world.alerts.folder, "x", world.digest, world.digest)
    assert world.alerts.check() == []
    with pytest.raises(SettingsError, match="Nobody wants to be told"):
        world.alerts.test()


def test_a_test_is_sent_to_everybody(world):
    world.alerts.wish(Wishes(("a@example.com", "b@example.com")))
    world.alerts.test()
    assert len(world.server.received) == 2


@pytest.mark.parametrize(
    "wishes",
    [Wishes(("nobody",)), Wishes(("a@example.com\nBcc: x@example.com",)),
     Wishes(webhook="http://hooks.example.com/"), Wishes(mail=Schedule(to=("x",)))],
)  # fmt: skip
def test_what_cannot_be_told_is_not_wished_for(world, wishes):
    with pytest.raises(SettingsError):
        world.alerts.wish(wishes)
    assert world.alerts.wishes() == Wishes(("boss@example.com",))


def test_the_secret_of_calls_is_made_from_the_workspaces_own_and_stays(world, tmp_path):
    secret = world.alerts.secret()
    assert world.alerts.secret() == secret
    assert secret not in (tmp_path / "hash.key").read_text()


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A simulated shop's week."""
    folder = tmp_path_factory.mktemp("week") / "shop"
    fill_shop(Workspace(folder), people=100, seed=2)
    return Workspace(folder).digest()


def test_the_weekly_mail_goes_out_once_and_again_only_next_week(world, week):
    world.alerts = replace(world.alerts, write_digest=lambda: week)
    world.alerts.wish(Wishes(mail=Schedule("monday", 7, ("a@example.com", "b@example.com"))))
    moments = [datetime(2026, 11, 23, 6, 59), datetime(2026, 11, 23, 7), datetime(2026, 11, 23, 8),
               datetime(2026, 11, 29, 23), datetime(2026, 11, 30, 9)]  # fmt: skip
    sent = [world.alerts.mail_when_due(moment) for moment in moments]
    assert sent == [None, "2026-W48", None, None, "2026-W49"]
    assert len(world.server.received) == 4


def test_a_weekly_mail_that_was_not_taken_is_still_due(world, week):
    world.alerts = replace(world.alerts, write_digest=lambda: week)
    world.alerts.wish(Wishes(mail=Schedule("monday", 7, ("a@example.com",))))
    world.server.refuses = True
    with pytest.raises(SettingsError, match="not sent"):
        world.alerts.mail_when_due(datetime(2026, 11, 23, 9))
    world.server.refuses = False
    assert world.alerts.mail_when_due(datetime(2026, 11, 23, 9, 5)) == "2026-W48"


def test_a_webhook_is_told_signed_and_its_host_must_be_trusted_at_home(world):
    with pytest.raises(SettingsError, match="https"):
        world.alerts.wish(Wishes(webhook="http://127.0.0.1:9/x"))
    world.alerts.environ["SOJOURN_WEBHOOK_HOSTS"] = "127.0.0.1, other"
    world.alerts.wish(Wishes(webhook="http://127.0.0.1:9/x"))
    world.now = [FORM]
    assert world.alerts.check() == []
    assert "did not answer" in world.alerts.standing().notes["problem"]


def test_who_was_told_is_not_told_again_because_another_could_not_be(world, monkeypatch):
    world.alerts.environ["SOJOURN_WEBHOOK_HOSTS"] = "127.0.0.1"
    world.alerts.wish(Wishes(("boss@example.com",), webhook="http://127.0.0.1:9/x"))
    world.now = [FORM]
    for hours in range(5):
        monkeypatch.setattr("sojourn.alerts.time.time", lambda hours=hours: 4e9 + hours * 3e4)
        assert world.alerts.check() == []
    assert len(world.server.received) == 1
    world.alerts.wish(Wishes(("boss@example.com",)))
    monkeypatch.setattr("sojourn.alerts.time.time", lambda: 5e9)
    assert [each["key"] for each in world.alerts.check()] == ["broken:form"]
    assert len(world.server.received) == 1
