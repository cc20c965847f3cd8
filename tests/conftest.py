"""How random examples are tried: the same ones in every run, however busy the machine is.

`make test` must say the same of the same code; `make fuzz` goes looking for new examples.
`make test-postgres` gives every test a schema of its own in a PostgreSQL database.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from support.databases import POSTGRES, own_database

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", settings.get_profile("steady"), derandomize=False)
settings.load_profile(os.environ.get("SOJOURN_EXAMPLES", "steady"))


@pytest.fixture(autouse=bool(POSTGRES))
def database():
    """The address of an empty database for the servers of this test; empty for SQLite."""
    with own_database() as url:
        yield url
