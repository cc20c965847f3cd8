import math
import unicodedata
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.pictures.export import export
from sojourn.pictures.text import (
    ELLIPSIS,
    balance,
    clean,
    count,
    duration,
    finite,
    fit,
    percent,
    safe,
    short,
    sized,
    width_of,
    wrap,
)

anything = st.text(st.characters(exclude_categories=[]), max_size=60)
words = st.lists(st.text("abcdefgWMil.,é漢", min_size=1, max_size=12), max_size=8).map(" ".join)


@given(anything)
def test_any_text_can_stand_in_xml_as_content_and_attribute(text):
    root = ET.fromstring(f'<a b="{safe(text)}">{safe(text)}</a>')  # noqa: S314 - made here
    assert (root.text or "") == root.attrib["b"] == clean(text)


@given(anything)
def test_a_cleaned_text_is_one_line_without_controls(text):
    cleaned = clean(text)
    assert cleaned == clean(cleaned)
    assert "  " not in cleaned
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Cn") for c in cleaned)


def test_characters_that_turn_their_neighbours_round_are_taken_out():
    assert clean("a\u202eb\u2066c\u200fd") == "abcd"


def test_joiners_that_scripts_need_are_kept():
    assert clean("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"


def test_names_can_be_any_object():
    assert clean(42) == "42"
    assert clean(None) == "None"


SAMPLES = [
    ("Who can solve my problem?", 400),
    ("48,210 people · 385,683 touchpoints · as of 31 March 2026", 400),
    ("WWW MMM @@@ iii lll ...", 700),
    ("Donaudampfschifffahrtsgesellschaftskapitän", 700),
    ("1,234,567,890", 700),
    ("ÅÄÖ åäö éèê ñ ß œ æ Ø", 400),
    ("<script>alert('x')</script>", 400),
]


@pytest.mark.parametrize(("text", "weight"), SAMPLES)
def test_no_text_is_drawn_wider_than_it_is_measured(kit, text, weight):
    size = 20
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="40">'
        '<rect width="900" height="40" fill="#FFFFFF"/>'
        f'<text x="0" y="28" font-size="{size}" font-weight="{weight}" font-family="Lato,'
        f' sans-serif">{safe(text)}</text></svg>'
    )
    rows = kit.pixels(export(svg, "png", scale=1))
    inked = [x for row in rows for x, pixel in enumerate(row) if pixel[:3] != (255, 255, 255)]
    measured = width_of(text, size, weight)
    assert max(inked) <= measured + 1
    assert max(inked) >= 0.85 * measured - 3


@pytest.mark.parametrize("char", "漢あ한🎉")
def test_wide_characters_are_measured_as_wide(char):
    assert width_of(char, 10) >= 10


def test_marks_on_a_letter_take_no_room_of_their_own():
    assert width_of("e\u0301", 10) == width_of("e", 10) == width_of("é", 10)


def test_widths_grow_with_the_size_and_add_up():
    assert width_of("ab", 24) == pytest.approx(2 * width_of("ab", 12))
    assert width_of("ab", 12) == pytest.approx(width_of("a", 12) + width_of("b", 12))
    assert width_of("", 12) == 0


@given(anything.map(clean), st.floats(10, 300), st.sampled_from([400, 700]))
def test_a_fitted_text_fits_and_is_the_text_or_its_beginning(text, width, weight):
    fitted = fit(text, width, 12, weight)
    assert width_of(fitted, 12, weight) <= max(width, width_of(ELLIPSIS, 12, weight)) + 0.01
    if fitted != text:
        assert fitted.endswith(ELLIPSIS)
        assert text.startswith(fitted.removesuffix(ELLIPSIS))


@given(words, st.floats(15, 300))
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = wrap(text, width, 12)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert len(line) == 1 or width_of(line, 12) <= width + 0.01


@given(words, st.floats(30, 300), st.integers(1, 4))
def test_no_more_lines_than_asked(text, width, most):
    lines = wrap(text, width, 12, lines=most)
    assert len(lines) <= most
    if len(wrap(text, width, 12)) > most:
        assert lines[-1].endswith(ELLIPSIS)


@given(words, st.floats(30, 300))
def test_balanced_lines_are_never_wider_than_wrapped_ones(text, width):
    plain, even = wrap(text, width, 12, lines=2), balance(text, width, 12)
    assert len(even) == len(plain)
    if plain:
        assert max(width_of(x, 12) for x in even) <= max(width_of(x, 12) for x in plain) + 0.01
    assert "".join(even).replace(" ", "") == "".join(plain).replace(" ", "")


def test_long_words_are_broken():
    assert wrap("Donaudampfschiff", 60, 12) == ["Donaudam", "pfschiff"]


@given(st.floats(0, 1))
def test_a_percentage_never_says_none_or_all_of_what_is_neither(share):
    text = percent(share)
    assert (text == "0%") == (share == 0)
    assert (text == "100%") == (share == 1)


@given(st.floats(0.001, 0.999))
def test_a_percentage_is_within_half_of_its_last_digit(share):
    value = float(percent(share).strip("%<>")) / 100
    assert abs(value - share) <= 0.00501


@given(st.integers(0, 10**13))
def test_a_short_number_is_near_and_short(number):
    text = short(number)
    unit = {"k": 1e3, "M": 1e6, "bn": 1e9}.get(text.lstrip("0123456789."), 1)
    value = float(text.rstrip("kMbn")) * unit
    assert value == pytest.approx(number, rel=0.051)
    assert number >= 10**12 or len(text) <= 5


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "a minute"),
        (1 / 1440, "1 minute"),
        (30 / 1440, "30 minutes"),
        (1 / 24, "1 hour"),
        (0.5, "12 hours"),
        (1, "1 day"),
        (1.04, "1 day"),
        (9.2, "9.2 days"),
        (9.96, "10 days"),
        (1234, "1,234 days"),
    ],
)
def test_durations_have_the_unit_that_suits_them(days, text):
    assert duration(days) == text


@given(st.integers(0, 10**12), st.floats(40, 200))
def test_a_sized_number_fits_and_is_not_made_too_small(number, room):
    text, size = sized(number, room, 20, 700)
    assert width_of(text, size, 700) <= room + 0.01
    assert text in (f"{number:,}", short(number))
    if text == f"{number:,}" and width_of(text, 20, 700) <= room:
        assert size == 20


def test_counts_agree_with_their_noun():
    assert count(0, "time") == "0 times"
    assert count(1, "time") == "1 time"
    assert count(1, "person", "people") == "1 person"


def test_only_real_numbers_are_finite():
    assert finite(3) == 3.0
    for nothing in (None, math.nan, math.inf, "3", [1]):
        assert finite(nothing) is None
