"""`sojourn import` of a file of no known kind: shown, never asked when nobody is there."""

import subprocess
import sys

import pytest

TILL = "kundennr;wann;was passiert\n7;01.02.2026 10:00;Kauf\n8;13.02.2026 11:00;Besuch\n" * 1


@pytest.fixture
def run(tmp_path):
    (tmp_path / "till.csv").write_text(TILL + "9;14.02.2026 11:00;Kauf\n7;15.02.2026 11:00;Kauf\n")

    def sojourn(*words):
        command = [sys.executable, "-m", "sojourn.cli.main", "-w", "ws", *words]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, input="", check=False
        )

    return sojourn


def test_a_piped_import_shows_the_columns_and_the_line_to_run(run):
    done = run("import", "till.csv")
    assert done.returncode == 1
    assert "its values are times" in done.stderr
    line = '--person kundennr --ts wann --name "was passiert"'
    assert f"For example: sojourn import till.csv {line}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_line_that_was_shown_works_and_can_be_kept(run):
    words = ["--person", "kundennr", "--ts", "wann", "--name", "was passiert"]
    done = run("import", "till.csv", *words, "--save-mapping", "till")
    assert done.returncode == 0, done.stderr
    assert "Files like this are read by ws/mappings/till.yaml from now on." in done.stdout
    again = run("import", "till.csv", "--dry-run")
    assert "4 rows would be read as till" in again.stdout
    assert "recognised as till by its columns" in again.stdout
    assert "till " in run("presets").stdout
