"""Values as texts and as JSON: exact, and the same in every format."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pyarrow as pa
import pytest

from sojourn.store.exporters.rows import as_json, as_texts


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([Decimal("0.1000"), None]), ["0.1000", None]),
        (pa.array([0.1, -1.0]), ["0.1", "-1.0"]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([2**63 - 1]), ["9223372036854775807"]),
        (pa.array([datetime(1, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
         ["0001-01-01T00:00:00.000000Z"]),
        (pa.array([["ü", None]]), ['["ü",null]']),
        (pa.array(["", "=1", " x "]), ["", "=1", " x "]),
    ],
)  # fmt: skip
def test_a_column_becomes_texts(column, texts):
    assert as_texts(column).to_pylist() == texts


def test_properties_are_the_object_that_they_are_to_the_letter():
    text = '{"price": 1.50, "big": 123456789012345678901234567890}'
    assert msgspec.json.encode({"properties": as_json("properties", text)}) == (
        f'{{"properties":{text}}}'.encode()
    )
