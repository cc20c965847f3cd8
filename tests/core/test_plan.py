"""Goals and annotations as they are written down: what is right is kept, what is wrong is told."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.plan import MEASURES, Goal, annotation_of, goal_of
from sojourn.errors import PlanError

STAGES = {"hourglass": ("know", "try", "buy")}
TOLD = {
    "journey": "hourglass",
    "stage": "try",
    "measure": "moved_on",
    "days": 30,
    "target": "40%",
    "by": "2027-03-31",
}


def test_a_goal_names_itself_by_its_stage_and_measure():
    goal = goal_of(TOLD, "goal", STAGES)
    assert (goal.id, goal.target, goal.by, goal.days) == (
        "try-moved-on-30d", 0.4, date(2027, 3, 31), 30,
    )  # fmt: skip


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_written_down_is_read_back_as_it_was(measure):
    told = {
        **TOLD,
        "measure": measure,
        "target": 0.3,
        "was": 0.1,
        "since": "2026-03-31",
        "over": 90,
    }
    goal = goal_of(told, "goal", STAGES)
    assert goal_of(goal.to_mapping(), "again", STAGES) == goal


@pytest.mark.parametrize(
    ("changed", "place", "hint"),
    [
        ({"stage": "tri"}, "goal.stage: found 'tri'", "try"),
        ({"stage": None}, "goal.stage: found nothing", None),
        ({"journey": "hourglas"}, "goal.journey", "hourglass"),
        ({"measure": "arrival"}, "goal.measure", "arrivals"),
        ({"target": "many"}, "expected a share such as 40%", None),
        ({"target": "140%"}, "from 0% to 100%", None),
        ({"target": float("nan")}, "from 0% to 100%", None),
        ({"target": None}, "goal.target: found nothing", None),
        ({"by": "soon"}, "goal.by: found 'soon', expected a day", None),
        ({"by": "2026-01-01", "since": "2026-01-01"}, "a day after 2026-01-01", None),
        ({"days": 31}, "goal.days: found 31, expected one of 1, 7, 30, 90", None),
        ({"over": 0}, "goal.over", None),
        ({"over": True}, "goal.over", None),
        ({"owner": "x" * 501}, "goal.owner", None),
        ({"owner": 7}, "goal.owner: found 7, expected a text", None),
        ({"id": "Not This"}, "goal.id", None),
        ({"targt": 1}, "goal.targt", "target"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_nearest_right_thing(changed, place, hint):
    with pytest.raises(PlanError) as caught:
        goal_of({**TOLD, **changed}, "goal", STAGES)
    assert place in caught.value.message
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in str(caught.value.hint)


@pytest.mark.parametrize("raw", [None, [], "try", 7])
def test_what_is_no_mapping_is_no_goal_and_no_annotation(raw):
    with pytest.raises(PlanError):
        goal_of(raw, "goal", STAGES)
    with pytest.raises(PlanError):
        annotation_of(raw, "annotation")


def test_feelings_are_from_minus_one_to_one():
    told = {**TOLD, "measure": "feeling", "target": "-0.2"}
    assert goal_of(told, "goal", STAGES).target == -0.2
    with pytest.raises(PlanError, match="from -1 to 1"):
        goal_of({**told, "target": 4}, "goal", STAGES)


@given(st.integers(0, 400), st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_way_to_a_goal_is_a_straight_line(day, was, target):
    begins = date(2026, 1, 1)
    goal = Goal("a", "hourglass", "try", "arrivals", target, begins + timedelta(days=200),
                since=begins, was=was)  # fmt: skip
    plain = was + (target - was) * min(day, 200) / 200
    assert goal.due(begins + timedelta(days=day)) == pytest.approx(plain, abs=1e-6)


def test_without_a_beginning_there_is_no_way_until_the_day_itself():
    goal = goal_of(TOLD, "goal", STAGES)
    assert goal.due(date(2027, 3, 30)) is None
    assert goal.due(date(2027, 3, 31)) == 0.4


def test_an_annotation_may_last():
    note = annotation_of({"day": date(2026, 3, 1), "until": "2026-03-04", "text": " Sale "}, "a")
    assert (note.text, note.kind, note.until) == ("Sale", "other", date(2026, 3, 4))
    assert annotation_of(note.to_mapping(), "b") == note


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"text": ""}, "a.text"),
        ({"text": "x" * 201}, "a.text"),
        ({"kind": "lunch"}, "a.kind: found 'lunch'"),
        ({"day": None}, "a.day: found nothing"),
        ({"until": "2026-02-28"}, "a.until"),
        ({"when": 1}, "a.when"),
    ],
)
def test_a_wrong_annotation_is_told(changed, place):
    with pytest.raises(PlanError, match=place):
        annotation_of({"day": "2026-03-01", "text": "Sale", **changed}, "a")
