"""The command line, called as a user calls it but in this process."""

import sys
from typing import NamedTuple

import pytest

from sojourn.cli.main import main

CLICKS = """\
cookie,time,interaction,channel,conversion_value,order
00a,2026-01-05T10:00:00Z,Ad Viewed,Display,,
00a,2026-01-05T11:00:00Z,Page Viewed,Direct,,
00a,2026-01-06T10:00:00Z,Newsletter Subscribed,Direct,,
00a,2026-01-09T10:00:00Z,Order Completed,Email,12.50,O1
00b,2026-01-07T10:00:00Z,Page Viewed,Organic Search,,
00b,2026-01-08T10:00:00Z,Trial Started,Organic Search,,
00c,2026-01-09T12:00:00Z,Page Viewed,Email,,
"""


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def sojourn(monkeypatch, capsys):
    """Run `sojourn ARGS` and give its exit code and what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sojourn", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return run


@pytest.fixture
def clicks(tmp_path):
    """A small file of touchpoints with columns named by its owner."""
    path = tmp_path / "clicks.csv"
    path.write_text(CLICKS)
    return path


@pytest.fixture
def shop(tmp_path, clicks, sojourn):
    """A workspace that holds the small file."""
    folder = tmp_path / "shop"
    answer = sojourn(
        "-w", folder, "import", clicks, "--person", "cookie", "--ts", "time",
        "--name", "interaction", "--value", "conversion_value", "--order-id", "order",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    return folder
