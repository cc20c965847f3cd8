"""A small shop whose trail lies in many buckets."""

import pytest

import sojourn as sj
from sojourn.cli.demo import fill_shop
from sojourn.store import build


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The folder of a simulated shop with at least eight buckets."""
    folder = tmp_path_factory.mktemp("parity") / "shop"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "ROWS_A_BUCKET", 1000)
        workspace = sj.open(folder)
        fill_shop(workspace, people=250, seed=5)
        assert len(workspace.trail().numbers) >= 8
    return folder
