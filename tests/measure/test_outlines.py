"""What was walked once is walked again only for whom it may be another, and nobody can tell."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.durations import DAY
from sojourn.core.frame import columns_of
from sojourn.core.model import model_from_mapping
from sojourn.measure import outlines
from sojourn.measure.outlines import Outline, Outlines, joined
from sojourn.measure.select import walk
from sojourn.store import adding
from sojourn.store import build as building
from sojourn.store.trail import Trail
from sojourn.workspace import Workspace
from support import plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of
from support.table import append_log, touches_of

RANDOM = model_from_mapping(MODEL)
OTHER = model_from_mapping({**MODEL, "id": "other", "lapse": "60 days"})
NONE = np.zeros(0, np.int64)


def told(table):
    return table.rows, {k: v for k, v in table.notes.items() if k != "as_of"}


def answers(workspace, model=RANDOM, **filters):
    journey = workspace.journey(model, **filters)
    return [told(table) for table in (journey.stages(), journey.moves(), journey.curve())]


def opened(folder):
    workspace = Workspace(folder)
    workspace.keep_at_hand()
    return workspace


def touch(seq, who, name="Page Viewed", day=0, **more):
    return {"seq": seq, "user_id": who, "ts": START + day * DAY, "name": name, **more}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Also of a small trail newer rows lie beside the buckets, of which it has several."""
    monkeypatch.setattr(adding, "SMALL", 0)
    monkeypatch.setattr(adding, "SHARE", 0)
    monkeypatch.setattr(building, "ROWS_A_BUCKET", 16)


@pytest.fixture
def shop(tmp_path):
    rows = [
        touch(i, f"u{i % 7}", "Order Completed" if i % 3 else "Page Viewed", i) for i in range(60)
    ]
    append_log(tmp_path, rows)
    return opened(tmp_path)


@pytest.fixture
def read(monkeypatch):
    """The buckets that were read whole, and the people who were read alone."""
    seen = {"buckets": [], "people": []}
    load, of = Trail.load, Trail.of

    def whole(self, number, *args):
        seen["buckets"].append(number)
        return load(self, number, *args)

    def some(self, people, *args):
        seen["people"] += self.shown_people().take(pa.array(people)).to_pylist()
        return of(self, people, *args)

    monkeypatch.setattr(Trail, "load", whole)
    monkeypatch.setattr(Trail, "of", some)
    return seen


@settings(max_examples=40, deadline=None)
@given(random_logs(), st.data())
def test_in_whatever_lots_a_log_comes_stages_are_those_of_the_plain_definition(log, data):
    touches = touches_of(log)
    lots = data.draw(st.lists(st.integers(0, 3), min_size=len(touches), max_size=len(touches)))
    moved = data.draw(st.permutations(range(len(touches))))
    with TemporaryDirectory() as folder:
        workspace = opened(folder)
        for lot in sorted({*lots}):
            mine = [touches[i] for i in moved if lots[i] == lot]
            append_log(Path(folder), sorted(mine, key=lambda each: each["seq"]))
            if data.draw(st.booleans()):
                workspace.refresh()
                workspace.fold()
            assert answers(workspace) == answers(Workspace(folder))
        as_of = max(each["ts"] for each in touches)
        rows = workspace.journey(RANDOM).stages().to_arrow().to_pylist()
        for row, expected in zip(rows, plain.stages(log, RANDOM, as_of), strict=True):
            assert row == pytest.approx(expected)


def test_only_who_has_other_touchpoints_is_walked_again(shop, read):
    answers(shop)
    buckets = len(read["buckets"])
    answers(shop)
    append_log(shop.folder, [touch(60, "u3", "Order Completed", 80), touch(61, "new", day=80)])
    assert answers(shop) == answers(Workspace(shop.folder)) != []
    assert read["people"] == ["u3", "new"]
    assert buckets == len(Trail(shop.folder).files)
    append_log(shop.folder, [touch(62, "new", "Order Completed", 81)])
    assert answers(shop) == answers(Workspace(shop.folder))
    assert read["people"] == ["u3", "new", "new"]


def test_people_who_are_one_and_again_two_are_walked_as_they_are(shop):
    for change in (
        lambda: shop.people.merge("u1", "u2"),
        lambda: shop.people.unmerge("u1", "u2"),
        lambda: shop.people.merge("u3", "u4"),
    ):
        answers(shop)
        change()
        assert answers(shop) == answers(Workspace(shop.folder))


def test_who_was_erased_is_in_no_outline(shop):
    answers(shop)
    shop.people.erase("u1")
    assert answers(shop) == answers(Workspace(shop.folder))
    assert answers(shop)[0][1]["people"] == 6


def test_each_model_has_its_own(shop):
    for model in (RANDOM, OTHER, RANDOM):
        assert answers(shop, model) == answers(Workspace(shop.folder), model)


@pytest.mark.parametrize(
    "filters",
    [
        {"start": "2023-12-01"},
        {"end": "2023-12-01"},
        {"start": "2023-11-20", "end": "2023-12-10"},
        {"people": "total_orders >= 3"},
        {"where": "name = 'Page Viewed'"},
        {"only": "Order Completed"},
        {"as_of": "2023-12-01"},
        {"in_list": "buyers"},
    ],
    ids=str,
)
def test_whatever_is_chosen_the_answer_is_the_same(shop, filters):
    shop.lists.save("buyers", "total_orders >= 6") if "in_list" in filters else None
    answers(shop)
    assert answers(shop, **filters) == answers(Workspace(shop.folder), **filters)


def test_a_period_and_members_need_no_walk(shop, read):
    answers(shop)
    read["buckets"].clear()
    shop.journey(RANDOM, start="2023-12-01").stages()
    assert read["buckets"] == []
    shop.journey(RANDOM).stages(by="name")
    assert read["buckets"]


def test_touchpoints_of_the_future_are_no_part_of_an_answer(shop):
    later = datetime.now(UTC) + timedelta(days=30)
    append_log(shop.folder, [{**touch(60, "u1"), "ts": round(later.timestamp() * 1e6)}])
    now = datetime.now(UTC)
    assert answers(shop, as_of=now) == answers(Workspace(shop.folder), as_of=now)
    assert answers(shop) == answers(Workspace(shop.folder))


def test_who_still_has_an_older_version_gets_what_that_says(shop):
    before, said = shop.journey(RANDOM), answers(shop)[0]
    append_log(shop.folder, [touch(60, "new", day=80)])
    assert answers(shop)[0] != said
    assert told(before.stages()) == said


def test_models_asked_for_longest_ago_are_forgotten(shop):
    shop._walks = kept = Outlines(most_bytes=1)
    for model in (RANDOM, OTHER):
        answers(shop, model)
    assert [model.id for model in kept._known] == ["other"]
    assert answers(shop) == answers(Workspace(shop.folder))


def test_a_walk_that_fails_leaves_nothing_half_done(shop, monkeypatch):
    answers(shop)
    append_log(shop.folder, [touch(60, "new", day=80), touch(61, "u1", day=80)])
    with monkeypatch.context() as patch:
        patch.setattr(outlines, "walk", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            answers(shop)
    assert answers(shop) == answers(Workspace(shop.folder))


def test_many_people_at_once_are_read_in_lots(shop, monkeypatch):
    monkeypatch.setattr(outlines, "AT_ONCE", 2)
    answers(shop)
    append_log(shop.folder, [touch(60 + i, f"u{i}", day=80) for i in range(7)])
    assert answers(shop) == answers(Workspace(shop.folder))


@settings(max_examples=60, deadline=None)
@given(random_logs(), st.sets(st.integers(0, 4)))
def test_an_outline_without_some_people_is_that_of_the_others(log, left_out):
    view = view_of(log, RANDOM, START + 400 * DAY, buckets=1)
    bucket = view.source.load(0, columns_of(RANDOM.conditions))
    people = np.array(sorted(left_out), np.int64)
    others = bucket.take(~np.isin(bucket.person, people))
    whole = Outline.of(bucket, walk(view, bucket))
    alone = Outline.of(others, walk(view, others))
    assert same(whole.without(people), alone)
    gone = bucket.take(np.isin(bucket.person, people))
    both = joined([alone, Outline.of(gone, walk(view, gone))])
    assert len(both.bucket) == len(whole.bucket)
    assert same(both.without(people), alone)
    assert whole.without(NONE) is whole
    assert whole.nbytes >= alone.nbytes


def same(one, other):
    pairs = [
        (one.bucket, other.bucket),
        (one.walked, other.walked),
        (one.walked.cycles, other.walked.cycles),
        (one.walked.sojourns, other.walked.sojourns),
    ]
    return all(
        np.array_equal(value, getattr(b, name))
        for a, b in pairs
        for name, value in vars(a).items()
        if isinstance(value, np.ndarray) and name not in ("starts", "start_of")
    )
