"""What a map shows is what the measures and plain counting say."""

from collections import Counter, defaultdict

import pyarrow as pa
import pytest

from sojourn.errors import MapError
from sojourn.maps import document_of
from sojourn.workspace import Workspace, read


def lane(filled, name):
    return next(lane for lane in filled.lanes if lane.lane == name)


def entries(filled, name, column):
    return lane(filled, name).cell(column).entries


FRAME = {
    "user_id": ["a", "a", "b", "a", "b", "c"],
    "ts": [f"2026-01-0{day}T10:00:00Z" for day in (1, 2, 3, 4, 5, 6)],
    "name": ["Page Viewed", "Page Viewed", "Page Viewed", "Order Completed", "Order Completed",
             "Page Viewed"],
    "channel": ["Email", "Email", "Direct", "In Store", "In Store", "Email"],
    "text": [None, "Where is it?", None, None, "Fine", None],
    "sentiment": [None, -0.5, None, None, 0.5, None],
}  # fmt: skip


def test_met_counts_people_and_touchpoints_by_the_stage_they_were_in(mapped):
    people, touches = defaultdict(set), Counter()
    stays = defaultdict(list)
    for row in mapped.journey().sojourns().rows:
        stays[row["person"]].append(row)
    known = list(stays)[:60]
    condition = "person in (" + ", ".join(f"'{who}'" for who in known) + ")"
    for who in known:
        for touch in mapped.people.show(who).touchpoints:
            at = [s for s in stays[who] if s["entered_at"] <= touch["ts"]
                  and (s["left_at"] is None or touch["ts"] < s["left_at"])]  # fmt: skip
            if at:
                key = at[-1]["stage"], touch["name"], touch["actor"]
                people[key].add(who)
                touches[key] += 1
    found = mapped.journey(people=condition).met().rows
    answer = {(r["stage"], r["name"], r["actor"]): (r["people"], r["touchpoints"]) for r in found}
    assert answer == {key: (len(people[key]), touches[key]) for key in touches}


def test_verbatims_are_whole_and_stand_in_the_stage_where_they_were_said():
    journey = read(pa.table(FRAME)).journey("hourglass")
    told = [(r["stage"], r["person"], r["text"], r["sentiment"]) for r in journey.verbatims().rows]
    assert told == [("know", "a", "Where is it?", -0.5), ("buy", "b", "Fine", 0.5)]


def test_chips_say_how_many_how_and_how_many_before():
    workspace = read(pa.table(FRAME))
    journey = workspace.journey("hourglass")
    chip = entries(journey.map(), "touchpoints", "know")[0]
    assert (chip.text, chip.people, chip.detail, chip.before) == ("Page Viewed", 3, "Email", None)
    assert workspace.people.list(people=chip.opens).column("person") == ["a", "b", "c"]


def test_the_stage_opens_the_people_who_are_in_it(mapped):
    filled = mapped.journey().map()
    roster = Counter(mapped.people.list().column("stage"))
    for stage in filled.stages:
        assert len(mapped.people.list(people=stage.opens)) == roster[stage.id]


def test_the_lanes_say_what_the_measures_say(mapped):
    journey = mapped.journey()
    filled = journey.map()
    felt = {row["stage"]: row for row in journey.emotions().rows}
    for stage in filled.stages:
        mood = entries(filled, "feelings", stage.id)
        assert bool(mood) == (stage.id in felt)
        if mood:
            row = felt[stage.id]
            assert (mood[0].mean, mood[0].low, mood[0].people) == (
                row["mean"], row["low"], row["people"])  # fmt: skip
            assert f"{row['n']}" in mood[0].detail
        pains = [row["text"] for row in journey.friction().rows if row["stage"] == stage.id]
        assert [e.text for e in entries(filled, "pains", stage.id)] == pains[:3]
        truths = {r["touchpoint"] for r in journey.moments().rows
                  if r["stage"] == stage.id and r["found"] and r["rate_ratio"] > 1}  # fmt: skip
        shown = {e.text for e in entries(filled, "touchpoints", stage.id) if e.moment}
        assert shown <= truths


def test_few_people_are_counted_and_not_turned_into_shares():
    filled = read(pa.table(FRAME)).journey("hourglass").map()
    numbers = [entry.text for entry in entries(filled, "measures", "know")]
    assert "2 of 3 go on to Like" in numbers
    assert not any("%" in text for text in numbers)


def test_what_is_written_stands_first_and_what_is_dismissed_is_gone(mapped):
    journey = mapped.journey()
    found = next(r for r in journey.friction().rows)
    key = f"{found['kind']}: {found['subject']}"
    cells = {
        "pains": {found["stage"]: {"add": ["Parking is hard"], "dismiss": [key]}},
        "thoughts": {"know": {"pin": ["I heard of them"]}},
    }
    filled = journey.map({"id": "m", "cells": cells})
    pains = entries(filled, "pains", found["stage"])
    assert (pains[0].text, pains[0].by_hand) == ("Parking is hard", True)
    assert key not in [entry.key for entry in pains]
    assert entries(filled, "thoughts", "know")[0].text == "I heard of them"


def test_gaps_are_what_nobody_wrote_and_nothing_met():
    cells = {"goal": {"know": "See"}, "backstage": {"know": "Ann"}, "content": {"know": "Flyer"}}
    filled = read(pa.table(FRAME)).journey("hourglass").map({"id": "m", "cells": cells})
    assert [e.text for e in entries(filled, "coverage", "know")] == []
    assert [e.text for e in entries(filled, "coverage", "refer")] == [
        "nobody meets anything here", "no content", "nobody looks after it", "no goal",
    ]  # fmt: skip


def test_a_column_that_the_journey_lacks_is_named_with_the_nearest(mapped):
    with pytest.raises(MapError, match=r"cells\.goal\.knoww"):
        mapped.journey().map({"id": "m", "cells": {"goal": {"knoww": "x"}}})
    with pytest.raises(MapError, match=r"steps\.tryy"):
        mapped.journey().map(document_of({"id": "m", "steps": {"tryy": ["a"]}}))


def test_an_empty_log_makes_an_error_that_says_what_to_import(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.maps.new("first")
    with pytest.raises(Exception, match="no touchpoints|no log|Import"):
        workspace.maps.fill("first")
