"""Many rows at once: every column, text and JSON is looked at as seldom as possible."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from sojourn.core.bucket import Coded, Ints
from sojourn.core.condition import FrameColumn, Ref, parse, scalar


class Frame:
    """Rows made of ready columns, which remembers what it was asked for."""

    def __init__(self, length: int, columns: Mapping[str, FrameColumn]) -> None:
        self.length, self.columns = length, columns
        self.asked: list[str] = []

    def __len__(self) -> int:
        return self.length

    def column(self, ref: Ref) -> FrameColumn:
        self.asked.append(str(ref))
        return self.columns[str(ref)]

    def some(self, ref: Ref, rows: Ints) -> None:
        """Always all of a column."""


class Counting(list[str]):
    """Texts that count how often they are read."""

    reads = 0

    def __getitem__(self, index: Any) -> Any:
        self.reads += 1
        return super().__getitem__(index)


def codes(*numbers: int) -> Any:
    return np.array(numbers, np.int32)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The JSON texts that were parsed."""
    found: list[str | None] = []
    original = scalar.property_text

    def remembering(json: str | None, path: tuple[str, ...]) -> str | None:
        found.append(json)
        return original(json, path)

    monkeypatch.setattr(scalar, "property_text", remembering)
    return found


def test_json_is_parsed_once_a_text_and_only_where_the_cheap_part_holds(
    parsed: list[str | None],
) -> None:
    jsons = ['{"rating": 5}', '{"rating": 3}', '{"rating": 4}', "not json"]
    frame = Frame(
        8,
        {
            "name": Coded(codes(0, 0, 0, 1, 1, 0, -1, 0), ["Review Posted", "Followed"]),
            "properties": Coded(codes(0, 0, 1, 2, 2, -1, 2, 0), jsons),
        },
    )
    condition = parse("number(properties.rating) >= 4 and name = 'Review Posted'")
    assert condition.mask(frame).tolist() == [True, True, False, False, False, False, False, True]
    assert set(parsed) == {None, jsons[0], jsons[1]}
    assert len(parsed) == 3


def test_or_asks_its_dear_part_only_about_rows_not_yet_true(parsed: list[str | None]) -> None:
    frame = Frame(
        3,
        {
            "nth": np.array([1.0, 2.0, np.nan]),
            "properties": Coded(codes(0, 1, 1), ['{"a": "x"}', '{"a": "y"}']),
        },
    )
    condition = parse("properties.a = 'y' or nth = 1")
    assert condition.mask(frame).tolist() == [True, True, True]
    assert parsed == ['{"a": "y"}']


def test_a_column_that_no_row_needs_is_not_asked_for(parsed: list[str | None]) -> None:
    frame = Frame(2, {"nth": np.array([1.0, 2.0])})
    assert not parse("nth > 5 and properties.a = 'y'").mask(frame).any()
    assert frame.asked == ["nth"]
    assert parsed == []


def test_a_column_is_asked_for_once() -> None:
    frame = Frame(2, {"nth": np.array([1.0, 2.0]), "value": np.array([5.0, 0.0])})
    parse("nth + value > nth * 2 and (value < 9 or nth is null)").mask(frame)
    assert sorted(frame.asked) == ["nth", "value"]


def test_answers_about_a_shared_dictionary_are_kept_for_the_next_bucket() -> None:
    names = Counting(["Order Completed", "Page Viewed", "Followed"])
    condition = parse("name like 'Order%'")
    first = Frame(3, {"name": Coded(codes(0, 1, 1), names)})
    second = Frame(3, {"name": Coded(codes(1, 2, -1), names)})
    assert condition.mask(first).tolist() == [True, False, False]
    assert names.reads == 3
    assert condition.mask(second).tolist() == [False, False, False]
    assert names.reads == 3
    assert condition.mask(first).tolist() == [True, False, False]
    assert names.reads == 3


def test_a_dictionary_may_grow_between_buckets() -> None:
    names = ["Order Completed"]
    condition = parse("name <> 'Followed'")
    assert condition.mask(Frame(1, {"name": Coded(codes(0), names)})).tolist() == [True]
    names.append("Followed")
    assert condition.mask(Frame(2, {"name": Coded(codes(0, 1), names)})).tolist() == [True, False]


def test_equal_dictionaries_of_other_buckets_are_not_confused() -> None:
    condition = parse("name = 'b'")
    for values in (["a", "b"], ["b", "a"], ["b"]):
        column = Coded(codes(*range(len(values))), values)
        expected = [value == "b" for value in values]
        assert condition.mask(Frame(len(values), {"name": column})).tolist() == expected


def test_answers_are_kept_within_bounds() -> None:
    condition = parse("name = 'a'")
    for number in range(300):
        column = Coded(codes(0), [str(number)])
        condition.mask(Frame(1, {"name": column, "text": column}))
    assert len(condition.plan.kept) <= 64
    texts = parse("text = 'a'")
    texts.mask(Frame(1, {"text": Coded(codes(0), ["a"])}))
    assert not texts.plan.kept


def test_threads_get_the_same_answers() -> None:
    draw = np.random.default_rng(3)
    names = [f"name {i}" for i in range(5000)]
    frames = [
        Frame(2000, {"name": Coded(draw.integers(-1, 5000, 2000).astype(np.int32), names)})
        for _ in range(24)
    ]
    condition = parse("name like '%7%' and not name like '%3%'")
    expected = [parse(condition.text).mask(frame).tolist() for frame in frames]
    with ThreadPoolExecutor(8) as pool:
        found = [mask.tolist() for mask in pool.map(condition.mask, frames)]
    assert found == expected


def test_two_text_columns_are_compared_by_their_combinations() -> None:
    draw = np.random.default_rng(4)
    values = Counting([str(number) for number in range(10)])
    one, two = (draw.integers(-1, 10, 5000).astype(np.int32) for _ in range(2))
    frame = Frame(5000, {"source": Coded(one, values), "medium": Coded(two, values)})
    mask = parse("source = medium").mask(frame)
    assert mask.tolist() == ((one == two) & (one >= 0)).tolist()
    assert values.reads <= 2 * 11 * 11


def test_many_columns_together_do_not_overflow() -> None:
    draw = np.random.default_rng(5)
    texts = [str(number) for number in range(50_000)]
    names = ("event_id", "user_id", "device_id", "order_id", "text", "account")
    columns = {name: Coded(draw.integers(-1, 50_000, 60).astype(np.int32), texts) for name in names}
    columns |= {"nth": draw.choice([1.0, 2.0, np.nan], 60)}  # type: ignore[dict-item]
    frame = Frame(60, columns)
    text = f"concat({', '.join(names)}) = 'x' or case when nth = 1 then text else account end > '3'"
    expected = []
    for row in range(60):
        nth = columns["nth"][row]  # type: ignore[index]
        column = columns["text"] if nth == 1 else columns["account"]
        code = column.codes[row]
        expected.append(bool(code >= 0 and texts[code] > "3"))
    assert parse(text).mask(frame).tolist() == expected


@pytest.mark.parametrize(
    ("text", "answer"), [("true", True), ("1 > 2", False), ("null = 1", False)]
)
def test_a_constant_answers_for_every_row_in_an_array_of_its_own(text: str, answer: bool) -> None:
    mask = parse(text).mask(Frame(3, {}))
    assert mask.tolist() == [answer] * 3
    mask[0] = not answer
    assert parse(text).mask(Frame(3, {}), np.array([2, 0])).tolist() == [answer] * 2


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "nth > 1",
        "name = 'x' or nth in (1, 2)",
        "properties.a = source",
        "hour(ts) = 1",
        "case when nth > 1 then value else 1 end > 0",
        "ts is null",
    ],
)
def test_no_rows_no_answers(text: str, touchpoints: Any) -> None:
    empty = np.zeros(0, np.int64)
    rows = type(touchpoints)({**touchpoints.lists, Ref("source"): ["a"] * len(touchpoints)})
    mask = parse(text).mask(rows, empty)
    assert (mask.shape, mask.dtype) == ((0,), np.dtype(bool))


def test_a_frame_with_the_wrong_kind_of_column_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="name must be Coded, not ndarray"):
        parse("name = 'a'").mask(Frame(1, {"name": np.zeros(1)}))
    with pytest.raises(TypeError, match="nth must not be Coded"):
        parse("nth = 1").mask(Frame(1, {"nth": Coded(codes(0), ["a"])}))
