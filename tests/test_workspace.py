"""The Python library: a frame in, a journey out, and the same answers whichever way one asks."""

import gc
import shutil
import threading
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn import intake
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.errors import (
    ConditionError,
    QuestionError,
    SettingsError,
    UnknownName,
    WorkspaceMissing,
)
from sojourn.store.build import build
from sojourn.store.held import Held
from sojourn.store.lock import SERVING, WriterLock
from support import plain
from support.logs import MODEL, START, as_frame, random_logs
from support.table import append_log

FRAME = {
    "cookie": ["a", "a", "b", "a"],
    "time": [f"2026-01-0{day}T10:00:00Z" for day in (5, 6, 7, 9)],
    "interaction": ["Page Viewed", "Newsletter Subscribed", "Page Viewed", "Order Completed"],
    "channel": ["Direct", "Email", "Organic Search", "Email"],
    "conversion_value": [None, None, None, 12.5],
}  # fmt: skip
COLUMNS = {"person": "cookie", "ts": "time", "name": "interaction", "value": "conversion_value"}


@pytest.fixture
def ws(tmp_path):
    workspace = sj.open(tmp_path / "shop")
    workspace.add(pa.table(FRAME), **COLUMNS)
    return workspace


@pytest.mark.parametrize("made", [pa.table, pandas.DataFrame, polars.DataFrame])
def test_a_frame_of_any_library_gives_the_same_journey(tmp_path, made):
    workspace = sj.open(tmp_path / "shop")
    report = workspace.add(made(FRAME), **COLUMNS)
    assert report.touchpoints == 4
    rows = workspace.journey("sales").stages().rows
    assert [row["reached"] for row in rows] == [2, 1, 1, 0, 0]


def test_read_does_the_same_without_a_folder():
    workspace = sj.read(pa.table(FRAME), **COLUMNS)
    folder = workspace.folder
    assert workspace.journey("sales").stages().column("reached") == [2, 1, 1, 0, 0]
    del workspace
    gc.collect()
    assert not folder.exists()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_logs(), st.sampled_from([START + 20 * DAY, START + 400 * DAY]))
def test_from_a_frame_to_the_answer_everything_is_as_counted_by_hand(log, as_of):
    workspace = sj.read(as_frame(log))
    model = model_from_mapping(MODEL)
    journey = workspace.journey(MODEL, as_of=as_of)
    order = [stage["id"] for stage in MODEL["stages"]]
    expected = sorted(
        plain.sojourns(log, model, as_of),
        key=lambda row: (row["person"], row["cycle"], order.index(row["stage"])),
    )
    assert journey.sojourns().rows == expected
    found = journey.stages().rows
    for row, wanted in zip(found, plain.stages(log, model, as_of), strict=True):
        for name in ("reached", "people", "seen", "entered", "moved_on", "lapsed", "stalled"):
            assert row[name] == wanted[name]


def test_the_default_model_is_the_workspaces_or_the_hourglass(ws):
    assert ws.journey().model.id == "hourglass"
    ws.configure(journey="social")
    assert ws.journey().model.id == "social"


def test_a_model_may_be_an_id_a_file_a_mapping_or_a_model(ws, tmp_path):
    text = ws.model_text("sales")[0]
    path = tmp_path / "sales.yaml"
    path.write_text(text)
    built = ws.model("sales")
    answers = {str(ws.journey(m).stages()) for m in ("sales", path, str(path), built)}
    assert len(answers) == 1


def test_a_model_of_the_workspace_comes_before_a_built_in_one(ws):
    own = ws.folder / "models"
    own.mkdir(exist_ok=True)
    (own / "mine.yaml").write_text(ws.model_text("sales")[0].replace("id: sales", "id: mine"))
    assert ws.models()[-1] == "mine"
    assert ws.journey("mine").model.id == "mine"


def test_an_unknown_model_names_the_nearest(ws):
    with pytest.raises(UnknownName, match="hourglass"):
        ws.journey("hourglas")


def test_traits_choose_and_divide_people(ws):
    rows = {
        "user_id": ["a", "b", "a"],
        "ts": pa.array([0, 0, 1], pa.timestamp("us", tz="UTC")),
        "name": ["plan", "plan", "plan"],
        "value": ["free", "free", "gold"],
    }
    assert ws.add_traits(rows) == 3
    assert ws.add_traits(rows) == 0
    ws.configure(personas={"golden": "traits.plan = 'gold'"})
    journey = sj.open(ws.folder).journey("sales", people="traits.plan = 'gold'")
    assert set(journey.sojourns().column("person")) == {"a"}
    by = ws.journey("sales").stages(by="traits.plan").rows
    assert {(r["traits.plan"], r["people"]) for r in by if r["stage"] == "awareness"} == {
        ("gold", 1), ("free", 1),
    }  # fmt: skip
    personas = ws.journey("sales").stages(by="persona").rows
    assert {(r["persona"], r["people"]) for r in personas if r["stage"] == "awareness"} == {
        ("golden", 1)
    }


def test_answers_draw_themselves(ws):
    journey = ws.journey("sales")
    assert journey.stages().plot().startswith("<svg")
    assert journey.flow().plot().startswith("<svg")
    assert journey.picture("circle", theme="dark").startswith("<svg")
    saved = journey.save_picture(ws.folder / "pictures" / "line.svg")
    assert saved.read_text().startswith(("<svg", "<?xml"))
    with pytest.raises(UnknownName, match="hourglass"):
        journey.picture("pyramid")


def test_a_filter_on_touchpoints_may_be_just_a_name(ws):
    whole = ws.journey().flow().rows
    for flag in ("where", "only"):
        said = ("Order Completed", "name = 'Order Completed'")
        asked = [ws.journey(**{flag: given}).flow().rows for given in said]
        assert asked[0] == asked[1] != whole
        with pytest.raises(ConditionError, match='there is no touchpoint named "Nothing Such"'):
            ws.journey(**{flag: "Nothing Such"})


def test_settings_change_the_answers_at_the_next_question(ws):
    before = ws.journey("sales", people="total_orders >= 1").stages().notes["people"]
    ws.configure(order="name = 'Page Viewed'")
    after = ws.journey("sales", people="total_orders >= 1").stages().notes["people"]
    assert (before, after) == (1, 2)
    with pytest.raises(SettingsError):
        ws.configure(zone="Nowhere")


def test_a_trail_that_was_cut_off_behind_its_log_is_brought_up_by_the_next_reader(ws):
    late = {"seq": 99, "ts": START, "name": "Page Viewed", "user_id": "z", "event_id": "late"}
    append_log(ws.folder, [late])
    assert ws.journey("sales").stages().notes["people"] == 3


@contextmanager
def served(ws):
    """Within, a server runs on the workspace."""
    (ws.folder / SERVING).parent.mkdir()
    with FileLock(ws.folder / SERVING):
        yield


def test_while_a_server_brings_the_trail_up_a_question_leaves_it_to_the_server(ws, monkeypatch):
    monkeypatch.setattr(intake, "PATIENCE", 30.0)
    monkeypatch.setattr(intake, "build", lambda *_: 1 / 0)
    append_log(ws.folder, [{"seq": 99, "ts": START, "name": "Page Viewed", "user_id": "z"}])
    server = threading.Timer(0.5, build, (ws.folder, ws.rules))
    with served(ws):
        server.start()
        assert sj.open(ws.folder).journey("sales").stages().notes["people"] == 3
        server.join()


def test_what_a_server_leaves_undone_the_next_reader_does(ws, monkeypatch):
    monkeypatch.setattr(intake, "PATIENCE", 0.2)
    append_log(ws.folder, [{"seq": 99, "ts": START, "name": "Page Viewed", "user_id": "z"}])
    with served(ws):
        assert sj.open(ws.folder).journey("sales").stages().notes["people"] == 3


def test_while_another_writer_holds_the_lock_readers_read_the_last_version(ws):
    append_log(ws.folder, [{"seq": 99, "ts": START, "name": "Page Viewed", "user_id": "z"}])
    with WriterLock(ws.folder):
        assert sj.open(ws.folder).journey("sales").stages().notes["people"] == 2


def test_the_trail_can_be_made_anew_from_the_log(ws):
    whole = str(ws.journey("sales").stages())
    shutil.rmtree(ws.folder / "trail")
    shutil.rmtree(ws.folder / "dictionaries")
    ws.rebuild()
    assert str(ws.journey("sales").stages()) == whole


def test_readers_without_a_workspace_are_told_how_to_make_one(tmp_path):
    with pytest.raises(WorkspaceMissing, match="Import a file first"):
        sj.open(tmp_path / "none").journey()


def test_a_dry_run_writes_nothing(tmp_path):
    workspace = sj.open(tmp_path / "shop")
    workspace.add(pa.table(FRAME), dry_run=True, **COLUMNS)
    assert not workspace.exists
    assert not (tmp_path / "shop" / "log").exists()


def test_what_makes_no_sense_is_a_question_error(ws):
    journey = ws.journey("sales")
    with pytest.raises(QuestionError):
        journey.flow(top=0)
    with pytest.raises(UnknownName):
        journey.stages(by="colour")


def test_doctor_finds_that_everything_adds_up_in_every_model(ws):
    table = ws.doctor()
    assert all(table.column("holds"))
    assert {row["check"].split(":")[0] for row in table} >= set(ws.models())


def test_doctor_finds_a_trail_that_does_not_hold_what_it_says(ws):
    file = next(Path(ws.folder / "trail").glob("bucket=*/*.parquet"))
    assert all(ws.doctor("sales").column("holds"))
    append_log(ws.folder, [{"seq": 0, "ts": START, "name": "Page Viewed", "user_id": "z"}])
    ws.rebuild()
    assert file.exists()
    assert not all(ws.doctor("sales").column("holds"))


def test_a_log_of_rejected_rows_alone_says_where_they_wait(tmp_path):
    path = tmp_path / "late.csv"
    path.write_text("user_id,ts,name\na,yesterday,Page Viewed\nb,2026-01-01,\n")
    workspace = sj.open(tmp_path / "shop")
    workspace.add(path, ts="ts", time_format="iso")
    with pytest.raises(WorkspaceMissing, match="rejected list"):
        workspace.journey()
    workspace.add(pa.table(FRAME), **COLUMNS)
    assert workspace.journey("sales").stages().notes["people"] == 2


def test_a_model_of_the_workspace_has_the_id_that_its_file_is_named(ws):
    (ws.folder / "models" / "mine.yaml").write_text(ws.model_text("sales")[0])
    with pytest.raises(sj.SojournError, match="found 'sales', expected 'mine'"):
        ws.journey("mine")


def test_touchpoints_of_the_business_after_a_lapse_are_counted_as_in_no_cycle():
    rows = [(0, "Page Viewed"), (400, "Email Delivered"), (401, "Page Viewed")]
    frame = {
        "user_id": ["a"] * 3,
        "ts": pa.array([START + day * DAY for day, _ in rows], pa.timestamp("us", tz="UTC")),
        "name": [name for _, name in rows],
    }
    notes = sj.read(pa.table(frame)).journey("sales").stages().notes
    assert (notes["touchpoints"], notes["touchpoints_in_no_cycle"]) == (2, 1)


def test_an_id_column_with_repeats_is_still_the_id(tmp_path):
    ids = [f"e{i}" for i in range(50)] + ["e7"]
    frame = {
        "event_id": ids,
        "user_id": ["a"] * 51,
        "ts": ["2026-01-05T10:00:00Z"] * 51,
        "name": ["Page Viewed"] * 51,
        "value": ["12.50", "x", "NaN"] + ["?"] * 48,
    }
    report = sj.open(tmp_path / "shop").add(pa.table(frame))
    assert {m.field: m.column for m in report.mapping}.items() >= {
        "event_id": "event_id", "value": "value",
    }.items()  # fmt: skip
    assert (report.touchpoints, report.rejected) == (1, 50)


def test_costs_can_be_added_again_without_being_doubled(tmp_path):
    workspace = sj.open(tmp_path / "shop")
    rows = {
        "day": [date(2026, 1, 1)],
        "channel": ["Display"],
        "campaign": ["spring"],
        "amount": [Decimal("12.50")],
        "currency": ["EUR"],
    }
    assert workspace.add_costs(pa.table(rows)).added == 1
    assert workspace.add_costs(pa.table(rows)).unchanged == 1


def test_with_a_live_clock_people_fall_silent_though_nothing_more_arrives(ws, monkeypatch):
    recorded = ws.journey("hourglass").stages()
    assert sum(recorded.column("lapsed")) == 0
    ws.configure(clock="live")
    later = pandas.Timestamp("2027-06-01T00:00:00Z")
    monkeypatch.setattr("sojourn.workspace.time.time_ns", lambda: later.value)
    live = ws.journey("hourglass").stages()
    assert sum(live.column("lapsed")) == 2
    for table in (live, ws.info()):
        assert table.notes["clock"] == "live"
        assert table.notes["as_of"] == "2027-06-01T00:00:00.000000Z"


def test_a_clock_behind_the_log_hides_nothing_of_it(ws, monkeypatch):
    ws.configure(clock="live")
    monkeypatch.setattr("sojourn.workspace.time.time_ns", lambda: 0)
    assert ws.journey("sales").stages().column("reached") == [2, 1, 1, 0, 0]


def frame(*rows):
    names = ("user_id", "device_id", "ts", "name")
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


def test_who_remembers_notices_what_somebody_else_took_back(tmp_path):
    shop = sj.open(tmp_path / "shop")
    shop.remember(Held())
    shop.prepare()
    shop.add(frame((None, "d1", "2026-01-01", "A"), ("bob", "d2", "2026-01-01", "A")))
    shop.prepare()
    signed_in = shop.add(frame(("ann", "d1", "2026-01-02", "B")))
    assert sorted(shop.trail().shown_people().to_pylist()) == ["ann", "bob", "d1"]
    sj.open(shop.folder).undo(signed_in.import_id)
    shop.add(frame((None, "d1", "2026-01-03", "C")))
    trail, people = shop.trail(), shop.trail().people().to_pylist()
    assert len(trail.of(np.array([people.index("device:d1")]))) == 2
    assert not len(trail.of(np.array([people.index("user:ann")])))


def test_what_is_remembered_changes_no_answer(tmp_path):
    one, other = sj.open(tmp_path / "one"), sj.open(tmp_path / "other")
    one.remember(Held())
    one.prepare()
    for number in range(4):
        rows = frame(
            ("ann", f"d{number % 2}", f"2026-01-0{1 + number}", "Page Viewed"),
            (None, f"d{number % 3}", f"2026-01-0{1 + number}", "Order Completed"),
        )
        assert one.add(rows).touchpoints == other.add(rows).touchpoints == 2
        assert one.add(rows).touchpoints == other.add(rows).touchpoints == 0
        one.tidy()
    assert one.journey().stages().rows == other.journey().stages().rows
