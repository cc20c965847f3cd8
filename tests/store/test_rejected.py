"""Rows that could not be read are kept, shown, mended and brought back."""

import csv
import json
from datetime import UTC, datetime

import pytest

from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, import_file, replay
from sojourn.store.log import Log
from sojourn.store.rejected import ADDED, REJECTED_SCHEMA, Rejected

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEAD = "who,at,what,price\n"
COLUMNS = {"person": "who", "ts": "at", "name": "what", "value": "price"}
GOOD = "u0,2026-01-02,A,1.50\n"
BAD = "u1,soon,A,2.50\nu2,2026-01-03,,3.50\nu3,2026-01-03\n"


class Desk:
    def __init__(self, folder):
        self.folder = folder
        self.log = Log(folder / "shop")
        self.rejected = Rejected(folder / "shop")
        self.out = folder / "out.csv"

    def bring(self, text, name="a.csv", **options):
        path = self.folder / name
        path.write_text(text)
        return import_file(self.log, path, ImportOptions(columns=COLUMNS, **options), now=NOW)

    def export(self, mend=lambda rows: rows, **options):
        """Export, mend the rows as dictionaries, write them back."""
        self.rejected.export(self.out, **options)
        with self.out.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        rows = mend(rows)
        with self.out.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def replay(self, **options):
        return replay(self.log, self.out, now=NOW, **options)

    def people(self):
        return sorted(self.log.reader(["user_id"]).read_all().column("user_id").to_pylist())

    def all(self):
        return [row for batch in self.rejected.batches() for row in batch.to_pylist()]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_rejected_row_is_kept_whole_with_where_and_why(desk):
    desk.bring(HEAD + GOOD + BAD, source="till")
    rows = {row["row"]: row for row in desk.all()}
    assert list(rows[2]) == REJECTED_SCHEMA.names
    assert json.loads(rows[2]["fields"]) == {
        "who": "u1",
        "at": "soon",
        "what": "A",
        "price": "2.50",
    }
    assert (rows[2]["column"], rows[2]["found"], rows[2]["raw"]) == ("at", "soon", None)
    assert (rows[4]["raw"], rows[4]["fields"]) == ("u3,2026-01-03", None)
    assert {row["file"] for row in rows.values()} == {"a.csv"}
    assert {row["source_id"] for row in rows.values()} == {"till"}
    assert {row["import_id"] for row in rows.values()} == {desk.log.imports()[0].id}
    assert {row["at"] for row in rows.values()} == {NOW}


def test_the_list_shows_the_first_in_order(desk):
    desk.bring(HEAD + BAD, "b.csv")
    desk.bring(HEAD + BAD + BAD, "a.csv")
    table = desk.rejected.list(4)
    assert [(row["file"], row["row"]) for row in table] == [
        ("a.csv", 4), ("a.csv", 5), ("a.csv", 6), ("b.csv", 1),
    ]  # fmt: skip
    assert table.notes["waiting"] == 6
    assert table.rows[2]["found"] == "u3,2026-01-03"


def test_nothing_rejected_is_an_empty_list(desk):
    assert len(desk.rejected.list()) == desk.rejected.count() == 0
    assert desk.rejected.export(desk.out) == 0
    desk.bring(HEAD + GOOD)
    assert desk.rejected.count() == 0


def test_the_same_rejected_row_again_is_not_added_again(desk):
    desk.bring(HEAD + GOOD + BAD)
    report = desk.bring(HEAD + GOOD + BAD + "u9,2026-01-02,A,\n", "b.csv")
    assert report.rejected == 3
    assert desk.rejected.count() == 3


def test_twins_among_the_rejected_are_all_kept(desk):
    desk.bring(HEAD + BAD + BAD)
    assert desk.rejected.count() == 6
    assert len({row["rejected_id"] for row in desk.all()}) == 6


def test_an_export_has_the_columns_of_the_file_and_what_was_wrong(desk):
    desk.bring(HEAD + BAD)
    assert desk.rejected.export(desk.out) == 3
    with desk.out.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["who", "at", "what", "price", *ADDED]
    assert rows[0]["at"] == "soon"
    assert rows[0]["_reason"] == "this is no time between the years 1 and 9999"
    assert [row["_row"] for row in rows] == ["1", "2", "3"]
    assert rows[2]["_raw"] == "u3,2026-01-03"


def mend(rows):
    rows[0]["at"] = "2026-01-02"
    rows[1]["what"] = "B"
    return rows


def test_mended_rows_come_in_and_leave(desk):
    desk.bring(HEAD + GOOD + BAD, source="till")
    desk.export(mend)
    report = desk.replay()
    assert (report.touchpoints, report.rejected) == (2, 1)
    assert desk.people() == ["u0", "u1", "u2"]
    assert [row["raw"] for row in desk.all()] == ["u3,2026-01-03"]
    assert [row["reason"] for row in desk.all()] == ["the row has 2 fields, the header 4"]
    sources = desk.log.reader(["source_id"]).read_all().column("source_id").to_pylist()
    assert set(sources) == {"till"}
    properties = desk.log.reader(["properties"]).read_all().column("properties").to_pylist()
    assert properties == [None] * 3


def test_rows_that_stay_wrong_stay_as_they_are_now(desk):
    desk.bring(HEAD + BAD)
    ids = {row["rejected_id"] for row in desk.all()}

    def worse(rows):
        rows[0]["at"] = "later"
        return rows

    desk.export(worse)
    assert desk.replay().rejected == 3
    assert {row["rejected_id"] for row in desk.all()} == ids
    assert "later" in {row["found"] for row in desk.all()}


def test_a_row_without_fields_can_be_written_out_by_hand(desk):
    desk.bring(HEAD + BAD)

    def fill(rows):
        rows[2] |= {"who": "u3", "at": "2026-01-03", "what": "C"}
        return rows[2:]

    desk.export(fill)
    assert desk.replay().touchpoints == 1
    assert desk.rejected.count() == 2


def test_replaying_twice_adds_nothing(desk):
    desk.bring(HEAD + BAD)
    desk.export(mend)
    desk.replay()
    again = desk.replay(options=ImportOptions(columns=COLUMNS))
    assert again.touchpoints == 0
    assert (desk.people(), desk.rejected.count()) == (["u1", "u2"], 1)


def test_what_was_mended_to_a_row_that_is_there_already_leaves_too(desk):
    desk.bring(HEAD + "u1,2026-01-02,A,2.50\n" + BAD)
    desk.export(mend)
    assert desk.replay().duplicates == 1
    assert desk.rejected.count() == 1


def test_times_are_read_again_as_the_whole_file_told(desk):
    desk.bring(HEAD + "u1,13/01/2026,A,\nu2,02/03/2026,,\n")
    desk.export(lambda rows: [row | {"what": "A"} for row in rows])
    desk.replay()
    days = desk.log.reader(["ts"]).read_all().column("ts").to_pylist()
    assert datetime(2026, 3, 2, tzinfo=UTC) in days


def test_a_file_that_was_not_exported_cannot_be_replayed(desk):
    desk.bring(HEAD + BAD)
    desk.out.write_text(HEAD + GOOD)
    with pytest.raises(ImportFailed, match="not exported rejected rows"):
        desk.replay()


def test_rows_of_imports_that_were_read_differently_are_replayed_one_by_one(desk):
    desk.bring(HEAD + BAD, "a.csv")
    desk.bring(HEAD + BAD, "b.csv", source="web")
    desk.export()
    with pytest.raises(ImportFailed, match="different mappings"):
        desk.replay()
    for record in desk.log.imports():
        desk.export(mend, import_id=record.id)
        assert desk.replay().touchpoints == 2
    assert desk.rejected.count() == 2


def test_rows_of_nobody_knows_which_import_need_flags(desk):
    desk.bring(HEAD + BAD)
    desk.export(lambda rows: [row | {"_rejected_id": "x"} for row in mend(rows)])
    with pytest.raises(ImportFailed, match="not from a known import"):
        desk.replay()
    assert desk.replay(options=ImportOptions(columns=COLUMNS)).touchpoints == 2


def test_many_rejected_rows_come_and_go_in_batches(desk):
    rows = "".join(f"u{i},2026-01-02,,\n" for i in range(20_000))
    desk.bring(HEAD + GOOD + rows)
    assert desk.rejected.count() == 20_000
    desk.export(lambda found: [row | {"what": "A"} for row in found])
    assert desk.replay().touchpoints == 20_000
    assert desk.rejected.count() == 0
