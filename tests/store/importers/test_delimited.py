"""Delimited files as they come: nothing is lost, and nothing is read as what it is not."""

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, delimited, import_file
from sojourn.store.importers.delimited import Delimited
from sojourn.store.importers.textfile import detect
from sojourn.store.importers.tidy import AFTER_QUOTE, UNCLOSED
from sojourn.store.log import Log

HEAD = "user_id,timestamp,event,note\n"
DAY = "2026-01-02"


def opened(desk, content, name="touches.csv"):
    path = desk.file(content, name)
    return Delimited(detect(path, path.read_bytes()))


def all_rows(source):
    """Every row with its number, and every broken one with its number and reason."""
    rows, broken, before = [], [], 0
    for piece in source.pieces():
        block = source.parse(piece)
        values = [tuple(row.values()) for row in block.table.to_pylist()]
        rows += zip((block.rows + before).tolist(), values, strict=True)
        broken += [(one.row + before, one.reason, one.raw) for one in block.broken]
        before += block.records
    return rows, broken


HOSTILE = {
    "windows lines": (f"{HEAD}u1,{DAY},A,x\r\nu2,{DAY},A,y\r\n", ["x", "y"], []),
    "old mac lines": (f"{HEAD}u1,{DAY},A,x\nu2,{DAY},A,y\n".replace("\n", "\r"), ["x", "y"], []),
    "no last line break": (f"{HEAD}u1,{DAY},A,x", ["x"], []),
    "blank lines": (f"\n\n{HEAD}\nu1,{DAY},A,x\n\n\nu2,{DAY},A,y\n\n", ["x", "y"], []),
    "line breaks in quotes": (f'{HEAD}u1,{DAY},A,"x\ny\r\nz"\n', ["x\ny\r\nz"], []),
    "doubled quotes": (f'{HEAD}u1,{DAY},A,"say ""hi"""\n', ['say "hi"'], []),
    "a quote inside": (f'{HEAD}u1,{DAY},A,5" screen\n', ['5" screen'], []),
    "delimiter in quotes": (f'{HEAD}u1,{DAY},A,"a,b"\n', ["a,b"], []),
    "empty quotes": (f'{HEAD}u1,{DAY},A,""\n', [None], []),
    "surplus empty fields": (f"{HEAD}u1,{DAY},A,x,,\nu2,{DAY},A,y\n", ["x", "y"], []),
    "too few fields": (f"{HEAD}u1,{DAY}\nu2,{DAY},A,y\n", ["y"], [(1, "u1," + DAY)]),
    "too many fields": (f"{HEAD}u1,{DAY},A,x,z\nu2,{DAY},A,y\n", ["y"], [(1, f"u1,{DAY},A,x,z")]),
    "text after a quote": (f'{HEAD}u1,{DAY},A,"x"y\n', [], [(1, f'u1,{DAY},A,"x"y')]),
    "quote never closed": (f'{HEAD}u1,{DAY},A,"x\nu2,{DAY},A,y\n', ["y"], [(1, f'u1,{DAY},A,"x')]),
    "last quote open": (f'{HEAD}u1,{DAY},A,x\nu2,{DAY},A,"y', ["x"], [(2, f'u2,{DAY},A,"y')]),
    "quote that swallows rows": (
        f'{HEAD}u1,{DAY},A,"x\nu2,{DAY},A,y\nu3,{DAY},A,"z"\nu4,{DAY},A,w\n',
        ["y", "z", "w"],
        [(1, f'u1,{DAY},A,"x')],
    ),
    "a quote closed three rows on": (
        f'{HEAD}u1,{DAY},A,"x\nu2,{DAY},A,y\nu3,{DAY},A,z"\nu4,{DAY},A,w\n',
        [f"x\nu2,{DAY},A,y\nu3,{DAY},A,z", "w"],
        [],
    ),
    "spaces alone": (f"{HEAD}   \nu2,{DAY},A,y\n", ["y"], [(1, "   ")]),
    "the end of DOS": (f"{HEAD}u1,{DAY},A,x\n\x1a", ["x"], [(2, "\x1a")]),
    "a NUL byte": (f"{HEAD}u1,{DAY},A,x\x00z\nu2,{DAY},A,y\n", ["y"], [(1, None)]),
    "a NUL byte in a short row": (f"{HEAD}u1,\x00\nu2,{DAY},A,y\n", ["y"], [(1, "u1,")]),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_gives_its_good_rows_and_keeps_the_others(desk, case):
    text, notes, expected = HOSTILE[case]
    rows, broken = all_rows(opened(desk, text))
    assert [values[3] for _, values in rows] == notes
    assert [(row, raw) for row, _, raw in broken] == expected
    numbers = sorted([row for row, _ in rows] + [row for row, _, _ in broken])
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_reasons_say_what_is_wrong(desk):
    text = f'{HEAD}u1,{DAY}\nu2,{DAY},A,"x"y\nu3,{DAY},A,x\x00\nu4,{DAY},A,"z\n'
    _, broken = all_rows(opened(desk, text))
    assert [reason for _, reason, _ in broken] == [
        "the row has 2 fields, the header 4",
        AFTER_QUOTE,
        "note holds a NUL byte",
        UNCLOSED,
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(desk, delimiter):
    report = desk.bring(f"{HEAD}u1,{DAY},A,x\n".replace(",", delimiter))
    assert report.touchpoints == 1
    assert desk.rows("user_id", "name") == [("u1", "A")]


def test_an_excel_file_that_names_its_delimiter_is_believed(desk):
    report = desk.bring(f"sep=;\nuser_id;timestamp;event;note\nu1;{DAY};A;1,5\n")
    assert (report.touchpoints, report.rejected) == (1, 0)


def test_columns_without_a_name_of_their_own_get_one(desk):
    report = desk.bring(f"user_id,timestamp,event,,event,\nu1,{DAY},A,x,B,y\n")
    assert desk.rows("properties") == ['{"column_4":"x","column_6":"y","event_2":"B"}']
    assert "column_4, event_2, column_6" in report.warnings[0]


def test_a_header_may_break_its_lines(desk):
    report = desk.bring(f'"user_id","timestamp","event","a\nnote"\nu1,{DAY},A,x\n')
    assert report.extras == ("a\nnote",)
    assert desk.rows("name") == ["A"]


ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "latin-1": "cp1252",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("zipped", [False, True])
def test_letters_come_through_in_any_encoding(desk, encoding, zipped):
    notes = ["Müller", "café crème", "naïve Größe", "señor", "Übermaß"]
    rows = "".join(f"u{i},{DAY},Besuch,{note}\n" for i, note in enumerate(notes))
    data = (HEAD + rows).encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    report = desk.bring(gzip.compress(data) if zipped else data)
    assert [text[9:-2] for text in desk.rows("properties")] == notes
    assert report.encoding == ENCODINGS[encoding]


def test_an_encoding_that_shows_late_is_found_by_looking_at_the_whole_file(desk):
    rows = "".join(f"u{i},{DAY},A,plain text here\n" for i in range(60_000))
    data = (HEAD + rows + f"u,{DAY},A,Größe\nv,{DAY},A,Müller\n").encode("cp1252")
    assert len(data) > 1 << 20
    report = desk.bring(data)
    assert (report.encoding, report.touchpoints) == ("cp1252", 60_002)
    assert desk.rows("properties")[-2:] == ['{"note":"Größe"}', '{"note":"Müller"}']


def test_a_few_broken_letters_in_a_utf8_file_cost_their_rows_only(desk):
    good = "".join(f"u{i},{DAY},A,Größe\n" for i in range(9)).encode()
    report = desk.bring(HEAD.encode() + good + f"u,{DAY},A,M".encode() + b"\xfcller\n")
    assert (report.encoding, report.touchpoints, report.rejected) == ("utf-8", 9, 1)
    assert desk.rejected == [(10, "note holds bytes that are no UTF-8")]


def test_a_field_of_32_megabytes_comes_in(desk):
    big = "x" * (32 << 20)
    report = desk.bring(f'{HEAD}u1,{DAY},A,"{big}\n"\nu2,{DAY},A,y\n')
    assert (report.touchpoints, report.rejected) == (2, 0)
    assert [len(text) for text in desk.rows("properties")] == [len(big) + 13 - 2, 12]


def test_a_line_that_never_ends_is_no_text_file(desk, monkeypatch):
    monkeypatch.setattr(delimited, "MOST_RECORD", 1 << 20)
    monkeypatch.setattr(delimited, "STRETCH", 1 << 20)
    with pytest.raises(ImportFailed, match="a line of more than 1 MB"):
        desk.bring(f"{HEAD}u1,{DAY},A," + "x" * (3 << 20))


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "a.csv", "is empty"),
        ("\n\n", "a.csv", "is empty"),
        (HEAD, "a.csv", "has a header but no rows"),
        ("a,b\n1,2,3\n4,5,6\n", "a.csv", "do not belong together"),
        (b"PK\x03\x04" + b"\x00" * 99, "a.csv", "a damaged zip file"),
        (b"\x00\x01\x02\x03" * 99, "a.csv", "a binary file"),
        (b"\x1f\x8b\x08\x00broken", "a.csv.gz", "damaged"),
        (gzip.compress(HEAD.encode() * 9999)[:-40], "a.csv.gz", "damaged"),
        ("just words\nand more\n", "a.csv", "No column says when"),
    ],
)
def test_what_is_no_table_is_said_plainly(desk, content, name, message):
    with pytest.raises(ImportFailed, match=message):
        desk.bring(content, name)
    assert not desk.log.exists()


def test_missing_files_and_folders_are_told_apart(desk):
    desk.file(HEAD, "touches.csv")
    with pytest.raises(ImportFailed, match=r"There is no file .*touchs.csv(.|\n)*touches.csv\?"):
        desk.bring(desk.folder / "touchs.csv")
    with pytest.raises(ImportFailed, match="is a folder"):
        desk.bring(desk.folder)


PIECES = [b"u1", b",", b"\n", b'"', b"2026-01-02", b"A", b"\r\n", b"\xff", b"\xc3\xa9"]
PIECES += [b"\x00", b" "]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.lists(
        st.sampled_from(PIECES),
        max_size=120,
    ).map(b"".join)
)
def test_whatever_the_bytes_the_rows_add_up_or_the_import_fails_plainly(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "a.csv"
    path.write_bytes(b"user_id,timestamp,event\nu1,2026-01-02,A\n" + data)
    log = Log(folder / "shop")
    try:
        report = import_file(log, path, ImportOptions())
    except ImportFailed:
        assert not log.exists()
        return
    total = report.touchpoints + report.duplicates + report.rejected + report.bots
    assert report.rows_read == total
    assert sum(batch.num_rows for batch in log.reader(["seq"])) == report.touchpoints
    seqs = [s for batch in log.reader(["seq"]) for s in batch.column("seq").to_pylist()]
    assert len(set(seqs)) == len(seqs)


@pytest.mark.parametrize("stretch", [40, 100, 333])
def test_the_size_of_the_stretches_changes_nothing(desk, monkeypatch, stretch):
    rng = np.random.default_rng(1)
    notes = ['"a,b"', '"x\ny"', 'z"', '"un', "plain", '"q""q"', '"w"w', "ü"]
    kinds = enumerate(rng.integers(0, 8, 200))
    text = HEAD + "".join(f"u{i},{DAY},A,{notes[k]}\n" for i, k in kinds)
    whole = all_rows(opened(desk, text))
    monkeypatch.setattr(delimited, "STRETCH", stretch)
    assert all_rows(opened(desk, text)) == whole
