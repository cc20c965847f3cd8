"""`sojourn import`, `sojourn imports`: what is said of files on the way in, and out again."""

import json


def imported(sojourn, shop):
    return json.loads(sojourn("-w", shop, "imports", "--format", "json").out)["rows"]


def test_imports_are_listed_and_taken_back_by_their_id(sojourn, shop):
    (row,) = imported(sojourn, shop)
    assert (row["file"], row["rows_read"], row["touchpoints"]) == ("clicks.csv", 7, 7)
    told = sojourn("-w", shop, "import", "--undo", row["import_id"], "--dry-run")
    assert "7 rows of the log" in told.out
    assert len(imported(sojourn, shop)) == 1
    done = sojourn("-w", shop, "import", "--undo", row["import_id"])
    assert done.code == 0
    assert "left: 0 imports with 0 rows" in done.out
    assert imported(sojourn, shop) == []


def test_the_report_says_how_to_take_the_import_back(sojourn, tmp_path, clicks):
    answer = sojourn("-w", tmp_path / "new", "import", clicks)
    last = next(line for line in answer.out.splitlines() if "--undo" in line)
    command = last.partition("sojourn ")[2].split()
    assert sojourn("-w", tmp_path / "new", *command).code == 0


def test_either_files_or_an_undo(sojourn, shop, clicks):
    assert sojourn("-w", shop, "import").code == 2
    both = sojourn("-w", shop, "import", clicks, "--undo", "x")
    assert both.code == 2
    assert "--undo ID" in both.err


def test_an_unknown_import_is_an_error_that_helps(sojourn, shop):
    answer = sojourn("-w", shop, "import", "--undo", "nothing")
    assert answer.code == 1
    assert "See `sojourn imports`" in answer.err
