"""Few new rows in a large trail are put beside its buckets, in a handful of files."""

import numpy as np
import pytest

from sojourn.core.bucket import Coded
from sojourn.store import adding
from sojourn.store import build as building
from sojourn.store.adding import worth_it
from sojourn.store.build import Builder, Rules, build
from sojourn.store.fresh import Fresh
from sojourn.store.held import Held
from sojourn.store.trail import Trail, TrailNote
from support.logs import START
from support.table import append_log

COLUMNS = ("name", "order_id", "seq", "event_id")


def touch(seq, ts=None, name="Page Viewed", **rest):
    return {"seq": seq, "ts": START + (seq if ts is None else ts), "name": name, **rest}


@pytest.fixture(autouse=True)
def everything_beside(monkeypatch):
    monkeypatch.setattr(adding, "SMALL", 0)
    monkeypatch.setattr(adding, "SHARE", 0)
    monkeypatch.setattr(building, "ROWS_A_BUCKET", 4)


def read(bucket):
    texts = {
        n: c.decode() if isinstance(c, Coded) else c.tolist() for n, c in bucket.columns.items()
    }
    return bucket.person.tolist(), bucket.ts.tolist(), bucket.order.tolist(), texts


def same_as_anew(root, trail):
    """Whether everybody reads as if the trail had been built at once."""
    everybody = np.arange(len(trail.people()))
    beside = read(trail.of(everybody, COLUMNS))
    assert len(beside[0]) == sum(len(trail.load(number)) for number in trail.numbers)
    return beside == read(build(root, Rules(), whole=True).of(everybody, COLUMNS))


def test_a_bucket_is_not_written_again_for_a_new_row(tmp_path):
    append_log(tmp_path, [touch(i, user_id=f"u{i % 5}") for i in range(16)])
    before = build(tmp_path, Rules()).files
    append_log(tmp_path, [touch(16, user_id="u1"), touch(17, user_id="new")])
    trail = build(tmp_path, Rules())
    assert trail.files == before
    assert len(trail.fresh) == 2
    assert trail.held_rows == trail.note.rows == 18
    assert same_as_anew(tmp_path, trail)


def test_who_signs_in_takes_their_rows_along(tmp_path):
    append_log(tmp_path, [touch(i, device_id=f"d{i % 5}") for i in range(16)])
    before = build(tmp_path, Rules())
    append_log(tmp_path, [touch(16, user_id="ann", device_id="d1")])
    trail = build(tmp_path, Rules())
    assert trail.files == before.files
    people = trail.people().to_pylist()
    ann, device = people.index("user:ann"), people.index("device:d1")
    assert len(trail.of(np.array([ann]))) == 4
    assert len(trail.of(np.array([device]))) == 0
    assert trail.held_rows == trail.note.rows == 17


def test_an_order_reported_twice_counts_once_wherever_its_reports_lie(tmp_path):
    orders = {"name": "Order Completed", "user_id": "ann", "order_id": "o1"}
    append_log(tmp_path, [touch(0, 5, **orders), touch(1, 9, user_id="bob")])
    build(tmp_path, Rules())
    append_log(tmp_path, [touch(2, 3, **orders), touch(3, 7, **orders)])
    trail = build(tmp_path, Rules())
    assert trail.fresh.files
    assert trail.of(np.array([0])).order.tolist() == [1, 2, 2]
    assert same_as_anew(tmp_path, trail)


def test_there_are_only_ever_a_few_files(tmp_path):
    append_log(tmp_path, [touch(0, user_id="u0")])
    builder, most = Builder(tmp_path), 0
    builder.build(Rules())
    for seq in range(1, 40):
        append_log(tmp_path, [touch(seq, user_id=f"u{seq % 3}")])
        most = max(most, len(builder.build(Rules()).fresh.files))
    assert most <= 6
    assert same_as_anew(tmp_path, Trail(tmp_path))


def test_an_order_that_depends_on_what_was_before_is_marked_in_its_bucket(tmp_path):
    rules = Rules(order="name = 'Paid' and nth = 1")
    append_log(tmp_path, [touch(0, name="Paid", user_id="ann")])
    build(tmp_path, rules)
    append_log(tmp_path, [touch(1, name="Paid", user_id="ann")])
    trail = build(tmp_path, rules)
    assert not trail.fresh.files
    assert trail.load(0).order.tolist() == [1, 0]


def test_a_builder_that_remembers_notices_what_another_one_did(tmp_path):
    append_log(tmp_path, [touch(0, user_id="ann", device_id="d1")])
    one, other = Builder(tmp_path), Builder(tmp_path)
    one.build(Rules())
    append_log(tmp_path, [touch(1, user_id="new person", device_id="d2")])
    other.build(Rules())
    append_log(tmp_path, [touch(2, device_id="d2"), touch(3, user_id="another")])
    trail = one.build(Rules())
    assert trail.people().to_pylist() == ["user:ann", "user:new person", "user:another"]
    assert [trail.shown(key) for key in range(4)] == ["ann", "new person", "another", None]
    assert same_as_anew(tmp_path, trail)


def test_a_bucket_takes_in_what_lies_beside_it_and_its_people_stay_as_they_were(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(building, "FOLD_SHARE", 10**9)
    append_log(tmp_path, [touch(i, user_id=f"u{i}") for i in range(8)])
    builder = Builder(tmp_path)
    builder.build(Rules())
    append_log(tmp_path, [touch(i, user_id=f"u{i % 8}") for i in range(8, 16)])
    before = builder.build(Rules())
    stamps = {number: before.stamp(number) for number in before.numbers}
    assert builder.fold(Rules(), 1) == 1
    folded = Trail(tmp_path)
    [number] = [n for n in folded.numbers if folded.files[n] != before.files[n]]
    assert folded.fresh.counts()[number] == 0
    assert len(folded.fresh.files) == 1
    assert [part.tolist() for part in folded.since(number, stamps[number])] == [[], []]
    assert folded.since(number, "another 0") is None
    while builder.fold(Rules()):
        pass
    trail = Trail(tmp_path)
    assert (trail.fresh.files, trail.note.folded) == ((), {})
    assert same_as_anew(tmp_path, trail)


def test_buckets_that_take_in_new_rows_besides_are_not_as_they_were(tmp_path, monkeypatch):
    append_log(tmp_path, [touch(i, user_id=f"u{i}") for i in range(8)])
    build(tmp_path, Rules())
    append_log(tmp_path, [touch(8, user_id="u1")])
    before = build(tmp_path, Rules())
    [number] = before.fresh.numbers()
    monkeypatch.setattr(building, "MOST_FRESH", 1)
    monkeypatch.setattr(adding, "MOST_FRESH", 1)
    append_log(tmp_path, [touch(9, user_id="u1")])
    after = build(tmp_path, Rules())
    assert after.files[number] != before.files[number]
    assert after.since(number, before.stamp(number)) is None


def test_nothing_is_folded_where_little_lies_beside(tmp_path):
    append_log(tmp_path, [touch(i, user_id="ann") for i in range(200)])
    builder = Builder(tmp_path)
    builder.build(Rules())
    append_log(tmp_path, [touch(200, user_id="ann")])
    builder.build(Rules())
    assert builder.fold(Rules()) == 0
    assert builder.fold(Rules(order="name = 'Other'")) == 0


def test_rows_are_put_beside_where_they_are_few(monkeypatch):
    monkeypatch.setattr(adding, "SMALL", 1_000)
    monkeypatch.setattr(adding, "SHARE", 20)
    monkeypatch.setattr(adding, "MOST_FRESH", 100)
    large = TrailNote(rows=10_000)
    assert worth_it(large, beside=0, more=100)
    assert not worth_it(large, beside=1, more=100)
    assert not worth_it(TrailNote(rows=999), beside=0, more=1)
    assert not worth_it(TrailNote(rows=1_000), beside=0, more=51)


def test_one_version_of_the_trail_is_one_trail_for_whoever_writes_it(tmp_path):
    append_log(tmp_path, [touch(i, user_id=f"u{i % 5}") for i in range(16)])
    builder = Builder(tmp_path, Held())
    first = builder.build(Rules())
    assert builder.trail() is first
    append_log(tmp_path, [touch(16, user_id="u1")])
    assert builder.trail() is first
    second = builder.build(Rules())
    assert second is not first
    assert builder.trail() is second
    assert same_as_anew(tmp_path, second)


def test_where_nobody_is_somebody_else_no_rows_are_read(tmp_path, monkeypatch):
    append_log(tmp_path, [touch(i, user_id=f"u{i % 5}") for i in range(16)])
    build(tmp_path, Rules())
    append_log(tmp_path, [touch(16, user_id="u1")])
    monkeypatch.setattr(Fresh, "counts", lambda *_: 1 / 0)
    assert len(build(tmp_path, Rules()).fresh) == 1
    append_log(tmp_path, [touch(17, user_id="u1")])
    assert len(build(tmp_path, Rules()).fresh) == 2
