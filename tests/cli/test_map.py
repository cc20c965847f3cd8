"""`sojourn map`: from a template to a picture, by command."""

import pytest
from click.testing import CliRunner

from sojourn.cli.demo import fill_shop
from sojourn.cli.main import cli
from sojourn.workspace import Workspace


@pytest.fixture
def run(tmp_path):
    """Run a command on a small shop; gives its output."""
    fill_shop(Workspace(tmp_path), people=40, seed=5)

    def command(*words, ok=True):
        done = CliRunner().invoke(cli, ["-w", str(tmp_path), *words])
        assert (done.exception is None) == ok, done.output
        return done.output if ok else str(done.exception)

    return command


def test_a_map_is_made_written_into_and_drawn(run, tmp_path):
    run("map", "new", "first", "--journey", "sales", "--title", "First buyers")
    run("map", "set", "first", "goal", "purchase", "Get it today")
    run("map", "draw", "first", "-o", str(tmp_path / "map.svg"))
    svg = (tmp_path / "map.svg").read_text()
    assert "Get it today" in svg
    assert "First buyers" in run("map", "list")
    version = run("map", "versions", "first").split()[0]
    run("map", "restore", "first", version)
    run("map", "check", "first")
    run("map", "remove", "first")
    assert "There is no map" in run("map", "check", "first", ok=False)


def test_two_ways_of_comparing_at_once_are_one_too_many(run, tmp_path):
    run("map", "new", "first")
    told = run("map", "draw", "first", "-o", str(tmp_path / "m.svg"), "--beside", "first",
               "--beside-persona", "x", ok=False)  # fmt: skip
    assert told


def test_verbatims_are_listed(run):
    assert "text" in run("emotions", "--verbatims")
