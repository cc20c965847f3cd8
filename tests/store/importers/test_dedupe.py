"""The same row twice: twins survive, and importing again adds nothing."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.store.importers import ImportOptions, import_file, staging
from sojourn.store.log import Log

HEAD = "user_id,timestamp,event\n"
ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["2026-01-02", "2026-02-03"])), max_size=12
)


def text(rows, head=HEAD):
    return head + "".join(f"{who},{when},A\n" for who, when in rows)


def counts(report):
    return report.touchpoints, report.duplicates


def test_genuine_twins_survive_with_ids_that_count_them(desk):
    report = desk.bring(text([("a", "2026-01-02")] * 3 + [("b", "2026-01-02")]))
    ids = desk.rows("event_id")
    assert counts(report) == (4, 0)
    assert ids[1:3] == [f"{ids[0]}-2", f"{ids[0]}-3"]
    assert all(len(each) == 32 for each in (ids[0], ids[3]))


def test_the_same_file_again_is_known_at_once(desk):
    content = text([("a", "2026-01-02")] * 2)
    desk.bring(content)
    version = desk.log.version()
    again = desk.bring(content, "renamed.csv")
    assert again.already
    assert counts(again) == (0, 2)
    assert desk.log.version() == version
    assert "imported on 2026-11-21 already" in str(again)


def test_an_overlapping_export_adds_only_what_is_new(desk):
    desk.bring(text([("a", "2026-01-02"), ("b", "2026-01-02"), ("b", "2026-01-02")]), "a.csv")
    later = text([("b", "2026-01-02")] * 3 + [("c", "2026-02-03")])
    report = desk.bring(later, "b.csv")
    assert not report.already
    assert counts(report) == (2, 2)
    assert Counter(desk.rows("user_id")) == {"a": 1, "b": 3, "c": 1}


def test_another_source_is_another_row(desk):
    content = text([("a", "2026-01-02")])
    desk.bring(content, source="till")
    report = desk.bring(content, source="web")
    assert counts(report) == (1, 0)
    assert desk.rows("source_id") == ["till", "web"]


def test_the_same_rows_in_another_form_are_the_same(desk):
    desk.bring("user_id,timestamp,event,note\na,2026-01-02,A,x\nb,2026-01-02,A,\n", "a.csv")
    again = desk.bring("event;note;timestamp;user_id\nA;;2026-01-02T00:00:00Z;b\n", "b.csv")
    lines = desk.bring(
        '{"user_id": "a", "timestamp": "2026-01-02", "event": "A", "note": "x"}\n', "c.jsonl"
    )
    assert counts(again) == counts(lines) == (0, 1)


def test_given_ids_are_kept_as_sent_and_count_once(desk):
    head = "messageId,user_id,timestamp,event\n"
    desk.bring(f"{head} m1,a,2026-01-02,A\nm2,a,2026-01-02,A\n", "a.csv")
    columns = {"event_id": "messageId"}
    report = desk.bring(
        f"{head}m3,a,2026-01-02,A\nm3,b,2026-01-02,A\nm2,c,2027-01-01,A\n,d,2026-01-02,A\n",
        "b.csv", columns=columns,
    )  # fmt: skip
    assert (report.touchpoints, report.duplicates, report.rejected) == (2, 1, 1)
    assert desk.rows("event_id")[:3] == [" m1", "m2", "m3"]
    assert desk.rows("user_id") == ["a", "a", "a", "d"]


def test_a_given_id_counts_once_whatever_its_month(desk):
    head = "messageId,user_id,timestamp,event\n"
    desk.bring(f"{head}m1,a,2026-01-02,A\n", "a.csv")
    assert counts(desk.bring(f"{head}m1,a,2025-07-02,A\n", "b.csv")) == (0, 1)


def test_duplicates_leave_gaps_in_seq_that_nobody_fills(desk):
    desk.bring(text([("a", "2026-01-02")]), "a.csv")
    desk.bring(text([("a", "2026-01-02"), ("b", "2026-01-02"), ("a", "2026-01-02")]), "b.csv")
    desk.bring(text([("c", "2026-01-02")]), "c.csv")
    assert desk.rows("seq", "user_id") == [(0, "a"), (2, "b"), (3, "a"), (4, "c")]
    assert desk.log.imports()[1].last_seq == 3


def test_bots_and_nobody_are_counted_after_duplicates_are_gone(desk):
    head = "user_id,timestamp,event,device\n"
    first = "null,2026-01-02,A,\nb,2026-01-02,A,bot\n"
    desk.bring(head + first, "a.csv")
    report = desk.bring(head + first + "null,2026-01-03,A,\nc,2026-01-02,A,bot\n", "b.csv")
    assert (report.duplicates, report.bots, report.nobody) == (2, 1, 1)
    assert (report.touchpoints, report.names) == (1, {"A": 2})


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(exports=st.lists(ROWS.filter(bool), min_size=1, max_size=3))
def test_each_row_is_there_as_often_as_in_the_export_that_has_most_of_it(tmp_path_factory, exports):
    folder = tmp_path_factory.mktemp("twins")
    log = Log(folder / "shop")
    for number, rows in enumerate(exports):
        (folder / f"{number}.csv").write_text(text(rows))
        import_file(log, folder / f"{number}.csv", ImportOptions())
    expected = Counter()
    for rows in exports:
        expected |= Counter(rows)
    table = log.reader(["user_id", "ts", "event_id"]).read_all().to_pylist()
    assert Counter((r["user_id"], f"{r['ts']:%Y-%m-%d}") for r in table) == expected
    assert len({r["event_id"] for r in table}) == len(table)


@pytest.mark.parametrize("size", [700, 10_000])
def test_many_twins_in_many_row_groups(desk, monkeypatch, size):
    monkeypatch.setattr("sojourn.store.importers.stage.CHUNK_ROWS", 500)
    monkeypatch.setattr("sojourn.store.importers.delimited.STRETCH", 10_000)
    rows = [(f"p{i % (size // 2)}", f"2026-{i % 3 + 1:02d}-02") for i in range(size)]
    report = desk.bring(text(rows))
    assert counts(report) == (size, 0)
    assert desk.rows("user_id") == [who for who, _ in rows]
    twins = Counter(rows)
    ids = desk.rows("event_id")
    assert len(set(ids)) == size
    assert sum(each.endswith("-2") for each in ids) == sum(n > 1 for n in twins.values())
    again = desk.bring(text(rows[: size // 2]), "b.csv")
    assert counts(again) == (0, size // 2)


def test_months_are_named_as_their_partition():
    assert [staging.month_label(n) for n in (0, -1, 671, -23628)] == [
        "1970-01", "1969-12", "2025-12", "0001-01",
    ]  # fmt: skip
