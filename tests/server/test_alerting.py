"""What the server does by itself beside collecting: looks for what is wrong, one look at a time."""

import sys
import time

import pytest

from sojourn.cli.demo import fill_shop
from sojourn.core.alerting import Schedule, Wishes
from sojourn.server import alerting
from sojourn.server.running import Chore
from sojourn.workspace import Workspace
from support.smtp import mail_server


def lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def chore(tmp_path, seconds):
    """A chore that writes a line when it begins, and takes so many seconds."""
    told = tmp_path / "told"
    code = f"import time; open({str(told)!r}, 'a').write('x\\n'); time.sleep({seconds})"
    return Chore([sys.executable, "-c", code], {}, every=0.05), told


def test_a_chore_is_done_again_and_again(tmp_path):
    made, told = chore(tmp_path, 0)
    ends = time.monotonic() + 10
    while len(lines(told)) < 3 and time.monotonic() < ends:
        made.look()
        time.sleep(0.02)
    made.stop()
    assert len(lines(told)) >= 3


def test_a_chore_that_takes_long_is_not_begun_twice_and_ends_with_the_server(tmp_path):
    made, told = chore(tmp_path, 60)
    ends = time.monotonic() + 10
    while not lines(told) and time.monotonic() < ends:
        made.look()
        time.sleep(0.02)
    for _ in range(20):
        made.look()
        time.sleep(0.02)
    begun = time.monotonic()
    made.stop()
    assert time.monotonic() - begun < 10
    assert lines(told) == ["x"]


@pytest.fixture
def shop(tmp_path):
    """A simulated shop, in which some things are wrong."""
    workspace = Workspace(tmp_path / "shop")
    fill_shop(workspace, people=100, seed=3)
    return workspace


def test_a_look_sends_the_weekly_mail_and_what_is_wrong_once(shop, monkeypatch):
    wrong = {"kind": ["silent"], "key": ["silent:Phone"], "text": ["Nothing came through Phone"],
             "detail": ["usually 9 a week"]}  # fmt: skip
    table = shop.alerts.find()
    broken = type(table).of("alarms", table.columns, wrong, {})
    monkeypatch.setattr(Workspace, "_alarms", lambda _: broken)
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    with mail_server() as server:
        monkeypatch.setenv("SOJOURN_SMTP", f"smtp://127.0.0.1:{server.port}")
        monkeypatch.setattr(sys, "argv", ["alerting", str(shop.folder)])
        shop.alerts.wish(Wishes(("a@example.com",), mail=Schedule(days[0], 0, ("b@example.com",))))
        for _ in range(2):
            alerting.main()
    told = [[line for line in raw.split(b"\r\n") if line.startswith(b"To: ")]
            for raw in server.received]  # fmt: skip
    assert sorted(told) == [[b"To: a@example.com"], [b"To: b@example.com"]]


def test_a_mail_server_that_is_not_there_stops_nothing(shop, monkeypatch, caplog):
    monkeypatch.setenv("SOJOURN_SMTP", "smtp://127.0.0.1:9")
    monkeypatch.setattr(sys, "argv", ["alerting", str(shop.folder)])
    shop.alerts.wish(Wishes(mail=Schedule("monday", 0, ("b@example.com",))))
    alerting.main()
    assert "was not sent" in caplog.text


def test_a_workspace_into_which_nothing_came_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["alerting", str(tmp_path / "new")])
    alerting.main()
    assert not (tmp_path / "new").exists()
