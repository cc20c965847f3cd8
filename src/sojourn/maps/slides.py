"""A map as slides whose every text can be edited: an overview, then a few lanes a slide."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Emu, Inches, Pt

from sojourn.maps.blocks import beneath
from sojourn.maps.filled import FilledMap, Lane, Stage
from sojourn.maps.images import Picture
from sojourn.pictures.text import count, wrap
from sojourn.pictures.theme import LIGHT

WIDE, HIGH = 13.333, 7.5
MARGIN, LABEL, TOP = 0.4, 1.2, 1.75


def _color(literal: str) -> Any:
    return RGBColor.from_string(literal.removeprefix("#"))  # type: ignore[no-untyped-call]


INK, MUTED, CARD = _color(LIGHT.ink), _color(LIGHT.muted), _color(LIGHT.card)
BODY = 9
LINE = 0.165
"""Inches a line of text takes."""


def slides(shown: FilledMap) -> Any:
    """The presentation of a map, as python-pptx has it."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    for number, lanes in enumerate(_pages(shown)):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = _color(LIGHT.paper)
        more = f" ({number + 1})" if number else ""
        _text(slide, MARGIN, 0.25, WIDE - 2 * MARGIN, 0.5, [(shown.title + more, 22, True, INK)])
        about = " · ".join(shown.about)
        _text(slide, MARGIN, 0.68, WIDE - 2 * MARGIN, 0.3, [(about, 10, False, MUTED)])
        _heads(slide, shown)
        y = TOP
        for lane in lanes:
            y = _lane(slide, shown, lane, y)
    if shown.drift:
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        told = [(sentence, 16, False, INK) for sentence in shown.drift]
        _text(slide, MARGIN, 0.4, WIDE - 2 * MARGIN, 6.5, [("What differs", 22, True, INK), *told])
    return deck


def _pages(shown: FilledMap) -> Iterator[list[Lane]]:
    """The lanes that fit on one slide, slide by slide."""
    page: list[Lane] = []
    used = 0.0
    for lane in shown.lanes:
        high = _height(shown, lane)
        if page and used + high > HIGH - TOP - 0.3:
            yield page
            page, used = [], 0.0
        page.append(lane)
        used += high
    yield page


def _width(shown: FilledMap) -> float:
    return (WIDE - 2 * MARGIN - LABEL) / max(1, len(shown.stages))


def _height(shown: FilledMap, lane: Lane) -> float:
    room = (_width(shown) - 0.2) * 100
    lines = [
        sum(len(wrap(text, room, 13, 400, 12)) for text in _texts(lane, stage))
        for stage in shown.stages
    ]
    tall = max(
        (sum(high for *_, high in _pictures(shown, lane, s)) for s in shown.stages), default=0
    )
    return max(0.4, LINE * max(lines, default=1) + 0.18 + tall)


def _pictures(shown: FilledMap, lane: Lane, stage: Stage) -> list[tuple[Picture, float, float]]:
    """The pictures of a stage in a lane, with their width and height in inches."""
    found, room = [], _width(shown) - 0.2
    for column in dict.fromkeys((stage.id, *stage.columns)):
        for entry in lane.cell(column).entries:
            picture = shown.images.get(entry.key) if entry.kind == "image" else None
            if picture is not None:
                high = min(1.4, room * picture.height / picture.width)
                found.append((picture, high * picture.width / picture.height, high))
    return found


def _texts(lane: Lane, stage: Stage) -> list[str]:
    told = []
    for column in dict.fromkeys((stage.id, *stage.columns)):
        step = column.partition("/")[2]
        for entry in lane.cell(column).entries:
            mark = "★ " if entry.moment else ""
            small = f" ({beneath(entry)})" if beneath(entry) else ""
            told.append(f"{step}{': ' if step else ''}{mark}{entry.text}{small}")
    return told


def _heads(slide: Any, shown: FilledMap) -> None:
    wide = _width(shown)
    for i, stage in enumerate(shown.stages):
        x = MARGIN + LABEL + i * wide
        shape = slide.shapes.add_shape(
            MSO_SHAPE.PENTAGON, Inches(x), Inches(1.05), Inches(wide - 0.06), Inches(0.55)
        )
        shape.fill.solid()
        shape.fill.fore_color.rgb = _color(stage.color)
        shape.line.fill.background()
        people = count(stage.people, "person", "people")
        _fill(shape.text_frame, [(stage.name, 12, True, CARD), (people, 9, False, CARD)])


def _lane(slide: Any, shown: FilledMap, lane: Lane, y: float) -> float:
    high, wide = _height(shown, lane), _width(shown)
    _text(slide, MARGIN, y, LABEL - 0.1, high, [(lane.name, 11, True, INK)])
    for i, stage in enumerate(shown.stages):
        x = MARGIN + LABEL + i * wide
        shape = slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Inches(x), Inches(y), Inches(wide - 0.06), Inches(high - 0.06)
        )
        shape.fill.solid()
        shape.fill.fore_color.rgb = CARD
        shape.line.color.rgb = _color(LIGHT.line)
        shape.line.width = Pt(0.75)
        shape.shadow.inherit = False
        _fill(shape.text_frame, [(text, BODY, False, INK) for text in _texts(lane, stage)])
        bottom = y + high - 0.1
        for picture, broad, tall in _pictures(shown, lane, stage):
            bottom -= tall
            slide.shapes.add_picture(
                BytesIO(picture.data), Inches(x + 0.07), Inches(bottom), Inches(broad), Inches(tall)
            )
    return y + high


def _text(slide: Any, x: float, y: float, wide: float, high: float, told: list[Any]) -> None:
    box = slide.shapes.add_textbox(Inches(x), Inches(y), Inches(wide), Inches(high))
    _fill(box.text_frame, told)


def _fill(frame: Any, told: list[tuple[str, int, bool, Any]]) -> None:
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = Emu(45_720)
    frame.margin_top = frame.margin_bottom = Emu(30_000)
    frame.vertical_anchor = None
    for i, (text, size, bold, color) in enumerate(told):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, color
        run.font.name = "Lato"
