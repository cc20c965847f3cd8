"""`sojourn import`, `sojourn imports`: what is said of files on the way in, and out again."""

import gzip
import json

import pytest

from sojourn import intake
from sojourn.cli.importing import watched
from sojourn.workspace import open_workspace


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


def test_several_files_come_in_by_name_and_share_one_trail(sojourn, tmp_path, monkeypatch):
    builds = []
    real = intake.Builder.build
    monkeypatch.setattr(intake.Builder, "build", lambda *a, **k: builds.append(1) or real(*a, **k))
    for name, who in (("b.csv.gz", "second"), ("a.csv.gz", "first"), ("c.csv.gz", "third")):
        text = "user_id,timestamp,event\n" + f"{who},2026-01-05,Ad Viewed\n" * 3
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    files = [tmp_path / name for name in ("c.csv.gz", "b.csv.gz", "a.csv.gz")]
    answer = sojourn("-w", tmp_path / "new", "import", *files)
    assert (answer.code, len(builds)) == (0, 1)
    places = [answer.out.index(f"{name}.csv.gz") for name in "abc"]
    assert places == sorted(places)
    log = open_workspace(tmp_path / "new").log
    rows = log.reader(["user_id", "seq"]).read_all().sort_by("seq").to_pylist()
    assert [row["seq"] for row in rows] == list(range(9))
    assert [row["user_id"] for row in rows] == ["first"] * 3 + ["second"] * 3 + ["third"] * 3
    again = sojourn("-w", tmp_path / "new", "import", *files)
    assert again.out.count("was imported on") == 3


def test_the_bar_says_how_far_it_is_and_with_what():
    with watched("a.csv") as watch:
        watch.say("reading")
        watch(1, 2)
        task = watch._bar.tasks[0]
        assert (task.description, task.percentage) == ("a.csv: reading", 50)


def test_the_bar_of_a_file_has_room_for_the_trail(tmp_path, clicks):
    seen, said = [], []

    class Watch:
        def __call__(self, done, total):
            seen.append(done / total)

        def say(self, what):
            said.append((what, seen[-1] if seen else 0.0))

    open_workspace(tmp_path / "new").add(clicks, progress=Watch())
    assert seen == sorted(seen)
    assert seen.index(1.0) == len(seen) - 1
    steps = dict(said)
    assert [*steps] == [
        "reading", "looking for duplicates", "looking at what came in", "resolving people",
        "sorting by person",
    ]  # fmt: skip
    assert steps["resolving people"] == pytest.approx(intake.IMPORTED)
