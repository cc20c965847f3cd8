"""The plan in its files: changes touch what they must, comments stay, nothing wrong is kept."""

from datetime import date

import pytest

from sojourn.errors import PlanError, UnknownName
from sojourn.plan import ANNOTATIONS, GOALS, MOST, Plan


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path, "UTC")


def told(plan, **changed):
    base = {"journey": "hourglass", "stage": "try", "measure": "arrivals", "target": 20,
            "by": "2027-01-31"}  # fmt: skip
    return plan.checked({**base, **changed})


def test_a_goal_is_kept_changed_and_dropped(plan):
    plan.set_goal(told(plan))
    plan.set_goal(told(plan, target=30, owner="Ann"))
    assert [(g.id, g.target, g.owner) for g in plan.goals()] == [("try-arrivals", 30.0, "Ann")]
    plan.drop_goal("try-arrivals")
    assert plan.goals() == ()


def test_a_changed_goal_keeps_the_beginning_of_its_way(plan):
    plan.set_goal(told(plan, was=4, since="2026-11-01"))
    plan.set_goal(told(plan, target=50))
    [goal] = plan.goals()
    assert (goal.was, goal.since) == (4.0, date(2026, 11, 1))


def test_a_goal_about_another_number_begins_anew(plan):
    plan.set_goal(told(plan, id="mine", was=4, since="2026-11-01"))
    plan.set_goal(told(plan, id="mine", measure="stalled"))
    assert plan.goals()[0].was is None


def test_what_people_wrote_into_the_file_stays(plan, tmp_path):
    text = "# Agreed on Monday\n- stage: try\n  journey: hourglass # ours\n  measure: arrivals\n"
    (tmp_path / GOALS).write_text(text + "  target: 20\n  by: 2027-01-31\n", encoding="utf-8")
    plan.set_goal(told(plan, stage="buy"))
    plan.set_goal(told(plan, target=25))
    kept = (tmp_path / GOALS).read_text(encoding="utf-8")
    assert "# Agreed on Monday" in kept
    assert "# ours" in kept
    assert [goal.target for goal in plan.goals()] == [25.0, 20.0]


def test_a_goal_that_is_not_there_cannot_be_dropped(plan):
    plan.set_goal(told(plan))
    with pytest.raises(UnknownName) as caught:
        plan.drop_goal("try-arrival")
    assert "try-arrivals" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["a: b", "- [", "{}", "- 1", "x", "- stage: try", "\0"])
def test_a_file_that_is_no_plan_is_told_and_left_alone(plan, tmp_path, text):
    for name, read in ((GOALS, plan.goals), (ANNOTATIONS, plan.annotations)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(PlanError, match=name.replace(".", "[.]")):
            read()
        assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_two_goals_of_one_name_are_told(plan, tmp_path):
    plan.set_goal(told(plan))
    twice = (tmp_path / GOALS).read_text(encoding="utf-8") * 2
    (tmp_path / GOALS).write_text(twice, encoding="utf-8")
    with pytest.raises(PlanError, match="twice"):
        plan.goals()


def test_what_happened_is_noted_once_and_by_day(plan):
    plan.annotate("2026-03-02", "New price", "price")
    plan.annotate(date(2026, 3, 1), "Fair", until="2026-03-03")
    plan.annotate("2026-03-02", "New  price ", "price")
    assert [each.text for each in plan.annotations()] == ["Fair", "New price"]
    plan.drop_annotation("2026-03-02", "New price")
    assert [each.text for each in plan.annotations()] == ["Fair"]
    with pytest.raises(UnknownName, match="no annotation"):
        plan.drop_annotation("2026-03-02", "New price")


def test_a_wrong_annotation_is_not_kept(plan, tmp_path):
    with pytest.raises(PlanError):
        plan.annotate("yesterday", "x")
    assert not (tmp_path / ANNOTATIONS).exists()


def test_there_is_a_most(plan, tmp_path):
    row = "- {day: 2026-03-01, text: again}\n"
    (tmp_path / ANNOTATIONS).write_text(row * MOST, encoding="utf-8")
    with pytest.raises(PlanError, match="the most"):
        plan.annotate("2026-03-02", "one more")
    assert len(plan.annotations()) == MOST
