"""One condition language for evidence, restarts, personas, filters and triggers.

A condition is a boolean SQL expression of a few columns and functions. `parse` checks it and
gives a `Condition`, which answers for one touchpoint (`test`) or for many at once (`mask`).
"""

from .condition import Condition, parse, parse_or_name
from .frame import Frame, FrameColumn, Times
from .nodes import Ref
from .properties import property_text
from .settled import Settled
from .times import NULL_TIME

__all__ = [
    "NULL_TIME",
    "Condition",
    "Frame",
    "FrameColumn",
    "Ref",
    "Settled",
    "Times",
    "parse",
    "parse_or_name",
    "property_text",
]
