"""The trail holds the log, resolved to people and in order, however it was built."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.bucket import Coded
from sojourn.core.contacts import Contacts
from sojourn.core.touchpoint import ALIASES, TIME
from sojourn.store import adding, claims, delta, rewriting
from sojourn.store import build as building
from sojourn.store.build import Rules, build, up_to_date
from sojourn.store.rewriting import CODED_ALL, PEOPLE, WRITTEN
from sojourn.store.trail import Trail
from support.logs import START, random_logs
from support.memory import source_of
from support.table import append_log, touches_of

COLUMNS = (
    "name",
    "channel",
    "order_id",
    "properties",
    "value",
    "event_id",
    "actor",
    "seq",
    "device",
)
DAY = 86_400_000_000


def touch(seq, ts, name="Page Viewed", **rest):
    return {"seq": seq, "ts": START + ts, "name": name, **rest}


def rows_of(trail):
    """Everything in the trail as dictionaries, people by their shown id."""
    people, found = trail.shown_people().to_pylist(), []
    for number in trail.numbers:
        bucket = trail.load(number, COLUMNS)
        columns = {
            name: column.decode() if isinstance(column, Coded) else column.tolist()
            for name, column in bucket.columns.items()
        }
        for i in range(len(bucket)):
            row = {name: values[i] for name, values in columns.items()}
            row |= {
                "person": people[bucket.person[i]],
                "ts": int(bucket.ts[i]),
                "own": bool(bucket.own[i]),
                "order": int(bucket.order[i]),
            }
            found.append({k: None if v != v else v for k, v in row.items()})
    return found


def by_seq(rows):
    return sorted(rows, key=lambda row: row["seq"])


@settings(max_examples=25, deadline=None)
@given(log=random_logs())
def test_every_touchpoint_comes_back_with_its_columns_and_its_order_mark(tmp_path_factory, log):
    root = tmp_path_factory.mktemp("trail")
    append_log(root, touches_of(log))
    found = by_seq(rows_of(build(root, Rules())))
    source, _ = source_of(log, buckets=1)
    bucket = source.buckets[0]
    marks = dict(zip(bucket.columns["event_id"].decode(), bucket.order.tolist(), strict=True))
    for row, sent in zip(found, touches_of(log), strict=True):
        assert row["person"] == sent["user_id"]
        assert (row["ts"], row["name"], row["channel"]) == (
            sent["ts"],
            sent["name"],
            sent["channel"],
        )
        assert row["own"] == (sent["actor"] == "person")
        assert row["order"] == marks[sent["event_id"]]
        assert row["value"] == (None if sent["value"] is None else float(sent["value"]))
        assert row["order_id"] == sent["order_id"]


@settings(max_examples=20, deadline=None)
@given(log=random_logs(most_people=8), cut=st.integers(0, 60))
def test_adding_a_second_import_gives_what_building_anew_gives(tmp_path_factory, log, cut):
    root = tmp_path_factory.mktemp("trail")
    touches = touches_of(log)
    for part in (touches[:cut], touches[cut:]):
        if part:
            append_log(root, part)
            folded = build(root, Rules())
    assert up_to_date(root, folded, Rules())
    anew = build(root, Rules(), whole=True)
    assert by_seq(rows_of(folded)) == by_seq(rows_of(anew))
    assert folded.note.rows == anew.note.rows == len(touches)
    assert folded.note.last_ts == max(t["ts"] for t in touches)


def test_rows_are_sorted_by_person_time_and_seq_in_every_bucket(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "ROWS_A_BUCKET", 40)
    touches = [touch(i, (i * 7919) % 50, user_id=f"u{i % 13}") for i in range(300)]
    append_log(tmp_path, touches)
    trail = build(tmp_path, Rules())
    assert trail.note.buckets == 8
    people = set()
    for number in trail.numbers:
        bucket = trail.load(number, ["seq"])
        seq = bucket.columns["seq"].astype(int)
        keys = list(zip(bucket.person.tolist(), bucket.ts.tolist(), seq.tolist(), strict=True))
        assert keys == sorted(keys)
        assert not people & set(bucket.person.tolist())
        people |= set(bucket.person.tolist())
    assert len(people) == 13


def test_a_shared_tablet_stays_two_people(tmp_path):
    append_log(
        tmp_path,
        [
            touch(0, 0, device_id="tablet"),
            touch(1, 1, user_id="ada", device_id="tablet"),
            touch(2, 2, device_id="tablet"),
            touch(3, 3, user_id="bob", device_id="tablet"),
            touch(4, 4, device_id="tablet"),
        ],
    )
    found = by_seq(rows_of(build(tmp_path, Rules())))
    assert [row["person"] for row in found] == ["ada", "ada", "ada", "bob", "bob"]


def test_a_sign_in_later_gives_a_person_what_their_device_did_before(tmp_path):
    append_log(tmp_path, [touch(0, 0, device_id="phone"), touch(1, 1, device_id="other")])
    assert {row["person"] for row in rows_of(build(tmp_path, Rules()))} == {"phone", "other"}
    append_log(tmp_path, [touch(2, 2, user_id="ada", device_id="phone")])
    found = by_seq(rows_of(build(tmp_path, Rules())))
    assert [row["person"] for row in found] == ["ada", "other", "ada"]


def test_aliases_without_a_user_are_one_person_shown_by_the_first_seen(tmp_path):
    email = [{"kind": "email", "id": "a@example.org"}]
    append_log(
        tmp_path,
        [
            touch(0, 5, device_id="laptop"),
            touch(1, 3, aliases=email),
            touch(2, 9, device_id="laptop", aliases=email),
        ],
    )
    found = rows_of(build(tmp_path, Rules()))
    assert {row["person"] for row in found} == {"a@example.org"}


def test_nobody_and_bots_stay_in_the_log_and_out_of_the_trail(tmp_path):
    append_log(
        tmp_path,
        [
            touch(0, 0, user_id="ada"),
            touch(1, 1),
            touch(2, 2, user_id="null"),
            touch(3, 3, user_id="crawler", device="bot"),
        ],
    )
    trail = build(tmp_path, Rules())
    assert [row["person"] for row in rows_of(trail)] == ["ada"]
    assert (trail.note.rows, trail.note.nobody, trail.note.bots) == (1, 2, 1)
    assert trail.note.last_ts == START + 3


def test_a_blocked_value_of_the_workspace_names_nobody(tmp_path):
    append_log(tmp_path, [touch(0, 0, user_id="till-1"), touch(1, 0, user_id="ada")])
    trail = build(tmp_path, Rules(blocked=("till-1",)))
    assert [row["person"] for row in rows_of(trail)] == ["ada"]


def test_journeys_can_be_those_of_accounts(tmp_path):
    append_log(
        tmp_path,
        [
            touch(0, 0, user_id="ada", account="Acme"),
            touch(1, 1, user_id="bob", account="Acme"),
            touch(2, 2, user_id="eve"),
        ],
    )
    trail = build(tmp_path, Rules(unit="account"))
    assert [row["person"] for row in rows_of(trail)] == ["Acme", "Acme"]
    assert trail.note.nobody == 1


def test_what_an_order_is_can_be_said_and_a_change_of_it_rebuilds(tmp_path):
    append_log(
        tmp_path,
        [
            touch(0, 0, "Trial Started", user_id="ada"),
            touch(1, 1, "Order Completed", user_id="ada", order_id="1"),
            touch(2, 2, "Order Completed", user_id="ada", order_id="1"),
            touch(3, 3, "Order Completed", user_id="bob", order_id="1"),
        ],
    )
    assert [r["order"] for r in by_seq(rows_of(build(tmp_path, Rules())))] == [0, 1, 2, 1]
    other = Rules(order="name = 'Trial Started'")
    assert not up_to_date(tmp_path, Trail(tmp_path), other)
    assert [r["order"] for r in by_seq(rows_of(build(tmp_path, other)))] == [1, 0, 0, 0]


def test_a_reader_keeps_the_version_that_it_opened(tmp_path):
    append_log(tmp_path, [touch(0, 0, user_id="ada")])
    old = build(tmp_path, Rules())
    append_log(tmp_path, [touch(1, 1, user_id="ada"), touch(2, 2, user_id="bob")])
    new = build(tmp_path, Rules())
    assert len(rows_of(old)) == 1
    assert len(rows_of(new)) == 3


def test_a_column_with_too_many_texts_stays_text_and_reads_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(rewriting, "MOST_TEXTS", 3)
    append_log(tmp_path, [touch(i, i, f"Name {i}", user_id="ada") for i in range(5)])
    trail = build(tmp_path, Rules())
    assert "name" not in trail.note.coded
    assert "channel" in trail.note.coded
    assert [row["name"] for row in by_seq(rows_of(trail))] == [f"Name {i}" for i in range(5)]


def test_what_a_killed_build_left_behind_is_swept_away(tmp_path):
    append_log(tmp_path, [touch(0, 0, user_id="ada")])
    (tmp_path / ".building-dead").mkdir()
    build(tmp_path, Rules())
    assert not list(tmp_path.glob(".building-*"))


def test_two_people_who_would_look_the_same_show_the_kind_of_the_one_without_a_user_id(tmp_path):
    append_log(tmp_path, [touch(0, 0, user_id="42"), touch(1, 1, device_id="42")])
    found = {row["person"] for row in rows_of(build(tmp_path, Rules()))}
    assert found == {"42", "device:42"}


def test_progress_goes_up_through_all_steps_and_is_full_at_the_end_alone(tmp_path):
    append_log(tmp_path, [touch(i, i, user_id="ada") for i in range(10)])
    seen = []
    build(tmp_path, Rules(), progress=lambda done, total: seen.append((done, total)))
    shares = [done / total for done, total in seen]
    assert shares == sorted(shares)
    assert {PEOPLE, CODED_ALL, WRITTEN} < set(shares)
    assert shares.index(1.0) == len(shares) - 1


def test_other_readers_read_the_trail_and_its_dictionaries(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    polars = pytest.importorskip("polars")
    append_log(tmp_path, [touch(i, i, user_id=f"u{i}", channel="Email") for i in range(4)])
    trail = build(tmp_path, Rules())
    files = [str(tmp_path / "trail" / f.path) for f in trail.files.values()]
    assert duckdb.read_parquet(files).aggregate("count(*)").fetchall() == [(4,)]
    frame = polars.read_delta(str(tmp_path / "trail"))
    assert sorted(frame["person"].to_list()) == sorted(
        np.unique(frame["person"].to_numpy()).tolist()
    )
    texts = polars.read_delta(str(tmp_path / "dictionaries"))
    assert "Email" in texts.filter(polars.col("column") == "channel")["value"].to_list()


def test_replaced_files_stay_for_readers_and_go_after_some_hours(tmp_path, monkeypatch):
    append_log(tmp_path, [touch(0, 0, user_id="ada")])
    first = build(tmp_path, Rules())
    old = tmp_path / "trail" / first.files[0].path
    append_log(tmp_path, [touch(1, 1, user_id="ada")])
    build(tmp_path, Rules())
    assert old.exists()
    monkeypatch.setattr(delta, "GRACE_HOURS", 0)
    append_log(tmp_path, [touch(2, 2, user_id="ada")])
    last = build(tmp_path, Rules())
    assert not old.exists()
    assert len(rows_of(last)) == 3
    assert Trail(tmp_path).note == last.note


def test_many_imports_one_after_another_are_one_trail(tmp_path):
    for seq in range(12):
        append_log(tmp_path, [touch(seq, seq, user_id="ada")])
        trail = build(tmp_path, Rules())
    assert trail.note.rows == 12


def test_a_new_claim_beside_the_log_is_noticed(tmp_path):
    append_log(tmp_path, [touch(0, 0, device_id="d1"), touch(1, 1, device_id="d2")])
    trail = build(tmp_path, Rules())
    tell(tmp_path, [("user", "ann"), ("device", "d1")])
    assert not up_to_date(tmp_path, trail, Rules())
    trail = build(tmp_path, Rules())
    assert up_to_date(tmp_path, trail, Rules())
    assert [row["person"] for row in by_seq(rows_of(trail))] == ["ann", "d2"]


def test_a_claim_that_changes_nobody_leaves_every_file_as_it_is(tmp_path):
    append_log(tmp_path, [touch(0, 0, device_id="d1"), touch(1, 1, device_id="d2")])
    before = build(tmp_path, Rules()).files
    tell(tmp_path, [("user", "new"), ("device", "d9")])
    after = build(tmp_path, Rules())
    assert up_to_date(tmp_path, after, Rules())
    assert after.files == before
    append_log(tmp_path, [touch(2, 2, device_id="d9")])
    assert [row["person"] for row in by_seq(rows_of(build(tmp_path, Rules())))] == [
        "d1",
        "d2",
        "new",
    ]


def tell(root, aliases, import_id="i1"):
    """Claim that these aliases are one person."""
    listed = pa.array([[{"kind": kind, "id": text} for kind, text in aliases]], ALIASES)
    rows = pa.table({"ts": pa.array([START], TIME), "aliases": listed})
    assert claims.append(root, rows, import_id=import_id) == 1


def test_taking_an_imports_claims_back_gives_the_people_there_were(tmp_path):
    append_log(tmp_path, [touch(0, 0, device_id="d1"), touch(1, 1, device_id="d2")])
    before = rows_of(build(tmp_path, Rules()))
    tell(tmp_path, [("email", "x"), ("device", "d1")], "i1")
    tell(tmp_path, [("email", "x"), ("device", "d2")], "i2")
    assert {row["person"] for row in rows_of(build(tmp_path, Rules()))} == {"d1"}
    for name in ("i1", "i2"):
        claims.remove_import(tmp_path, name)
    assert by_seq(rows_of(build(tmp_path, Rules()))) == by_seq(before)


def test_a_new_rule_for_numbers_is_noticed_and_changes_whose_the_rows_are(tmp_path):
    local, full = (
        [{"kind": "phone", "id": "0660 1234567"}],
        [{"kind": "phone", "id": "+436601234567"}],
    )
    append_log(tmp_path, [touch(0, 0, user_id="ann", aliases=full), touch(1, 1, aliases=local)])
    trail = build(tmp_path, Rules())
    assert [r["person"] for r in by_seq(rows_of(trail))] == ["ann", "0660 1234567"]
    here = Rules(contacts=Contacts("AT"))
    assert not up_to_date(tmp_path, trail, here)
    trail = build(tmp_path, here)
    assert up_to_date(tmp_path, trail, here)
    assert [r["person"] for r in by_seq(rows_of(trail))] == ["ann", "ann"]


def beside(patched):
    """Put whatever is new beside the buckets of which each holds one row or so."""
    patched.setattr(building, "ROWS_A_BUCKET", 1)
    patched.setattr(building, "FOLD_SHARE", 10**9)
    patched.setattr(adding, "SMALL", 0)
    patched.setattr(adding, "SHARE", 0)


steps = st.lists(
    st.tuples(
        st.sampled_from(["touch", "touch", "order", "claim", "fold"]),
        st.integers(0, 3),
        st.sampled_from([None, "ann", "bob"]),
        st.sampled_from([None, "d1", "d2", "d3"]),
        st.sampled_from([None, "x", "y"]),
    ),
    min_size=2,
    max_size=7,
)


@pytest.mark.parametrize("where", ["into the buckets", "beside them"])
@settings(max_examples=12, deadline=None)
@given(said=steps)
def test_a_trail_that_grew_with_every_row_and_claim_is_the_one_built_anew(
    tmp_path_factory, said, where
):
    root = tmp_path_factory.mktemp("grown")
    append_log(root, [touch(0, 0, device_id="d1"), touch(1, 1, device_id="d2", user_id="ann")])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(building, "ROWS_A_BUCKET", 1)
        if where == "beside them":
            beside(patched)
        grown = build(root, Rules())
        for number, (kind, ts, user, device, email) in enumerate(said, 2):
            pairs = [("user", user), ("device", device), ("email", email)]
            known = [(k, i) for k, i in pairs if i]
            if kind == "fold":
                building.Builder(root).fold(Rules())
            elif kind == "claim" and len(known) > 1:
                rows = [[{"kind": k, "id": i} for k, i in known]]
                when = pa.array([START + ts], TIME)
                claims.append(root, pa.table({"ts": when, "aliases": pa.array(rows, ALIASES)}))
            else:
                listed = [{"kind": "email", "id": email}] if email else None
                row = touch(number, ts, user_id=user, device_id=device, aliases=listed)
                if kind == "order":
                    row |= {"name": "Order Completed", "order_id": f"o{ts}"}
                append_log(root, [row])
            grown = build(root, Rules())
    rows, note = by_seq(rows_of(grown)), grown.note
    anew = build(root, Rules(), whole=True)
    assert rows == by_seq(rows_of(anew))
    assert (note.rows, note.nobody) == (anew.note.rows, anew.note.nobody)


def test_only_the_buckets_of_people_who_changed_are_written_again(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "ROWS_A_BUCKET", 1)
    append_log(tmp_path, [touch(i, i, device_id=f"d{i}") for i in range(8)])
    before = build(tmp_path, Rules()).files
    assert len(before) == 8
    tell(tmp_path, [("device", "d0"), ("device", "d5")])
    trail = build(tmp_path, Rules())
    assert [r["person"] for r in by_seq(rows_of(trail))].count("d0") == 2
    assert len(trail.files) == 7
    same = [number for number in trail.files if trail.files[number] == before[number]]
    assert len(same) == 6
