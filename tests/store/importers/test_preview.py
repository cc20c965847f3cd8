"""What an import would do, said before it does."""

import pytest

from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, preview

HEAD = "cookie,time,interaction,price,colour\n"


def look(desk, text, now, **options):
    return preview(desk.file(text), ImportOptions(**options), now=now)


def test_a_preview_shows_the_mapping_with_reasons_and_three_rows(desk, now):
    rows = "".join(f"c{i},2026-01-02,click,5,red\n" for i in range(5))
    found = look(desk, HEAD + rows, now)
    assert [str(each) for each in found.mapping] == [
        "ts <- time (by its name)",
        "device_id <- cookie (by its name)",
        "name <- interaction (by its name)",
        "value <- price (by its name)",
    ]
    assert found.extras == ("colour",)
    assert (found.format, found.encoding, len(found.rows)) == ("CSV", "utf-8", 3)
    assert found.rows[0]["device_id"] == "c0"
    assert found.rows[0]["properties"] == '{"colour":"red"}'
    assert found.problems == ()
    assert not desk.log.root.exists()


def test_what_is_wrong_with_the_first_rows_is_listed_by_row(desk, now):
    found = look(desk, HEAD + "a,2026-01-02,click\nb,soon,click,5,red\nc,2026-01-02,x,5,red\n", now)
    assert found.problems == (
        "row 1: the row has 3 fields, the header 5",
        "row 2: this is no time between the years 1 and 9999",
    )


def test_what_would_stop_the_import_is_a_problem(desk, now):
    found = look(desk, HEAD + "a,03/04/2026,click,5,red\n", now)
    assert "day or the month first" in found.problems[0]
    assert found.rows == ()
    assert "note: The times in 'time' can be read" in str(found)
    assert look(desk, HEAD + "a,03/04/2026,click,5,red\n", now, time_format="day-first").rows


def test_the_whole_file_is_read_where_its_beginning_does_not_tell(desk, now):
    rows = "a,01/02/2026,click,5,red\n" * 70_000 + "a,13/02/2026,click,5,red\n"
    found = look(desk, HEAD + rows, now)
    assert found.times == "day-first; times without a zone are in UTC"
    assert f"{found.rows[0]['ts']:%m-%d}" == "02-01"


def test_a_late_letter_is_no_trouble(desk, now):
    rows = "a,01/02/2026,click,5,red\n" * 70_000 + "a,13/02/2026,click,5,größe\n"
    found = preview(desk.file((HEAD + rows).encode("cp1252")), now=now)
    assert found.encoding == "cp1252"
    assert found.problems == ()


def test_what_is_missing_is_an_error(desk, now):
    with pytest.raises(ImportFailed, match="No column says when"):
        look(desk, "cookie,interaction\nc,click\n", now)


def test_a_preview_prints_as_a_page(desk, now):
    text = str(look(desk, HEAD + f"c1,2026-01-02,click,5,{'r' * 200}\n", now))
    assert text.startswith(
        "touches.csv: CSV, utf-8; nothing is written\n  columns:\n    ts <- time"
    )
    assert "    properties <- colour" in text
    assert "    value: 5.0" in text
    assert "…" in text
