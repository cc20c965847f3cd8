"""The ribbon of one person: every stay and touchpoint is drawn where its time says."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from sojourn.pictures import ribbon
from sojourn.workspace import Workspace

START = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = Workspace("nowhere").model("hourglass")


def touch(day, name="Page Viewed", channel="Email", actor="person", value=None):
    return {"ts": START + timedelta(days=day), "name": name, "channel": channel, "actor": actor,
            "order_id": None, "value": value}  # fmt: skip


def stay(stage, start, end):
    left = None if end is None else START + timedelta(days=end)
    return {"stage": stage, "entered_at": START + timedelta(days=start), "left_at": left}


def drawn(stays, touches, **more):
    as_of = START + timedelta(days=100)
    return ribbon(stays, touches, model=MODEL, as_of=as_of, **more)


def test_one_mark_a_touchpoint_and_one_row_a_channel():
    svg = drawn([stay("know", 0, None)], [touch(0), touch(50), touch(100, channel="Phone")])
    assert svg.count("<circle") == 3
    assert svg.count(">Email<") == svg.count(">Phone<") == 1


def test_a_touchpoint_in_the_middle_of_the_time_is_in_the_middle_of_the_row():
    svg = drawn([], [touch(0), touch(50), touch(100)])
    xs = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)]
    assert xs[1] == pytest.approx((xs[0] + xs[2]) / 2, abs=0.02)


def test_the_text_alternative_tells_every_stay():
    svg = drawn([stay("know", 0, 10), stay("like", 10, None)], [touch(0), touch(10)])
    assert "Know from 2026-01-01 until 2026-01-11. Like from 2026-01-11 still here." in svg


def test_many_channels_share_the_last_row():
    svg = drawn([], [touch(i, channel=f"Channel {i}") for i in range(30)])
    assert svg.count("<circle") == 30
    assert ">(other)<" in svg


def test_nobody_gets_a_notice_and_one_moment_is_drawn():
    assert "Nothing has happened yet." in drawn([], [])
    ElementTree.fromstring(drawn([stay("know", 0, None)], [touch(0)]))  # noqa: S314 - our own


@pytest.mark.parametrize("width", [280, 390, 960, 1600])
def test_hostile_texts_are_escaped_at_every_width(width):
    svg = drawn([stay("<b>", 0, 1)], [touch(0, channel="<script>&\x00")], width=width)
    ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert "<script>" not in svg
