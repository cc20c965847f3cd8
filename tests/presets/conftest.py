"""Each sample is brought into a log of its own, once."""

import pytest

from sojourn.store.log import Log
from support.samples import SAMPLES, Brought, bring


@pytest.fixture(scope="session")
def brought(tmp_path_factory):
    """Bring a sample, or any other file, in; the same in the same way only once."""
    kept = {}

    def once(file, how=None, **options):
        key = (str(file), how, repr(sorted(options.items())))
        if key not in kept:
            path = SAMPLES / file if isinstance(file, str) else file
            log = Log(tmp_path_factory.mktemp("log"))
            kept[key] = Brought(log, bring(log, path, how, **options))
        return kept[key]

    return once
