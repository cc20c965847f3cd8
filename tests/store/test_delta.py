"""A table is opened once a version, and a newer version is seen at once, whoever wrote it."""

import shutil
import subprocess
import sys

import pyarrow as pa
import pytest

from sojourn.store import delta

SCHEMA = pa.schema([("a", pa.int32()), ("part", pa.string())])
WRITE = """
import sys
from pathlib import Path
import pyarrow as pa
from sojourn.store import delta
root = Path(sys.argv[1])
add, _ = delta.write_file(root, ("part", "x"), pa.table({"a": [9]}))
delta.commit(root, pa.schema([("a", pa.int32()), ("part", pa.string())]), "part", [add])
"""


def write(root, number=0):
    add, _ = delta.write_file(root, ("part", "x"), pa.table({"a": [number]}))
    return delta.commit(root, SCHEMA, "part", [add], note={"number": number})


def test_each_commit_is_seen_with_its_note_and_its_files(tmp_path):
    for number in range(45):
        assert write(tmp_path / "t", number) == number
        table = delta.open_table(tmp_path / "t")
        assert delta.note_of(table) == {"number": number}
        assert len(delta.files_of(table)) == number + 1


def test_a_table_is_opened_once_while_nothing_is_written(tmp_path, monkeypatch):
    write(tmp_path / "t")
    table = delta.open_table(tmp_path / "t")
    monkeypatch.setattr(delta, "DeltaTable", None)
    assert delta.open_table(tmp_path / "t") is table


def test_another_process_writes_and_it_is_seen(tmp_path):
    write(tmp_path / "t")
    assert delta.open_table(tmp_path / "t").version() == 0
    subprocess.run([sys.executable, "-c", WRITE, str(tmp_path / "t")], check=True)
    assert delta.open_table(tmp_path / "t").version() == 1


def test_a_table_that_was_put_in_the_place_of_another_is_seen(tmp_path):
    write(tmp_path / "one", 1)
    write(tmp_path / "one", 2)
    write(tmp_path / "other", 3)
    assert delta.open_table(tmp_path / "one").version() == 1
    shutil.rmtree(tmp_path / "one")
    assert delta.open_table(tmp_path / "one") is None
    shutil.copytree(tmp_path / "other", tmp_path / "one")
    assert delta.note_of(delta.open_table(tmp_path / "one")) == {"number": 3}


def test_an_older_version_is_still_to_be_had(tmp_path):
    write(tmp_path / "t", 1)
    write(tmp_path / "t", 2)
    assert len(delta.files_of(delta.open_table(tmp_path / "t", 0))) == 1
    assert delta.open_table(tmp_path / "t").version() == 1


def test_only_so_many_tables_are_kept_open(tmp_path, monkeypatch):
    monkeypatch.setattr(delta, "MOST_OPEN", 2)
    monkeypatch.setattr(delta, "_opened", type(delta._opened)())
    for name in "abc":
        write(tmp_path / name)
        delta.open_table(tmp_path / name)
    assert [path.name for path in delta._opened] == ["b", "c"]


@pytest.mark.parametrize("name", ["log", "trail", "dictionaries"])
def test_a_checkpoint_is_made_every_twenty_commits(tmp_path, name):
    for number in range(21):
        write(tmp_path / name, number)
    assert len(list((tmp_path / name / "_delta_log").glob("*.checkpoint.parquet"))) == 1
