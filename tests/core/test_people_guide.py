from __future__ import annotations

import doctest
import re
from pathlib import Path

from sojourn.core.claims import MAX_PER_KIND

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "people.md"


def test_the_example_in_the_guide_gives_what_it_says():
    assert doctest.testfile(str(GUIDE), module_relative=False).failed == 0


def test_the_guide_names_the_limits_of_a_group():
    told = re.findall(r"\d+ (?=devices|e-mail|telephones|cards|of any)", GUIDE.read_text("utf-8"))
    kinds = ("device", "email", "phone", "card", "*")
    assert [int(n) for n in told] == [MAX_PER_KIND[kind] for kind in kinds]
