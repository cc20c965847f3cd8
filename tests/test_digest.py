"""The Monday mail: its sentences are the measures', its form is fit for mail, it is sent safely."""

import email.policy
import re
from datetime import datetime, timedelta
from email import message_from_bytes
from io import BytesIO

import pytest
from pypdf import PdfReader

from sojourn.cli.demo import fill_shop
from sojourn.digest import mail, message_of
from sojourn.errors import PictureError, SettingsError
from sojourn.workspace import Workspace
from support.smtp import mail_server

AS_OF = "2025-12-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A simulated shop."""
    folder = tmp_path_factory.mktemp("digest") / "shop"
    fill_shop(Workspace(folder), people=1500, seed=2)
    return Workspace(folder)


@pytest.fixture(scope="module")
def told(workspace):
    """Its week."""
    return workspace.digest(as_of=AS_OF)


def sentences(told, title):
    return next(section.sentences for section in told.sections if section.title == title)


def test_what_wants_attention_is_what_today_says(workspace, told):
    today = workspace.journey(as_of=AS_OF).today().rows
    lines = sentences(told, "What wants attention")
    assert len(lines) == len(today)
    assert all(line.startswith(row["text"]) for line, row in zip(lines, today, strict=True))


def test_feelings_are_those_of_the_week_with_how_many_said_so(workspace, told):
    end = datetime.fromisoformat(AS_OF)
    week = workspace.journey(start=(end - timedelta(days=7)).isoformat(), end=AS_OF, as_of=AS_OF)
    rows = week.emotions().rows
    lines = [line for line in sentences(told, "How people feel") if line != "Nothing new."]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert f"{row['mean']:+.2f} of 1, by {row['n']:,} answer" in line


def test_a_stage_is_told_when_two_weeks_differ_by_more_than_chance(workspace):
    stages = [
        workspace.journey(as_of=f"2025-{day}").stages().rows for day in ("07-15", "07-08", "07-01")
    ]
    lines = sentences(workspace.digest(as_of="2025-07-15"), "Where more or fewer people move")
    for new, old, older in zip(*stages, strict=True):
        this, last = new["moved_on"] - old["moved_on"], old["moved_on"] - older["moved_on"]
        sure = abs(this - last) > 1.96 * max(1, this + last) ** 0.5
        found = [
            line for line in lines if line.startswith(f"{new['name']}: ") and "moved on" in line
        ]
        assert bool(found) == sure
        assert not found or f"{last:,} the week before" in found[0]


def test_the_mail_has_a_text_a_page_and_the_picture_inside(told):
    raw = message_of(told).as_bytes()
    read = message_from_bytes(raw, policy=email.policy.default)
    kinds = [part.get_content_type() for part in read.walk()]
    assert {"text/plain", "text/html", "image/png"} <= set(kinds)
    html = read.get_body(("html",)).get_content()
    assert re.findall(r'src="([^":]+):', html) == ["cid"]
    assert "<script" not in html


def test_it_is_a_file_of_every_form_and_says_so_of_others(told, tmp_path):
    text = PdfReader(BytesIO(told.save(tmp_path / "d.pdf").read_bytes())).pages[0].extract_text()
    assert "What wants attention" in text
    assert "http" not in told.save(tmp_path / "d.html").read_text().replace("http://www.w3.org", "")
    assert told.save(tmp_path / "d.txt").read_text() == told.text()
    with pytest.raises(PictureError, match=r"\.pdf"):
        told.save(tmp_path / "d.docx")


def test_it_is_sent_to_a_mail_server(told):
    with mail_server() as server:
        mail(told, "boss@example.com", f"smtp://127.0.0.1:{server.port}", "me@example.com")
    assert b"Subject: Harbour Lane" in server.received[0]


def test_a_password_is_never_sent_in_the_clear(told):
    with mail_server() as server, pytest.raises(SettingsError, match="does not encrypt"):
        mail(told, "boss@example.com", f"smtp://me:hush@127.0.0.1:{server.port}")
    assert server.received == []


@pytest.mark.parametrize("server", ["", "http://x", "smtp://", "file:///etc/passwd"])
def test_without_a_mail_server_it_says_what_to_set(told, server):
    with pytest.raises(SettingsError, match="mail server"):
        mail(told, "boss@example.com", server)


def test_a_server_that_is_not_there_is_told_without_its_password(told):
    with pytest.raises(SettingsError) as caught:
        mail(told, "boss@example.com", "smtp://me:hush@127.0.0.1:9")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("to", ["nobody", "a@example.com\nBcc: all@example.com"])
def test_an_address_that_is_none_or_smuggles_a_header_is_refused(told, to):
    with pytest.raises(SettingsError):
        mail(told, to, "smtp://127.0.0.1:9")
