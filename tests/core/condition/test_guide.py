"""The guide tells the truth."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from sojourn.core.condition import parse
from sojourn.core.condition.functions import FUNCTIONS
from sojourn.core.condition.scope import PEOPLE, TOUCHPOINT
from sojourn.errors import ConditionError

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "conditions.md"
TEXT = GUIDE.read_text("utf-8")


def examples(language: str) -> list[str]:
    """The lines of the guide's blocks in one language."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.S | re.M)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("text", examples("text touchpoints"))
def test_its_conditions_on_touchpoints_are_conditions(text: str) -> None:
    assert parse(text).always is None


@pytest.mark.parametrize("text", examples("text people"))
def test_its_conditions_on_people_are_conditions(text: str) -> None:
    assert parse(text, "people").always is None


ERRORS = examples("errors")


@pytest.mark.parametrize(("text", "message"), list(zip(ERRORS[::2], ERRORS[1::2], strict=True)))
def test_its_errors_are_those_that_come(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse(text)
    assert error.value.message == message.strip()


def test_its_python_runs() -> None:
    found = doctest.testfile(str(GUIDE), module_relative=False)
    assert (found.attempted, found.failed) == (5, 0)


def test_it_names_every_word_and_no_other() -> None:
    touchpoints, people = (
        TEXT.split(f"## On {title}")[1].split("\n## ")[0] for title in ("touchpoints", "people")
    )
    for scope, part in ((TOUCHPOINT, touchpoints), (PEOPLE, people)):
        table = "".join(line for line in part.splitlines() if line.startswith("|"))
        words = set(re.findall(r"`(\w+)`", table))
        assert words == set(scope.columns)
        assert f"`{scope.holder}.x`" in table


def test_it_names_every_function() -> None:
    assert [name for name in FUNCTIONS if f"`{name}(" not in TEXT] == []
