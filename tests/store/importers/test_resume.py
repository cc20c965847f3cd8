"""A big import that was killed goes on where it was, and ends as if it never had been."""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store import claims, traits
from sojourn.store.importers import ImportOptions, delimited, import_file, jsonlines, run
from sojourn.store.importers.leavings import recover
from sojourn.store.log import Log
from sojourn.store.rejected import Rejected

ROWS = 8_000
STRETCH = 24 << 10
CHECKPOINT = 500

pytestmark = pytest.mark.usefixtures("small_pieces")


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(delimited, "STRETCH", STRETCH)
    monkeypatch.setattr(jsonlines, "STRETCH", STRETCH)
    monkeypatch.setattr(run, "CHECKPOINT_ROWS", CHECKPOINT)


def rows(count=ROWS):
    """Some rows: over six months in no order, with twins, bad times, quotes and newlines."""
    chance = random.Random(5)
    for i in range(count):
        when = "soon" if i % 97 == 0 else f"2026-{chance.randint(1, 6):02}-{i % 28 + 1:02}"
        note = f'say "{i % 50}",\nplease' if i % 11 == 0 else f"n{i % 50}"
        person = "null" if i % 101 == 0 else f"u{chance.randint(1, 300)}"
        yield {"user_id": person, "timestamp": when, "event": f"E{i % 7}", "note": note}


def as_csv(path, found):
    quoted = ('"' + row["note"].replace('"', '""') + '"' for row in found)
    lines = (
        f"{r['user_id']},{r['timestamp']},{r['event']},{q}\n"
        for r, q in zip(found, quoted, strict=True)
    )
    text = "user_id,timestamp,event,note\n" + "".join(lines)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), 1))
    else:
        encoding = "utf-16" if "wide" in path.name else "utf-8"
        path.write_text(text, encoding=encoding, newline="")


def as_lines(path, found):
    path.write_text("".join(f"{json.dumps(row)}\n" for row in found), encoding="utf-8")


def as_array(path, found):
    path.write_text(json.dumps(found), encoding="utf-8")


def as_parquet(path, found):
    pq.write_table(pa.Table.from_pylist(found), path, row_group_size=500)


WRITERS = {
    "a.csv": as_csv,
    "a.csv.gz": as_csv,
    "wide.csv": as_csv,
    "a.jsonl": as_lines,
    "a.json": as_array,
    "a.parquet": as_parquet,
}


def everything(root):
    """All rows of the log and all rejected ones, but when they came and through which import."""
    files = [str(file.path) for file in Log(root).files()]
    kept = ", ".join(f'"{n}"' for n in LOG_SCHEMA.names if n not in ("received_at", "month"))
    found = duckdb.sql(f"select {kept} from read_parquet({files}) order by seq").fetchall()
    moments = duckdb.sql(f"select distinct received_at from read_parquet({files})").fetchall()
    assert len(moments) == 1
    bad = [batch.to_pylist() for batch in Rejected(root).batches()]
    told = [
        {k: v for k, v in row.items() if k not in ("import_id", "at")} for b in bad for row in b
    ]
    return found, sorted(told, key=lambda row: row["row"])


def leftovers(log):
    own = {file.path for file in log.files()}
    found = {p for p in log.path.rglob("*") if p.is_file() and "_delta_log" not in p.parts}
    return found - own


class Killed(BaseException):
    """Stands for a kill: nothing after it runs, as far as the import's own code goes."""


def cut_off(desk, path, monkeypatch, *, after, looks=None, **options):
    """An import that is cut off after so many checkpoints; the folder stays as a kill leaves it."""
    saved = []

    def save(self, folder, real=run.Manifest.save):
        real(self, folder)
        if looks in (None, self.looks):
            saved.append(self)
        if len(saved) == after:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(run.Manifest, "save", save)
        patch.setattr(run, "clear", lambda *_: None)
        with pytest.raises(Killed):
            desk.bring(path, **options)
    return saved[-1]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The files, and the log of each as it is without a kill."""
    folder = tmp_path_factory.mktemp("files")
    found = list(rows())
    for name, write in WRITERS.items():
        write(folder / name, found)
    return folder


@pytest.fixture(scope="module")
def whole(sample, tmp_path_factory):
    root = tmp_path_factory.mktemp("whole")
    for name in WRITERS:
        import_file(Log(root / name), sample / name, ImportOptions())
    return {name: everything(root / name) for name in WRITERS}


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_cut_off_goes_on_and_ends_the_same(name, desk, now, sample, whole, monkeypatch):
    monkeypatch.setattr("sojourn.store.importers.columnar.BATCH_ROWS", 300)
    path = sample / name
    cut_off(desk, path, monkeypatch, after=2)
    left = cut_off(desk, path, monkeypatch, after=3, now=now + timedelta(hours=1))
    converted = []

    def convert(block, *others, real=run.converted):
        converted.append(block.records)
        return real(block, *others)

    monkeypatch.setattr(run, "converted", convert)
    report = desk.bring(path, now=now + timedelta(hours=2))
    assert report.rows_read == ROWS
    assert "Resumed at" in str(report)
    assert sum(converted) == ROWS - left.stage["sums"][0] < 0.75 * ROWS
    assert everything(desk.log.root) == whole[name]
    assert desk.rows("received_at")[0] == now
    assert leftovers(desk.log) == set()
    assert desk.bring(path).already


def test_how_much_was_there_already_is_said(desk, sample, monkeypatch):
    left = cut_off(desk, sample / "a.csv", monkeypatch, after=6)
    assert 0.1 < left.share < 0.9
    report = desk.bring(sample / "a.csv")
    assert f"Resumed at {left.share:.0%}: it had been cut off there." in report.warnings


def test_the_report_of_a_resumed_import_is_that_of_a_whole_one(desk, sample, monkeypatch, tmp_path):
    cut_off(desk, sample / "a.csv", monkeypatch, after=4)
    resumed = desk.bring(sample / "a.csv")
    plain = import_file(Log(tmp_path / "other"), sample / "a.csv", ImportOptions())
    for name in ("rows_read", "touchpoints", "rejected", "nobody", "people", "names", "channels"):
        assert getattr(resumed, name) == getattr(plain, name)
    assert resumed.reasons == plain.reasons
    one, other = desk.log.imports()[0], Log(tmp_path / "other").imports()[0]
    assert (one.sha256, one.fingerprint) == (other.sha256, other.fingerprint)
    assert (one.first_seq, one.last_seq) == (other.first_seq, other.last_seq)


def grown(path):
    with path.open("a") as out:
        out.write("u1,2026-01-01,E1,late\n")


def altered_at_once(path):
    data = bytearray(path.read_bytes())
    data[200] = ord("x") if data[200] != ord("x") else ord("y")
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(grown, "bytes then and has"), (altered_at_once, "that was read is another now")],
)
def test_a_file_that_changed_is_begun_anew(change, reason, desk, sample, monkeypatch, tmp_path):
    path = shutil.copy(sample / "a.csv", tmp_path / "files" / "a.csv")
    cut_off(desk, path, monkeypatch, after=3)
    change(path)
    report = desk.bring(path)
    assert reason in str(report)
    assert "begun anew" in str(report)
    import_file(Log(tmp_path / "other"), path, ImportOptions())
    assert everything(desk.log.root) == everything(tmp_path / "other")
    assert leftovers(desk.log) == set()


def test_a_change_behind_what_was_read_is_simply_read(desk, sample, monkeypatch, tmp_path):
    path = shutil.copy(sample / "a.csv", tmp_path / "files" / "a.csv")
    cut_off(desk, path, monkeypatch, after=3)
    data = path.read_bytes()
    path.write_bytes(data[:-30] + data[-30:].replace(b"E", b"F"))
    assert "Resumed at" in str(desk.bring(path))
    import_file(Log(tmp_path / "other"), path, ImportOptions())
    assert everything(desk.log.root) == everything(tmp_path / "other")


def test_other_options_begin_anew(desk, sample, monkeypatch):
    cut_off(desk, sample / "a.csv", monkeypatch, after=3)
    report = desk.bring(sample / "a.csv", tz="Europe/Berlin")
    assert "it is read in another way now: begun anew" in str(report)
    assert report.rows_read == ROWS
    assert leftovers(desk.log) == set()


def test_what_else_came_in_makes_it_begin_anew(desk, sample, monkeypatch):
    cut_off(desk, sample / "a.csv", monkeypatch, after=3)
    desk.bring("user_id,timestamp,event\nu1,2026-01-02,A\n", "other.csv")
    report = desk.bring(sample / "a.csv")
    assert "Resumed" not in str(report)
    assert report.rows_read == ROWS
    assert leftovers(desk.log) == set()


def test_what_is_left_of_a_file_that_is_gone_is_cleared_away(desk, sample, monkeypatch, tmp_path):
    path = shutil.copy(sample / "a.csv", tmp_path / "files" / "a.csv")
    cut_off(desk, path, monkeypatch, after=3)
    assert leftovers(desk.log)
    path.unlink()
    recover(desk.log)
    assert not leftovers(desk.log)


def test_a_damaged_manifest_or_a_missing_piece_begins_anew(desk, sample, monkeypatch):
    for spoil in ("manifest.json", "bits-0.npy"):
        left = cut_off(desk, sample / "a.csv", monkeypatch, after=3)
        (desk.log.path / "_staging" / left.id / spoil).write_text("{")
        if spoil != "manifest.json":
            (desk.log.path / "_staging" / left.id / spoil).unlink()
    report = desk.bring(sample / "a.csv")
    assert (report.rows_read, report.already) == (ROWS, False)
    assert leftovers(desk.log) == set()


@pytest.mark.parametrize(
    ("date", "letter", "looks"),
    [("{0}/{0}/2026", "e", "Undecided"), ("2026-0{0}-0{0}", "éa", "NotUtf8")],
)
def test_what_a_whole_look_found_out_is_found_out_again(date, letter, looks, desk, monkeypatch):
    lines = [f"u{i % 9},{date.format(i % 9 + 1)},A,{'e' * 110}" for i in range(9000)]
    last = f"u1,{date.format(1) if letter == 'éa' else '28/2/2026'},A,{letter}"
    path = desk.file("\n".join(["user_id,timestamp,event,note", *lines, last]).encode("cp1252"))
    cut_off(desk, path, monkeypatch, after=3, looks=(looks,))
    report = desk.bring(path)
    assert report.encoding == ("cp1252" if looks == "NotUtf8" else "utf-8")
    assert report.rows_read == 9001
    assert "Resumed at" in str(report)


def test_an_interrupt_of_a_big_import_keeps_what_is_staged(desk, sample, monkeypatch):
    with monkeypatch.context() as patch:

        def interrupt(*_):
            raise KeyboardInterrupt

        patch.setattr(run, "settle", interrupt)
        with pytest.raises(KeyboardInterrupt):
            desk.bring(sample / "a.csv")
    assert "Resumed at 100%" in str(desk.bring(sample / "a.csv"))


KILLS = """
    import os, random, signal, sys, time
    from datetime import UTC, datetime
    from pathlib import Path
    from sojourn.core import channels
    from sojourn.store.importers import delimited, derive, import_file, run
    from sojourn.store.log import Log

    delimited.STRETCH, run.CHECKPOINT_ROWS = {stretch}, {checkpoint}
    channels.channels(), derive.click_ids(), derive.maybe_blocked(frozenset())
    chance = random.Random(int(sys.argv[3]))

    def bring():
        print(import_file(Log(sys.argv[1]), Path(sys.argv[2])), flush=True)

    kills = 0
    while True:
        child = os.fork()
        if child == 0:
            bring()
            os._exit(0)
        deadline = time.monotonic() + chance.uniform(0.05, 0.6) * (1 if kills < 25 else 100)
        while time.monotonic() < deadline:
            if os.waitpid(child, os.WNOHANG)[0]:
                print(kills, "kills", flush=True)
                sys.exit()
            time.sleep(0.002)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        kills += 1
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the child is forked")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_again_and_again_at_any_moment_nothing_is_lost_or_doubled(seed, desk, sample, whole):
    code = textwrap.dedent(KILLS.format(stretch=STRETCH, checkpoint=CHECKPOINT))
    command = [sys.executable, "-c", code, str(desk.log.root), str(sample / "a.csv"), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    kills = int(done.stdout.split()[-2])
    assert kills >= 1
    recover(desk.log)
    assert everything(desk.log.root) == whole["a.csv"]
    assert leftovers(desk.log) == set()


def test_people_rows_go_on_too(desk, now, monkeypatch, tmp_path):
    lines = (f"u{i % 900},u{i % 900}@shop.example,plan {i % 4}\n" for i in range(5000))
    path = desk.file("user_id,email,plan\n" + "".join(lines), "people.csv")
    left = cut_off(desk, path, monkeypatch, after=2, people=True)
    (desk.log.path / "_staging" / left.id / "told_claims-9.parquet").write_text("half")
    resumed = desk.bring(path, people=True)
    options = ImportOptions(people=True)
    plain = import_file(Log(tmp_path / "other"), path, options, now=now)
    assert "Resumed at" in str(resumed)
    assert (resumed.rows_read, resumed.people_rows) == (5000, plain.people_rows)
    for read in (claims.read, traits.read):
        one, other = (
            [{k: v for k, v in row.items() if k != "import_id"} for row in read(root).to_pylist()]
            for root in (desk.log.root, tmp_path / "other")
        )
        assert sorted(map(str, one)) == sorted(map(str, other))
