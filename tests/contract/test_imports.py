"""Importing Sojourn costs next to nothing, and the public names are what they say."""

import subprocess
import sys

import pytest

import sojourn


def modules_after(statement):
    code = f"import sys; {statement}; print(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_sojourn_loads_no_heavy_library():
    loaded = modules_after("import sojourn")
    assert not loaded & {"numpy", "pyarrow", "duckdb", "deltalake", "sqlglot", "altair", "scipy"}


def test_every_public_name_can_be_had_and_is_listed():
    for name in sojourn.__all__:
        assert getattr(sojourn, name) is not None
        assert name in dir(sojourn)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="journeys"):
        sojourn.journeys  # noqa: B018
