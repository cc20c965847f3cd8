"""A map as a file: a picture, a page that stands alone, or slides to edit."""

from __future__ import annotations

import io
from html import escape
from pathlib import Path

from sojourn.errors import MapError
from sojourn.maps.blocks import beneath
from sojourn.maps.drawing import draw
from sojourn.maps.filled import FilledMap
from sojourn.maps.slides import slides
from sojourn.pictures import save as save_picture
from sojourn.pictures.theme import Theme, web_style
from sojourn.store.durable import replace_text

FORMS = (".svg", ".png", ".pdf", ".html", ".pptx", ".yaml")


def save(shown: FilledMap, path: Path, *, theme: Theme = "light") -> Path:
    """Write a filled map into a file of the form that its name ends in; returns the path."""
    form = path.suffix.lower()
    if form not in FORMS:
        raise MapError(
            f"A map can be {', '.join(FORMS)}; {path.name!r} ends in {path.suffix!r}.",
        )
    if form == ".html":
        replace_text(path, page(shown))
    elif form == ".pptx":
        out = io.BytesIO()
        slides(shown).save(out)
        path.write_bytes(out.getvalue())
    else:
        save_picture(draw(shown, theme=theme), path, scale=1.5)
    return path


def page(shown: FilledMap) -> str:
    """A map as a page of its own, with its numbers as a table beneath; it asks for nothing else."""
    style = (
        f"{web_style()}body{{margin:0;font:16px/1.5 Lato,Helvetica,Arial,sans-serif;"
        "background:#FBF7F0;color:#22211F}main{padding:1rem}.wide{overflow-x:auto}"
        "svg{max-width:none;height:auto}table{border-collapse:collapse;margin:2rem 0}"
        "th,td{border:1px solid #E4DCCD;padding:.5rem;vertical-align:top;text-align:left}"
        "@media(prefers-color-scheme:dark){body{background:#1B1A18;color:#F3EEE4}"
        "th,td{border-color:#3A372F}}"
    )
    head = "".join(f"<th scope=col>{escape(stage.name)}</th>" for stage in shown.stages)
    rows = "".join(
        f"<tr><th scope=row>{escape(lane.name)}</th>"
        + "".join(f"<td>{_cell(shown, lane.id, stage.id)}</td>" for stage in shown.stages)
        + "</tr>"
        for lane in shown.lanes
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(shown.title)}</title><style>{style}</style><main>"
        f"<div class=wide>{draw(shown, theme='web')}</div><div class=wide><table>"
        f"<caption>{escape(shown.title)}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div></main></html>\n"
    )


def _cell(shown: FilledMap, lane_id: str, stage_id: str) -> str:
    """What a stage's cells of a lane say, line by line, its steps named."""
    lane = next(each for each in shown.lanes if each.id == lane_id)
    stage = next(each for each in shown.stages if each.id == stage_id)
    told = []
    for column in dict.fromkeys((stage.id, *stage.columns)):
        step = column.partition("/")[2]
        for entry in lane.cell(column).entries:
            small = f" <small>({escape(beneath(entry))})</small>" if beneath(entry) else ""
            told.append(f"{escape(step)}{': ' if step else ''}{escape(entry.text)}{small}")
    return "<br>".join(told)
