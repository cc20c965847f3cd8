"""Files that name their columns late, not at all, or again in mid-file: nothing is misread."""

import json

import pytest

from sojourn.errors import ImportFailed
from sojourn.store.importers import delimited
from sojourn.store.importers.headers import is_total, names_again, preamble, shared_names
from sojourn.store.importers.replay import replay
from sojourn.store.rejected import Rejected

HEAD = "user_id,timestamp,event,amount\n"
ONE = "u1,2026-01-02,A,5\n"
AGAIN = "the names of the columns stand here again"

PREAMBLES = {
    "as Google writes it": "# ----------\n# All Site Data\n# 20260101-20260131\n# ------\n\n",
    "words": "Report: Clicks\nGenerated: 2026-02-01\n\n",
    "of the same width": "Report,Clicks,,\nPeriod,2026,,\n",
    "with a quote in it": 'Report "Clicks"\n',
    "with commas": "Clicks, orders and all, by day\n",
}


@pytest.mark.parametrize("case", PREAMBLES)
def test_lines_before_the_header_are_passed_over_and_said(desk, case):
    report = desk.bring(PREAMBLES[case] + HEAD + ONE + "u2,soon,A,6\n")
    assert desk.rows("user_id") == ["u1"]
    assert desk.rejected == [(2, "this is no time between the years 1 and 9999")]
    assert "before the header were passed over" in report.warnings[0]


@pytest.mark.parametrize("again", [HEAD.strip() + ",x\n" + "u,2026-01-03,A,1,2\n" * 3, "u,2\n" * 9])
def test_rows_are_never_taken_for_a_preamble(desk, again):
    text = HEAD + ONE + again
    report = desk.bring(text)
    assert report.rows_read == text.count("\n") - 1
    assert not any("passed over" in line for line in report.warnings)


def test_a_wider_line_or_a_row_is_no_preamble():
    assert (
        preamble([["wer", "wann", "was"], ["u1", "2026-01-02", "A"], *[["a", "b", "c", "d"]] * 9])
        == 0
    )
    assert preamble([["wer", "wann"], ["u1"], ["u2"], ["wer", "wann"], ["u3", "x"]]) == 0
    assert preamble([["who", "at", "is", "x"], ["note", "who"], ["u1", "soon"]]) == 0


def test_a_header_narrower_than_its_rows_is_refused(desk):
    with pytest.raises(ImportFailed, match="do not belong together"):
        desk.bring("user_id,timestamp,event\nu1,2026-01-02,A,5\nu2,2026-01-02,A,5\n")


def test_a_file_without_a_header_is_told_how_to_go_on(desk):
    text = "u1,2026-01-02,Page Viewed,5\nu2,2026-01-03,Page Viewed,7\n"
    with pytest.raises(ImportFailed, match=r"does not name its columns.*\(u1, 2026-01-02") as error:
        desk.bring(text)
    assert "--header" in error.value.hint
    report = desk.bring(text, header=("user_id", "timestamp", "event", "revenue"))
    assert (report.rows_read, report.touchpoints) == (2, 2)
    assert desk.rows("user_id", "value")[0] == ("u1", 5)
    assert desk.bring(text, header=("user_id", "timestamp", "event", "revenue")).already


def test_a_header_that_does_not_fit_is_refused(desk):
    with pytest.raises(ImportFailed, match="2 fields, its first row 4"):
        desk.bring(ONE, header=("user_id", "timestamp"))


def test_curly_quotes_are_named(desk):
    with pytest.raises(ImportFailed, match="quotes are curly"):
        desk.bring("“user_id”,“timestamp”,“event”\n“u1”,“2026-01-02”,“A, b”\n")


def test_the_same_header_again_is_no_touchpoint(desk):
    report = desk.bring(HEAD + ONE + HEAD + "u2,2026-01-03,B,6\n")
    assert (report.rows_read, report.touchpoints) == (3, 2)
    assert desk.rejected == [(2, AGAIN)]
    assert report.warnings == ("Line 3 names the columns again: the same names.",)


def test_columns_in_another_order_below_a_second_header_are_read_by_it(desk):
    report = desk.bring(HEAD + ONE + "event,amount,user_id,timestamp\nB,6,u2,2026-01-03\n")
    assert desk.rows("user_id", "name", "value") == [("u1", "A", 5), ("u2", "B", 6)]
    assert "another order" in report.warnings[0]


def test_columns_renamed_half_way_are_known_for_what_they_are(desk):
    report = desk.bring(
        "cookie,time,interaction,price\nc1,2026-01-02,A,5\n"
        "price,visitor_id,when,colour,action\n6,c1,2026-01-03,red,B\n7,c2,2026-01-04,blue,C\n"
    )
    assert desk.rows("device_id", "name", "value", "properties") == [
        ("c1", "A", 5, None),
        ("c1", "B", 6, '{"colour":"red"}'),
        ("c2", "C", 7, '{"colour":"blue"}'),
    ]
    assert (report.rows_read, report.rejected, report.people) == (4, 1, 2)
    assert report.warnings == (
        "Line 3 names the columns again: 'visitor_id' is 'cookie', 'when' is 'time', "
        "'action' is 'interaction'; 'colour' new.",
    )


def test_a_column_more_below_a_second_header_is_kept_and_rows_keep_their_numbers(desk):
    desk.bring(HEAD + ONE + HEAD.strip() + ",shade\nu2,2026-01-03,B,6,red\nu3,soon,B,6,red\n")
    assert desk.rows("properties") == [None, '{"shade":"red"}']
    assert [row for row, _ in desk.rejected] == [2, 4]


def test_what_is_known_for_two_things_is_not_guessed():
    assert shared_names(["price"], ["revenue", "total"]) == ("price",)
    assert shared_names(["price", "amount"], ["revenue"]) == ("price", "amount")
    assert shared_names(["Time Stamp"], ["timestamp"]) == ("timestamp",)


@pytest.mark.parametrize("many", [3, 1500])
def test_a_second_header_is_found_however_late(desk, monkeypatch, many):
    monkeypatch.setattr(delimited, "STRETCH", 1 << 12)
    first = "".join(f"u{i},2026-01-02,A,{i}\n" for i in range(many))
    second = "".join(f"B,{i},2026-01-03,v{i}\n" for i in range(many))
    report = desk.bring(HEAD + first + "event,amount,timestamp,user_id\n" + second)
    assert (report.rows_read, report.touchpoints) == (2 * many + 1, 2 * many)
    assert desk.rejected == [(many + 1, AGAIN)]
    expected = [(f"u{i}", "A", i) for i in range(many)] + [(f"v{i}", "B", i) for i in range(many)]
    assert desk.rows("user_id", "name", "value") == expected


def test_it_is_found_beyond_the_first_megabyte_too(desk):
    first = "".join(f"u{i},2026-01-02,A,{i},{'x' * 90}\n" for i in range(10_000))
    second = "B,7,2026-01-03,v7\n"
    head = "user_id,timestamp,event,amount,note\n"
    report = desk.bring(head + first + "event,amount,timestamp,user_id\n" + second)
    assert (report.rows_read, report.touchpoints) == (10_002, 10_001)
    assert desk.rows("user_id", "name", "value")[-1] == ("v7", "B", 7)
    assert report.names == {"A": 10_000, "B": 1}


def test_words_in_quotes_that_look_like_a_header_are_text(desk):
    note = '"see:\nuser_id,timestamp,event,amount\nthere"'
    desk.bring("user_id,timestamp,event,note\nu1,2026-01-02,A," + note + "\nu2,2026-01-03,B,\n")
    assert desk.rows("user_id") == ["u1", "u2"]
    assert "user_id,timestamp" in json.loads(desk.rows("properties")[0])["note"]


def test_names_below_a_quote_that_is_never_closed_end_in_no_circle(desk):
    report = desk.bring(HEAD + ONE + 'u2,2026-01-02,A,"6\nevent,user_id\nu3,2026-01-02,A,7\n')
    assert (report.rows_read, report.touchpoints, report.rejected) == (4, 2, 2)
    assert [row for row, _ in desk.rejected] == [2, 3]


def test_names_that_nobody_knows_are_rejected_with_a_word_of_warning(desk):
    desk.bring(HEAD + ONE + "wer,wann,was,wieviel\nu2,2026-01-03,B,6\n")
    ((row, reason),) = desk.rejected
    assert row == 2
    assert "names of columns again" in reason


NO_NAMES = [
    ["u1", "2026-01-02", "click", "5"],
    ["u1", "", "click", "5"],
    ["page", "page", "email", "x"],
    ["Anna", "Berlin", "bought", "late"],
    ["1", "2", "3", "4"],
    ["A", "B"],
    [],
]


@pytest.mark.parametrize("cells", NO_NAMES)
def test_ordinary_rows_do_not_name_columns(cells):
    assert not names_again(cells, ["user_id", "timestamp", "event", "amount"])


def test_rows_of_totals_and_empty_rows_say_what_they_are(desk):
    report = desk.bring(HEAD + ONE + ",,,\n   \nGrand Total,,,5\n1 rows\n")
    assert (report.rows_read, report.touchpoints, report.rejected) == (5, 1, 4)
    assert [reason for _, reason in desk.rejected] == [
        "the row is empty",
        "the row is empty",
        "a row of totals: the time is missing",
        "the row has 1 fields, the header 4",
    ]


def test_a_row_of_totals_is_nobodys_touchpoint_even_with_a_date(desk):
    report = desk.bring(
        "user_id,timestamp,amount\nu1,2026-01-02,5\nTotal,2026-01-31,5\n",
        columns={"name": "=Order Completed"},
    )
    assert (report.touchpoints, report.rejected) == (1, 1)
    assert desk.rejected == [(2, "a row of totals")]
    assert not is_total([None, "", 17])


def test_rows_of_a_second_section_can_be_mended_and_replayed(desk):
    desk.bring(HEAD + ONE + "event,amount,timestamp,user_id\nB,6,soon,u2\n")
    path = desk.folder / "wrong.csv"
    Rejected(desk.log.root).export(path)
    path.write_text(path.read_text().replace("soon", "2026-01-03"))
    report = replay(desk.log, path)
    assert report.touchpoints == 1
    assert desk.rows("user_id", "name", "value")[-1] == ("u2", "B", 6)
