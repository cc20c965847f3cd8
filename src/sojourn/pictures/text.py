"""Text in pictures: made safe, measured, fitted into its place; numbers as people read them."""

from __future__ import annotations

import math
import unicodedata
from html import escape

ELLIPSIS = "…"

_WIDTHS = {
    400: {
        240: "'\u2018\u2019",
        260: "ijl",
        280: " ,.:;·",
        300: "[]|",
        320: "I",
        340: "()`f{}",
        360: "!-¡",
        380: "/\\t“”",
        400: '"*°',
        420: "r",
        500: "Jcsz",
        520: "vxy",
        540: "k",
        560: "?L_abdeghnopqu\u2013§«»",
        580: "#$0123456789^•€£",
        600: "+<=>~\u00d7",
        620: "FTßø¿",
        640: "Z",
        680: "ABEPSVXY",
        700: "K",
        720: "&",
        740: "CRU",
        760: "DHN",
        780: "Gw",
        800: "OQØ©®",
        840: "m",
        900: "%æ",
        920: "M",
        960: "œ",
        1000: "—…Æ",
        1020: "@W",
        1100: "Œ",
    },
    700: {
        240: "'",
        280: " ,.ijl\u2018\u2019·",
        300: "|",
        320: "I",
        340: "():;[]`",
        360: "-f",
        380: "!¡",
        400: "*/\\t{}",
        420: "r°",
        480: '"',
        500: "z“”",
        560: "J_aceksvxy§«»",
        580: "#$0123456789\u2013•€£",
        600: "+<=>^~\u00d7",
        620: "?FLTZbdghnopquø¿",
        640: "ß",
        680: "EPSXY",
        720: "V",
        740: "&ABCKRU",
        760: "DHN",
        780: "G",
        800: "OQwØ©®",
        900: "%mæ",
        940: "M",
        960: "œ",
        980: "@",
        1000: "—…Æ",
        1060: "W",
        1100: "Œ",
    },
}
"""Advance widths in thousandths of the font size, by weight: the wider of Lato and Helvetica,
because a reader without Lato sees the latter."""

_ADVANCE = {
    weight: {char: width / 1000 for width, chars in groups.items() for char in chars}
    for weight, groups in _WIDTHS.items()
}


LONGEST = 20_000
"""So many characters of a text are looked at; no picture has room for more."""


def clean(text: object) -> str:
    """A text as one line of characters that XML allows and that cannot reorder their neighbours.

    >>> clean("Buy\\x00\\n now\\u202e")
    'Buy now'
    """
    kept = (c if _drawable(c) else (" " if c.isspace() else "") for c in str(text)[:LONGEST])
    return " ".join("".join(kept).split())


def _drawable(char: str) -> bool:
    if char in "\u200c\u200d":  # joiners shape Persian, Indic scripts and emoji
        return True
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def safe(text: object) -> str:
    """A text cleaned and escaped for XML content and attributes.

    >>> safe("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return escape(clean(text), quote=True)


def width_of(text: str, size: float, weight: int = 400) -> float:
    """The width of a text in pixels, never less than it is drawn with the fonts we name.

    >>> width_of("48,210", 10)
    31.8
    """
    table = _ADVANCE[weight]
    return round(size * sum(_advance(char, table) for char in text), 3)


def _advance(char: str, table: dict[str, float]) -> float:
    known = table.get(char)
    if known is not None:
        return known
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):
        return 0.0
    base = unicodedata.normalize("NFD", char)[0]
    if base != char and base in table:
        return table[base]
    if category == "So" or ord(char) >= 0x1F000:
        return 1.4
    if unicodedata.east_asian_width(char) in "WF":
        return 1.1
    return 0.85 if category == "Lu" else 0.75


def fit(text: str, width: float, size: float, weight: int = 400) -> str:
    """The text, cut with an ellipsis where it would be wider than `width` pixels.

    >>> fit("Who can solve my problem?", 80, 12)
    'Who can sol…'
    """
    if width_of(text, size, weight) <= width:
        return text
    table, room = _ADVANCE[weight], width / size - _ADVANCE[weight][ELLIPSIS]
    kept, used = 0, 0.0
    for char in text:
        used += _advance(char, table)
        if used > room:
            break
        kept += 1
    while kept and unicodedata.category(text[kept : kept + 1] or "a") in ("Mn", "Me", "Cf"):
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def wrap(
    text: str, width: float, size: float, weight: int = 400, lines: int | None = None
) -> list[str]:
    """The text in lines of at most `width` pixels; beyond `lines` of them it is cut.

    A word too long for a line is broken, so scripts without spaces wrap as well.

    >>> wrap("Who can solve my problem?", 90, 12)
    ['Who can solve', 'my problem?']
    """
    found: list[str] = []
    rest = text
    while rest:
        if lines is not None and len(found) == lines - 1:
            return [*found, fit(rest, width, size, weight)]
        line = _first_line(rest, width, size, weight)
        found.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return found


def balance(text: str, width: float, size: float, weight: int = 400, lines: int = 2) -> list[str]:
    """The text wrapped, its two lines about equally long where two are what it takes.

    >>> balance("Do I like what I see?", 90, 12)
    ['Do I like', 'what I see?']
    """
    found = wrap(text, width, size, weight, lines)
    if len(found) != 2 or " ".join(found) != text:
        return found
    words = text.split(" ")
    splits = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return list(min(splits, key=lambda pair: max(width_of(half, size, weight) for half in pair)))


def _first_line(text: str, width: float, size: float, weight: int) -> str:
    if width_of(text, size, weight) <= width:
        return text
    table, used, room, cut = _ADVANCE[weight], 0.0, width / size, 0
    for i, char in enumerate(text):
        used += _advance(char, table)
        if char == " ":
            cut = i
        if used > room:
            return text[: cut or max(i, 1)]
    return text


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun in the right form.

    >>> count(1, "person", "people"), count(1200, "journey")
    ('1 person', '1,200 journeys')
    """
    noun = one if number == 1 else many or one + "s"
    return f"{number:,} {noun}"


def short(number: int) -> str:
    """A large number in at most five characters, for places too narrow for all its digits.

    >>> short(999), short(12_345), short(9_999_999), short(2_500_000_000)
    ('999', '12k', '10M', '2.5bn')
    """
    for unit, sign in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if number >= unit * 0.9995:
            value = number / unit
            digits = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
            return digits.removesuffix(".0") + sign
    return str(number)


def sized(number: int, room: float, size: float, weight: int = 400) -> tuple[str, float]:
    """A number and the size at which it fits into `room` pixels: smaller, at last shortened.

    >>> sized(48_210, 100, 20), sized(10_000_000_000, 60, 20)
    (('48,210', 20.0), ('10bn', 20.0))
    """
    for text in (f"{number:,}", short(number)):
        fitting = size * min(1.0, room / width_of(text, size, weight))
        if fitting >= 0.6 * size:
            break
    return text, fitting


def percent(share: float) -> str:
    """A share as a percentage that never rounds to nothing or to all.

    >>> percent(0.461), percent(0.0042), percent(0.9996), percent(1), percent(1e-9)
    ('46%', '0.4%', '>99.9%', '100%', '<0.1%')
    """
    if share in (0, 1) or 0.0095 <= share < 0.9905:
        text = f"{share:.0%}"
    elif share < 0.0005:
        text = "<0.1%"
    elif 0.9995 <= share < 1:
        text = ">99.9%"
    else:
        text = f"{share:.1%}"
    return text


def duration(days: float) -> str:
    """A time in the unit that suits it.

    >>> duration(2.13), duration(0.1), duration(41.4), duration(1), duration(0)
    ('2.1 days', '2 hours', '41 days', '1 day', 'a minute')
    """
    for unit, length in (("day", 1.0), ("hour", 1 / 24), ("minute", 1 / 1440)):
        amount = days / length
        if amount >= 1:
            digits = f"{amount:.1f}" if unit == "day" and amount < 9.95 else f"{amount:,.0f}"
            digits = digits.removesuffix(".0")
            return f"{digits} {unit}" + ("" if digits == "1" else "s")
    return "a minute"


def finite(value: object) -> float | None:
    """A number as a float, or None where there is none (null, NaN, infinite)."""
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
