"""A small shop whose journey is mapped."""

import pytest

from sojourn.cli.demo import fill_shop
from sojourn.workspace import Workspace


@pytest.fixture(scope="session")
def mapped(tmp_path_factory):
    """A simulated shop of some hundred people, to read only."""
    folder = tmp_path_factory.mktemp("maps") / "shop"
    fill_shop(Workspace(folder), people=900, seed=2)
    return Workspace(folder)


@pytest.fixture
def own(tmp_path):
    """A workspace of one's own, with a handful of people."""
    workspace = Workspace(tmp_path / "own")
    fill_shop(workspace, people=40, seed=5)
    return workspace
