"""Records cut out of a stretch of text, against a reader that goes letter by letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.store.importers import tidy as module
from sojourn.store.importers.tidy import AFTER_QUOTE, MARKER, UNCLOSED, tidy

TEXTS = st.text(st.sampled_from('ab,"\n"'), max_size=60).map(str.encode)


def plain_reader(data):
    """The definition: records as (reason, bytes), broken ones end with their first line."""
    found, at = [], 0
    while at < len(data):
        end, reason = record_end(data, at)
        if reason:
            end = data.find(b"\n", at) + 1 or len(data)
        found.append((reason, data[at:end]))
        at = end
    return found


def record_end(data, i):
    while i < len(data):
        if data[i : i + 1] == b'"':
            i += 1
            while data[i : i + 2] == b'""' or data[i : i + 1] not in (b'"', b""):
                i += 2 if data[i : i + 2] == b'""' else 1
            if i >= len(data):
                return i, UNCLOSED
            i += 1
            if i < len(data) and data[i : i + 1] not in (b",", b"\n"):
                return i, AFTER_QUOTE
        else:
            while i < len(data) and data[i : i + 1] not in (b",", b"\n"):
                i += 1
        if i >= len(data) or data[i : i + 1] == b"\n":
            return min(i + 1, len(data)), None
        i += 1
    return i, None


def read_in(data, size):
    """Every record of `data` when it is read `size` bytes at a time."""
    found, rest, at = [], b"", 0
    while True:
        more = data[at : at + size]
        at += size
        piece = tidy(rest + more, b",", 2, final=not more)
        found += unfolded(piece)
        rest = (rest + more)[piece.used :]
        if not more:
            assert rest == b""
            return found


def unfolded(piece):
    out = []
    text = piece.text
    while MARKER in text:
        before, _, after = text.partition(MARKER)
        number, _, text = after.partition(b",,\n")
        out += [before, piece.cut[int(number)]]
    return [*out, text]


def joined(found):
    """The good text as one, and the broken records, in order."""
    good = b"".join(part if isinstance(part, bytes) else b"<cut>" for part in found)
    return good, [part for part in found if isinstance(part, tuple)]


@given(TEXTS, st.integers(1, 30))
def test_any_stretches_give_what_the_plain_reader_gives(data, size):
    good, cut = joined(read_in(data, size))
    expected = plain_reader(data)
    assert good == b"".join(text if not reason else b"<cut>" for reason, text in expected)
    assert cut == [(reason, text.rstrip(b"\r\n")) for reason, text in expected if reason]


@pytest.mark.parametrize(
    ("data", "cut"),
    [
        (b'a,5" screen\nb,c\n', []),
        (b'a,"x\ny"\nb,c\n', []),
        (b'a,"say ""hi"""\n', []),
        (b'"",""\n', []),
        (b'a,"b"c\nd,e\n', [(AFTER_QUOTE, b'a,"b"c')]),
        (b'a,"b\nd,e\n', [(UNCLOSED, b'a,"b')]),
        (b'a,"b\r\nd,e\r\n', [(UNCLOSED, b'a,"b')]),
        (b'a,"b\n"c,d\ne,f\n', [(AFTER_QUOTE, b'a,"b'), (UNCLOSED, b'"c,d')]),
    ],
)
def test_what_is_cut_out_and_what_stays(data, cut):
    assert tidy(data, b",", 2, final=True).cut == cut


def test_a_text_without_quotes_is_cut_after_its_last_line():
    assert tidy(b"a,b\nc,", b",", 2, final=False).used == 4
    assert tidy(b"a,b\nc,", b",", 2, final=True).used == 6
    assert tidy(b"a,b", b",", 2, final=False).used == 0


def test_a_quote_that_stays_open_for_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "MOST_RECORD", 50)
    data = b'a,"b\n' + b"c,d\n" * 20
    piece = tidy(data, b",", 2, final=False)
    assert piece.cut == [(UNCLOSED, b'a,"b')]
    assert piece.used == len(data)
