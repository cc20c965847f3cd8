"""Goals beside their numbers: the measures' own, judged by a straight line."""

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from sojourn.cli.demo import fill_shop
from sojourn.core.plan import MEASURES, Goal
from sojourn.errors import PlanError
from sojourn.measure.goals import Found, judged, sentence
from sojourn.workspace import Workspace, read

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("goals") / "shop"
    fill_shop(Workspace(folder), people=600, seed=4)
    return Workspace(folder)


@pytest.fixture
def shop(filled):
    """The shop, without goals before and after."""
    yield filled
    (filled.folder / "goals.yaml").unlink(missing_ok=True)


def goal(measure="moved_on", target=0.4, **more):
    more = {"by": date(2026, 12, 1), "since": date(2026, 1, 1), "was": 0.2, "days": 30, **more}
    return Goal("g", "hourglass", "try", measure, target, **more)


def now_of(journey):
    """The moment as of which a journey is asked."""
    return datetime.fromisoformat(journey.stages().notes["as_of"])


def recent_of(workspace):
    """The journeys that began in the last 180 days, and not at the instant itself before them."""
    begins = now_of(workspace.journey()) - timedelta(days=180) + timedelta(microseconds=1)
    return workspace.journey(start=begins.isoformat())


def arrivals(journey):
    """Who came into the stage in the last 7 days, from the list of stays."""
    now = now_of(journey)
    return sum(
        now - timedelta(days=7) < stay["entered_at"] <= now
        for stay in journey.sojourns().rows
        if stay["stage"] == "try"
    )


def test_the_numbers_are_those_of_the_measures(shop):
    for name in MEASURES:
        stage = "buy" if name == "feeling" else "try"
        shop.set_goal(stage=stage, measure=name, days=30, target=0, by="2030-01-01")
    found = {row["measure"]: row for row in shop.goals().rows}
    journey = shop.journey()
    recent = recent_of(shop)
    curve = next(row for row in recent.curve().rows if row["stage"] == "try")
    stages = next(row for row in recent.stages().rows if row["stage"] == "try")
    felt = next(row for row in recent.emotions().rows if row["stage"] == "buy")
    now = next(row for row in journey.stages().rows if row["stage"] == "try")
    assert found["moved_on"]["value"] == curve["moved_30d"]
    assert (found["moved_on"]["low"], found["moved_on"]["high"]) == (
        curve["moved_30d_low"], curve["moved_30d_high"],
    )  # fmt: skip
    assert found["quiet"]["value"] == curve["lapsed_365d"]
    assert found["days_to_move"]["value"] == stages["days_to_move"]
    assert found["feeling"]["value"] == felt["mean"]
    assert found["stalled"]["value"] == now["stalled"]
    assert found["customers"]["value"] == sum(journey.newcomers().column("last_week"))
    assert found["arrivals"]["value"] == arrivals(journey)


@pytest.mark.parametrize(
    ("value", "low", "high", "n", "status", "sure"),
    [
        (0.45, 0.4, 0.5, 300, "met", None),
        (0.40, 0.3, 0.5, 300, "met", None),
        (0.30, 0.2, 0.4, 300, "on track", None),
        (0.25, 0.2, 0.31, 300, "behind", False),
        (0.25, 0.22, 0.28, 300, "behind", True),
        (0.45, 0.4, 0.5, 29, "too few people", None),
        (None, None, None, 300, "too few people", None),
    ],
)
def test_a_goal_is_judged_by_where_the_way_to_it_is_today(value, low, high, n, status, sure):
    # 151 of 334 days are over: the line stands at 0.2904.
    due = goal().due(TODAY)
    assert due == pytest.approx(0.2 + 0.2 * 151 / 334)
    assert judged(goal(), Found(value, n, low, high), due, TODAY) == (status, sure)


def test_where_less_is_better_less_is_met():
    less = goal("days_to_move", 9.0, was=20.0)
    assert judged(less, Found(8.0, 50), less.due(TODAY), TODAY)[0] == "met"
    assert judged(less, Found(19.0, 50), less.due(TODAY), TODAY) == ("behind", None)
    assert judged(less, Found(10.0, 50), less.due(TODAY), TODAY)[0] == "on track"


def test_after_its_day_a_goal_is_met_or_missed():
    late = date(2026, 12, 2)
    found = Found(0.39, 500, 0.35, 0.43)
    assert judged(goal(), found, goal().due(late), late) == ("missed", False)


def test_a_goal_without_a_beginning_is_open_until_its_day():
    new = goal(since=None, was=None)
    assert judged(new, Found(0.1, 99), new.due(TODAY), TODAY) == ("open", None)


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("moved_on", 0.345, "Try: 34.5% move on within 30 days; the goal is 40% by "),
        ("quiet", 0.5, "Try: 50% go quiet within a year"),
        ("days_to_move", 9.25, "half of those who move on do so within 9.2 days"),
        ("arrivals", 1204.0, "1,204 came in the last 7 days"),
        ("stalled", 3.0, "3 are stalled"),
        ("feeling", 0.31, "people feel +0.31 on the scale"),
        ("customers", 15.0, "15 new customers in the last 7 days"),
        ("moved_on", None, "nothing to count yet"),
    ],
)
def test_a_goal_is_told_in_plain_words(measure, value, words):
    told = sentence(goal(measure, owner="Ann"), Found(value, 1), "Try")
    assert words in told
    assert told.endswith("by 1 December 2026 (Ann)")


def test_a_new_goal_begins_at_the_number_of_today(shop):
    kept = shop.set_goal(stage="know", measure="arrivals", target=9_999, by="2099-01-01")
    assert [kept.was] == shop.goals().column("value")
    assert kept.since is not None


def test_goals_of_several_journeys_stand_in_one_table_the_worst_first(shop):
    shop.set_goal(stage="know", measure="arrivals", target=9_999, by="2001-01-01")
    shop.set_goal(journey="sales", stage=shop.model("sales").stages[0].id, measure="arrivals",
                  target=0, by="2099-01-01")  # fmt: skip
    found = shop.goals()
    assert found.column("status") == ["missed", "met"]
    assert found.column("journey") == ["hourglass", "sales"]
    assert shop.goals("sales").column("status") == ["met"]


def test_what_falls_behind_is_told_today_and_in_the_monday_mail(shop):
    shop.set_goal(stage="know", measure="arrivals", target=9_999, by="2001-01-01", owner="Ann")
    [line] = [row for row in shop.journey().today().rows if row["kind"] == "goal"]
    assert "the goal is 9,999 by 1 January 2001 (Ann)" in line["text"]
    assert line["detail"] == "its day is over"
    mail = shop.digest().text()
    assert "9,999 by 1 January 2001 (Ann): missed." in mail
    shop.plan.drop_goal("know-arrivals")
    assert "There are no goals yet" in shop.digest().text()


def test_a_map_knows_the_goals_and_who_looks_after_them(shop):
    def gaps():
        lanes = {lane.lane: lane for lane in shop.journey().map().lanes}
        return [entry.text for entry in lanes["coverage"].cell("know").entries], lanes["goal"]

    assert "no goal" in gaps()[0]
    shop.set_goal(stage="know", measure="arrivals", target=9_999, by="2099-01-01", owner="Ann")
    missing, lane = gaps()
    assert "no goal" not in missing
    assert "nobody looks after it" not in missing
    assert "9,999" in lane.cell("know").entries[-1].text


def test_a_broken_file_breaks_the_goals_and_no_other_question():
    workspace = read(pa.table({"user_id": ["a"], "ts": ["2026-01-01"], "name": ["Page Viewed"]}))
    (workspace.folder / "goals.yaml").write_text("- nonsense", encoding="utf-8")
    assert len(workspace.journey().stages()) > 0
    with pytest.raises(PlanError, match="goals.yaml"):
        workspace.journey().goals()
