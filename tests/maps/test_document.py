"""A map's document: what it may say, and how it says no."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import MapError
from sojourn.maps import Cell, document_of
from sojourn.maps.keeping import changed, read
from sojourn.maps.lanes import KINDS, USUAL


def test_a_document_that_chooses_no_lanes_has_the_usual_ones():
    assert [lane.id for lane in document_of({"id": "first"}).lanes] == list(USUAL)


def test_lanes_can_be_renamed_and_come_twice_with_ids_of_their_own():
    lanes = [{"lane": "text", "id": "ideas", "name": "Ideas"}, {"lane": "text", "id": "law"}]
    found = document_of({"id": "m", "lanes": lanes}).lanes
    assert [(lane.id, lane.name) for lane in found] == [("ideas", "Ideas"), ("law", "Notes")]


def test_a_cell_is_a_text_a_list_or_a_mapping():
    cells = {
        "goal": {"know": "Find it", "like": ["one", "two"], "try": {"text": "x", "owner": "Ann"}}
    }
    document = document_of({"id": "m", "cells": cells})
    assert document.cell("goal", "know") == Cell(text="Find it")
    assert document.cell("goal", "like") == Cell(add=("one", "two"))
    assert document.cell("goal", "try") == Cell(text="x", owner="Ann")
    assert document.cell("goal", "buy") == Cell()


@pytest.mark.parametrize(
    ("raw", "place", "near"),
    [
        ([], "the file", None),
        ({"id": "Not A Name"}, "id", None),
        ({"id": "../x"}, "id", None),
        ({"id": "m", "lane": []}, "lane", "lanes"),
        ({"id": "m", "lanes": ["feeling"]}, "lanes[0].lane", "feelings"),
        ({"id": "m", "lanes": ["goal", "goal"]}, "lanes", None),
        ({"id": "m", "lanes": "goal"}, "lanes", None),
        ({"id": "m", "cells": {"gaol": {}}}, "cells.gaol", "goal"),
        ({"id": "m", "cells": {"goal": "x"}}, "cells.goal", None),
        ({"id": "m", "cells": {"goal": {"know": {"txt": "x"}}}}, "cells.goal.know.txt", "text"),
        ({"id": "m", "cells": {"goal": {"know": "x" * 2001}}}, "cells.goal.know", None),
        ({"id": "m", "steps": {"try": {"a": 1}}}, "steps.try", None),
        ({"id": "m", "title": ["x"]}, "title", None),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_the_nearest_right_thing(raw, place, near):
    with pytest.raises(MapError) as caught:
        document_of(raw, "maps/m.yaml")
    assert f"maps/m.yaml: {place}: found" in caught.value.message
    assert near is None or near in (caught.value.hint or "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["id", "lanes", "cells", "steps", "title", "from"]), JSON))
def test_any_mapping_is_a_document_or_an_error_of_ours(raw):
    with suppress(MapError):
        document_of(raw)


@pytest.mark.parametrize(
    "text", ["id: [", "id: m\nid: n", "\t", "a: *b", "- !!python/object:os.system x"]
)
def test_a_text_that_is_no_yaml_or_no_map_is_an_error_of_ours(text):
    with pytest.raises(MapError):
        read(text, "maps/m.yaml")


def test_a_change_keeps_comments_and_touches_its_own_line():
    text = "# ours\nid: m\ncells:\n  goal:\n    know: Find it  # from the interview\n"
    after = changed(text, "goal", "like", "text", "See it")
    assert after == text + "    like: See it\n"
    assert changed(after, "goal", "like", "text", "") == text


def test_a_cell_grows_into_a_mapping_and_shrinks_back():
    text = changed("id: m\n", "goal", "try", "text", "Taste")
    with_owner = changed(text, "goal", "try", "owner", "Ann")
    assert read(with_owner, "m").cell("goal", "try") == Cell(text="Taste", owner="Ann")
    assert changed(with_owner, "goal", "try", "owner", "") == text


def test_every_kind_of_lane_says_what_belongs_into_it():
    assert all(kind.hint.endswith(".") and kind.name for kind in KINDS.values())
