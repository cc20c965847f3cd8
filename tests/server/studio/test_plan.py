"""Goals and the weekly course on the pages: set, changed, told where wrong, and escaped."""

import pytest

pytestmark = pytest.mark.django_db

GOAL = {"measure": "arrivals", "stage": "know", "target": "200", "by": "2099-01-31",
        "owner": "Ann", "note": "<b>why</b>", "days": "", "id": ""}  # fmt: skip


@pytest.fixture
def own(shop):
    """The shop, whose plan is empty before and after."""
    yield shop
    for name in ("goals.yaml", "annotations.yaml"):
        (shop.folder / name).unlink(missing_ok=True)


def test_a_goal_is_set_changed_and_removed(signed_in, own):
    editor = signed_in("editor")
    page = editor.post("/journey/goals/set/", GOAL, follow=True)
    assert "the goal is 200 by 31 January 2099 (Ann)" in page.content.decode()
    assert "&lt;b&gt;why&lt;/b&gt;" in page.content.decode()
    filled = editor.get("/journey/goals/?edit=know-arrivals").content.decode()
    assert 'value="know-arrivals"' in filled
    editor.post("/journey/goals/set/", {**GOAL, "target": "300", "id": "know-arrivals"})
    assert [goal.target for goal in own.plan.goals()] == [300.0]
    editor.post("/journey/goals/remove/", {"goal": "know-arrivals"})
    assert own.plan.goals() == ()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"target": "lots"}, "expected a number"),
        ({"stage": ""}, "expected one of know"),
        ({"measure": "moved_on", "target": "40%"}, "within so many days"),
        ({"by": "soon"}, "valid date"),
        ({"stage": "' or 1=1 --"}, "valid choice"),
    ],
)
def test_a_wrong_goal_is_explained_and_stays_filled_in(signed_in, own, changed, words):
    page = signed_in("editor").post("/journey/goals/set/", {**GOAL, **changed})
    text = page.content.decode()
    assert page.status_code == 400
    assert words in text
    assert 'value="Ann"' in text
    assert own.plan.goals() == ()


def test_a_viewer_sees_goals_and_sets_none(signed_in, own):
    own.set_goal(stage="know", measure="arrivals", target=200, by="2099-01-31")
    viewer = signed_in("viewer")
    text = viewer.get("/journey/goals/").content.decode()
    assert "the goal is 200" in text
    assert "Keep it" not in text
    assert viewer.post("/journey/goals/set/", GOAL).status_code == 403


def test_the_numbers_of_goals_and_series_are_the_command_lines(signed_in, own):
    own.set_goal(stage="know", measure="arrivals", target=200, by="2099-01-31")
    viewer = signed_in("viewer")
    goals = viewer.get("/journey/goals.json").json()
    assert goals["rows"] == own.goals().to_json()["rows"]
    series = viewer.get("/journey/series.json?of=know&every=month&beside=year").json()
    asked = own.journey().series("know", every="month", beside="year")
    assert series["rows"] == asked.to_json()["rows"]


def test_what_happened_is_noted_shown_and_forgotten(signed_in, own):
    editor = signed_in("editor")
    week = own.journey().series(count=1).rows[0]["period"]
    told = {"day": week, "text": "<i>New price</i>", "kind": "price", "until": ""}
    page = editor.post("/journey/series/note/", told, follow=True).content.decode()
    assert page.count("&lt;i&gt;New price&lt;/i&gt;") >= 2
    assert "<i>New price" not in page
    editor.post("/journey/series/forget/", {"day": week, "text": "<i>New price</i>"})
    assert own.plan.annotations() == ()


@pytest.mark.parametrize("changed", [{"day": "soon"}, {"text": ""}, {"kind": "lunch"},
                                     {"until": "2000-01-01"}])  # fmt: skip
def test_a_wrong_note_is_told_and_not_kept(signed_in, own, changed):
    told = {"day": "2026-01-05", "text": "New price", "kind": "price", "until": "", **changed}
    page = signed_in("editor").post("/journey/series/note/", told, follow=True)
    assert 'class="error"' in page.content.decode()
    assert own.plan.annotations() == ()


@pytest.mark.parametrize("query", ["of=nothing", "every=fortnight", "beside=tomorrow"])
def test_a_wrong_series_is_explained(signed_in, own, query):
    assert signed_in("viewer").get(f"/journey/series/?{query}").status_code == 400


def test_a_stage_tells_its_goals(signed_in, own):
    own.set_goal(stage="know", measure="arrivals", target=200, by="2099-01-31")
    assert "the goal is 200" in signed_in("viewer").get("/journey/stages/know/").content.decode()


def test_a_plan_that_cannot_be_read_is_told_on_its_page(signed_in, own):
    (own.folder / "goals.yaml").write_text("- nonsense", encoding="utf-8")
    page = signed_in("viewer").get("/journey/goals/")
    assert page.status_code == 400
    assert "goals.yaml[0]" in page.content.decode()
