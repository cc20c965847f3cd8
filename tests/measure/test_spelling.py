"""Dividing by what nobody has is answered, and remarked upon with the nearest that there is."""

import pyarrow as pa
import pytest

import sojourn as sj


@pytest.fixture(scope="module")
def journey():
    names = ["Page Viewed", "Review Posted"]
    log = {"user_id": ["a", "b"], "ts": ["2025-01-01T00:00:00Z"] * 2, "name": names}
    properties = ['{"rating": 4, "by": {"city": "Brno"}}', "{}"]
    return sj.read(pa.table({**log, "properties": properties})).journey()


def said(table):
    return " ".join(table.notes.get("remarks", []))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("properties.ratng", "Did you mean properties.rating?"),
        ("properties.Rating", "Did you mean properties.rating?"),
        ("properties.by.citty", "Did you mean properties.by.city?"),
        ("properties.zzz", "There are properties.by, properties.by.city, properties.rating."),
        ("traits.plan", "The log has no traits at all."),
    ],
)
def test_what_nobody_has_is_remarked_upon(journey, by, words):
    for ask in (journey.stages, journey.flow, journey.moves, journey.attribution):
        found = ask(by=by)
        if len(found):
            assert f"has {by}, so everything stands under (none)" in said(found)
            assert words in said(found)


def test_what_somebody_has_is_not(journey):
    assert "stands under" not in said(journey.stages(by="properties.rating"))
    assert "stands under" not in said(journey.stages(by="channel"))


def test_what_only_others_have_is_said_so():
    log = {
        "user_id": ["a", "b"], "ts": ["2025-01-01T00:00:00Z"] * 2,
        "name": ["Page Viewed", "Followed"], "properties": ['{"rating": 4}', None],
    }  # fmt: skip
    followers = sj.read(pa.table(log)).journey(people="did('Followed')")
    assert "Others in the log have it." in said(followers.stages(by="properties.rating"))
