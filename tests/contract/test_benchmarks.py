"""The benchmarks run, on a small log, and their answers are right; how fast they are is no test."""

import sys
from collections import Counter
from statistics import median

import benchmarks.__main__ as command
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks import checks, peers, questions, work
from benchmarks.places import HERE, place_of
from benchmarks.process import Measured, MeasurementFailed, measured
from benchmarks.rows import PeerRow, Row, as_table
from benchmarks.suite import Suite

from sojourn.core.touchpoint import BUSINESS, PERSON
from sojourn.core.vocabulary import actor_of
from sojourn.store.trail import CORE, Trail
from support import plain

SIZE = "20k"
TASKS = (
    "import parquet", "import csv", "import json lines", "build trail", "load csv", "copy parquet",
    "copy json lines", "sort and write",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A log of 20,000 rows, imported, built and asked, all in this process."""
    made = place_of(SIZE, tmp_path_factory.mktemp("benchmarks"))
    made.make()
    for task in TASKS:
        work.once(task, made)
    for question in questions.QUESTIONS:
        work.asked(question.name, made, 2)
    return made


@pytest.fixture(scope="module")
def log(place):
    """The same log as the plain definitions take it."""
    people = {}
    for seq, row in enumerate(pq.read_table(place.parquet).to_pylist()):
        touch = {
            **row,
            "seq": seq,
            "event_id": f"e{seq}",
            "ts": (row["ts"] - plain.EPOCH) // plain.timedelta(microseconds=1),
            "actor": actor_of(row["name"]),
        }
        people.setdefault(row["user_id"], []).append(touch)
    return people


@pytest.fixture(scope="module")
def as_of(log):
    return max(touch["ts"] for touches in log.values() for touch in touches)


def answer(place, name):
    return pq.read_table(place.answer(name))


def test_the_synthetic_log_is_skewed_and_reports_some_orders_twice(log):
    rows = [len(touches) for touches in log.values()]
    touches = [touch for mine in log.values() for touch in mine]
    orders = Counter((t["user_id"], t["order_id"]) for t in touches if t["order_id"])
    assert sum(rows) == 20_000
    assert max(rows) > 0.035 * sum(rows)
    assert max(rows) > 50 * median(rows)
    assert {touch["actor"] for touch in touches} == {PERSON, BUSINESS}
    assert len({touch["name"] for touch in touches}) == 40
    assert 0.25 < sum(touch["properties"] is not None for touch in touches) / 20_000 < 0.35
    assert 0.05 < sum(times == 2 for times in orders.values()) / len(orders) < 0.15


def test_the_same_size_makes_the_same_log(place, tmp_path):
    again = place_of(SIZE, tmp_path)
    again.make()
    assert again.parquet.read_bytes() == place.parquet.read_bytes()
    assert again.csv.read_bytes() == place.csv.read_bytes()


@pytest.mark.parametrize("workspace", ["workspace", "scratch/from-csv", "scratch/from-lines"])
def test_the_log_holds_the_file_that_it_was_imported_from(place, workspace):
    assert checks.log_holds_the_file(place, workspace) == checks.EQUAL


@pytest.mark.parametrize("question", ["follows", "variants", "open funnel", "retention by week"])
def test_what_sql_can_say_is_what_it_says(place, question):
    assert checks.answer_is_right(place, question) == "equal (SQL)"


def test_attribution_divides_the_orders_that_sql_counts(place):
    assert checks.answer_is_right(place, "attribution") == "equal (SQL's orders)"


@pytest.mark.parametrize("question", ["stages", "flow of names", "flow of pages, top 100"])
def test_stages_and_flows_add_up(place, question):
    assert checks.answer_is_right(place, question) == "equal (adds up)"


def test_stages_are_those_of_the_plain_fold(place, log, as_of):
    with_properties = {
        person: [{**t, "properties": parsed(t["properties"])} for t in touches]
        for person, touches in log.items()
    }
    expected = plain.stages(with_properties, questions.model_of(0), as_of)
    for found, wanted in zip(answer(place, "stages").to_pylist(), expected, strict=True):
        assert found == pytest.approx(wanted)


def parsed(text):
    return None if text is None else plain.json.loads(text)


def test_a_wrong_answer_is_called_different(place):
    right = answer(place, "follows")
    wrong = right.set_column(
        right.column_names.index("count"), "count", pa.array([0] * len(right), pa.int64())
    )
    pq.write_table(wrong, place.answer("follows"))
    try:
        assert checks.answer_is_right(place, "follows") == "DIFFERENT (SQL)"
    finally:
        pq.write_table(right, place.answer("follows"))


@pytest.mark.parametrize("question", questions.QUESTIONS, ids=lambda q: q.name)
def test_the_floor_reads_the_columns_that_the_question_reads(place, as_of, question, monkeypatch):
    read, load = set(), Trail.load

    def watched(trail, number, columns=()):
        read.update(columns)
        return load(trail, number, columns)

    monkeypatch.setattr(Trail, "load", watched)
    question.ask(questions.journey_of(place.workspace, as_of, 0))
    assert set(question.columns) - set(CORE) == read - {*CORE, "actor"}


def test_a_repetition_is_another_question(place, as_of):
    first, second = (questions.journey_of(place.workspace, as_of, n) for n in (0, 1))
    assert first.view.source is not second.view.source
    assert first.view.as_of > second.view.as_of
    conditions = [[str(c) for c in one.model.conditions] for one in (first, second)]
    assert conditions[0] != conditions[1]


def test_one_row_from_the_command_line(place, monkeypatch, capsys):
    monkeypatch.setattr(command, "place_of", lambda size: place_of(size, place.folder.parent))
    command.main([SIZE, "--only", "follows", "--no-peers", "--repetitions", "1"])
    printed = capsys.readouterr().out
    assert f"python -m benchmarks {SIZE} --only follows" in printed
    assert "| follows |" in printed
    assert "equal (SQL)" in printed


@pytest.mark.parametrize("size", ["1", "m", "1x", "0m", "-1m"])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match="expected one like 200k"):
        place_of(size)


def test_a_measurement_that_ends_badly_says_its_last_words():
    with pytest.raises(MeasurementFailed, match="no such question"):
        measured([sys.executable, "-c", "raise SystemExit('no such question')"], HERE.parent)


def test_memory_is_that_of_the_measured_process_alone():
    code = "from benchmarks.process import *; report(Clock(), peak=peak_memory(), rows=3)"
    ballast = bytearray(400 << 20)
    (found,) = measured([sys.executable, "-c", code], HERE.parent)
    assert 0 < found.peak < len(ballast) >> 21
    assert found.facts == {"rows": 3}


def test_a_peer_that_cannot_be_installed_is_named_and_the_rest_goes_on(place, monkeypatch):
    def no_network(peer):
        raise peers.NoEnvironment(f"no {peer.requirement}")

    monkeypatch.setattr(peers, "environment", no_network)
    told = []
    suite = Suite(place, SIZE, 1, only="follows", tell=told.append)
    row = Row("follows", Measured((1.0,)), Measured((1.0,)), "scan", 2)
    assert list(suite.peer_rows([row])) == []
    assert [line.partition(" was not measured: ")[0] for line in told] == [
        "pm4py",
        "Retentioneering",
    ]


@pytest.mark.parametrize(("rows", "answer"), [(20_000, "equal"), (19_999, "DIFFERENT")])
def test_a_peers_loader_must_find_as_many_rows_as_we_do(place, monkeypatch, rows, answer):
    theirs = Measured((9.0,), (9.0,), 1, {"rows": rows, "people": 7})
    monkeypatch.setattr(peers, "environment", lambda _: place.csv)
    monkeypatch.setattr(peers, "measured", lambda *_, **__: [theirs])
    ours = Measured((3.0,), (3.0,), 1, {"rows": 20_000, "people": 7})
    monkeypatch.setattr(Suite, "_work", lambda *_: [ours])
    found = list(Suite(place, SIZE, 1, only="load").peer_rows([]))
    assert [row.peer for row in found] == ["pm4py", "Retentioneering", "pandas"]
    assert {row.cells[-1] for row in found} == {answer}
    assert found[0].cells[4:7] == ("3.0", "", "")


def test_rows_are_medians_ratios_and_a_verdict():
    ours = Measured((3.0, 9.0, 4.0), cpu=(5.0, 6.0, 7.0), peak=7)
    floor = Measured((2.0, 1.0, 5.0), cpu=(4.0, 4.0, 4.0))
    assert Row("walk", ours, floor, "scan", 2).cells == (
        "walk", "4.00", "scan", "2.00", "2.00", "2", "pass", "1.50", "7", "", "",
    )  # fmt: skip
    assert Row("walk", ours, floor, "scan", 1.9).cells[6] == "short"
    peer = PeerRow("follows", "pm4py", Measured((8.0,)), ours, 3)
    assert (peer.times, peer.passed) == (2.0, False)
    assert as_table(("", "s"), [("walk", "4.00")]).splitlines() == [
        "|      | s    |",
        "| ---- | ---- |",
        "| walk | 4.00 |",
    ]
