import pytest

from sojourn.pictures import words
from sojourn.pictures.facts import read_facts

REACHED = [100, 60, 50, 29, 10, 4, 0]


@pytest.fixture
def facts(kit):
    table = kit.table(kit.hourglass, REACHED, {"referred": 3}, restarted=[0, 0, 0, 0, 2, 1, 0])
    moves = kit.moves([("s0", "s2", "moved", 3), ("s1", "s3", "moved", 2)])
    return read_facts(table, kit.hourglass, moves=moves)


def test_shares_for_many_and_counts_for_few(facts):
    shown = [words.went_on(stage) for stage in facts.stages]
    assert shown == ["60%", "83%", "58%", "10 of 29", "4 of 10", "0 of 4", ""]


def test_few_is_counted_in_people_and_written_in_journeys(kit):
    table = kit.table(kit.model(["A", "B"]), [50, 20], people=[29, 15])
    stage = read_facts(table, kit.model(["A", "B"])).stages[0]
    assert words.went_on(stage) == "20 of 50"


def test_the_stay_is_said_of_those_who_go_on(kit):
    model = kit.model(["A", "B", "C"])
    table = kit.table(model, [5, 3, 1], days_to_move=[9.2, 2.0, 7.0], moved_on=[3, 1, 0])
    stays = [words.stay(stage) for stage in read_facts(table, model).stages]
    assert stays == ["half of them within 9.2 days", "after 2 days", ""]


def test_shortcuts_are_told_when_one_in_twenty_takes_them(facts):
    assert words.leap(facts.stages[0]) == "3 straight to Trust"
    assert words.leap(facts.stages[1]) == ""
    assert words.leap(facts.stages[2]) == ""


def test_journeys_are_told_only_where_they_differ_from_people(kit):
    model = kit.model(["A", "B"])
    stages = read_facts(kit.table(model, [12, 5], people=[10, 5]), model).stages
    assert [words.journeys(stage) for stage in stages] == ["12 journeys", ""]


def test_outcomes_name_what_happened_and_nothing_that_did_not(facts):
    # of the 100 who knew, 40 did not go on: 20 lapsed, 20 are here and 6 of those stall
    assert words.outcome(facts.stages[0]) == [
        "60% went on to Like",
        "half of them within 9.2 days",
        "3 straight to Trust",
        "20 still here, 6 stalled",
        "20 lapsed",
    ]
    assert words.outcome(facts.stages[0], onward=False)[0] == "60% went on"
    assert words.outcome(facts.stages[6]) == ["nobody yet"]
    assert "1 began again" in words.outcome(facts.stages[5])


def test_what_flows_back(facts):
    assert words.again(facts) == [("3", "began again"), ("3", "came by word of mouth")]


def test_the_legend_has_the_marks_that_occur(kit):
    model = kit.model(["A", "B"])
    all_on = kit.table(model, [5, 5], here=[0, 5], lapsed=[0, 0], stalled=[0, 0])
    assert [k.mark for k in words.stage_keys(read_facts(all_on, model))] == ["solid", "here"]
    mixed = kit.table(model, [90, 20], seen=[90, 10])
    marks = [key.mark for key in words.stage_keys(read_facts(mixed, model))]
    assert marks == ["solid", "pale", "here", "stalled", "fade"]


def test_the_description_tells_every_number(facts):
    text = words.describe(facts, "Hourglass")
    assert text.startswith("Hourglass of 7 stages. 100 people, 4,321 touchpoints, as of 31 March")
    assert (
        "Know: 100 people in 100 journeys, seen in 100, 0 passed over it, 60% went on to Like or"
        " further, half of them within 9.2 days, 3 straight to Trust, an estimated 60% leave for"
        " another within 90 days, 20 still here, 6 of them stalled, 20 lapsed." in text
    )
    assert "Buy (the purchase): 10 people" in text
    assert "Refer: nobody yet." in text
    assert text.endswith("3 began again. 3 came by word of mouth.")


def test_the_description_of_nobody_says_what_to_do(kit):
    text = words.describe(read_facts(kit.table(kit.hourglass, [0] * 7), kit.hourglass), "Line")
    assert "Nobody is on this journey yet." in text
    assert "sojourn import FILE" in text


def test_simulated_people_are_called_that(kit):
    table = kit.table(kit.hourglass, REACHED, {"simulated": True})
    facts = read_facts(table, kit.hourglass)
    assert "Simulated data." in words.describe(facts, "Line")
    assert words.source_line(facts).startswith("Model: John Jantsch. The data is simulated")
