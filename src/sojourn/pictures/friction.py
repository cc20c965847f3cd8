"""Friction: a bar a finding for the people lost in excess, its interval, and since when."""

from __future__ import annotations

from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import Key, footer, header, legend, notice
from sojourn.pictures.svg import Canvas, digest, polyline
from sojourn.pictures.text import clean, count, fit, short, width_of, wrap
from sojourn.pictures.theme import Theme

NEEDED = (
    "rank", "kind", "stage", "subject", "excess_lost", "low", "high", "money", "currency", "since",
    "trend", "text",
)  # fmt: skip
SHADES = "▁▂▃▄▅▆▇█"
BAR, SPARK, NARROW = 12.0, 132.0, 560.0
MOST, LEAST_PLACE, MILLION = 12, 70.0, 1e6
COLOR, WARM = look.ACCENTS[6], look.ACCENTS[5]
HEADS = {
    "failed": "Something fails",
    "unfinished": "Left unfinished",
    "silent": "Asked, and nothing came",
    "waits": "Long waits",
    "sour waits": "Long waits, low scores",
    "late": "Later than promised",
    "sour late": "Late, and low scores",
    "errors": "Errors on the way",
    "circles": "Going in circles",
    "low scores": "Low scores",
    "support": "Help needed",
    "unheard": "Never heard from us",
    "stuck": "Stuck in a stage",
}
EMPTY = (
    "Nothing is told.",
    "No loss among the people asked about is in excess of what chance explains as well.",
)


def friction(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `friction` table of one block as SVG text, the twelve costliest findings.

    A bar is as long as the people lost in excess, a thin line over it their 95% interval; at the
    right is how often it happened over the whole time. Raises PictureError for another kind of
    table, or one of several blocks.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("friction", rows, dict(table.notes), width, theme))
    findings = _findings(rows)
    people = int(table.notes.get("people") or 0)
    counted = [count(len(findings), "finding")] if findings else []
    beneath = [*counted, *about(table.notes, block, people)]
    title = "Where people are lost"
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 14
    if findings:
        for place, finding in enumerate(findings[:MOST]):
            if place:
                room = canvas.width - 2 * canvas.margin
                canvas.rect(canvas.margin, y - 14, room, 1, fill=canvas.colors.line)
            y = _finding(canvas, findings, finding, y)
        y = legend(canvas, y + 6, [Key("solid", "people lost in excess, 95% interval")], COLOR)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 4, _small_print(findings))
    said = " ".join(clean(finding["text"]) for finding in findings) or " ".join(EMPTY)
    return canvas.render(y, title, said)


def _findings(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One element a finding, with the money of all its currencies."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        finding = found.setdefault(row["rank"], {**row, "monies": []})
        if row["money"] is not None:
            money = _money(float(row["money"]))
            finding["monies"].append(f"{money} {clean(row['currency'] or '')}".strip())
    return list(found.values())


def _money(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) < MILLION else short(round(amount))


def _finding(
    canvas: Canvas, findings: list[dict[str, Any]], finding: dict[str, Any], y: float
) -> float:
    left, right = canvas.margin, canvas.width - canvas.margin
    small = canvas.width < NARROW
    room = right - left - (0 if small else SPARK + 28)
    kind = clean(finding["kind"])
    head = f"{finding['rank']}. {HEADS.get(kind, kind.capitalize())}"
    place = f"in {clean(finding['stage'])} · " if finding["stage"] else ""
    # the arrow is not in our font
    place += clean(finding["subject"]).replace("→", "to")
    head = fit(head, room - _amount_width(finding, room) - 12, look.NAME, 700)
    canvas.text(left, y + 8, head, size=look.NAME, weight=700)
    after = left + width_of(head, look.NAME, 700) + 8
    free = left + room - after - _amount_width(finding, room) - 16
    if free >= LEAST_PLACE:
        canvas.text(after, y + 8, place, size=look.SMALL, fill=canvas.colors.muted, within=free)
    _amount(canvas, finding, room, y + 8)
    _bar(canvas, finding, max(max(f["high"], f["excess_lost"]) for f in findings), room, y + 18)
    lines = wrap(clean(finding["text"]), room, look.SMALL, 400, 4)
    end = canvas.lines(left, y + 18 + BAR + 18, lines, leading=15)
    if small:
        _spark(canvas, finding, left, end - 2, room)
        end += 44
    else:
        _spark(canvas, finding, right - SPARK, y + 6, SPARK)
        end = max(end, y + 62)
    return end + 22


def _amount_width(finding: dict[str, Any], room: float) -> float:
    lost, beside = _amount_words(finding, room)
    return width_of(lost, look.NAME, 700) + 5 + width_of(beside, look.SMALL)


def _amount_words(finding: dict[str, Any], room: float) -> tuple[str, str]:
    lost = max(1, round(finding["excess_lost"]))
    words = ["person" if lost == 1 else "people", *finding["monies"][:2]]
    return f"{lost:,}", fit(" · ".join(words), min(190.0, 0.38 * room), look.SMALL)


def _amount(canvas: Canvas, finding: dict[str, Any], room: float, y: float) -> None:
    """How many people, bold, and what that is worth, flush right."""
    lost, beside = _amount_words(finding, room)
    right = canvas.margin + room
    canvas.text(right, y, beside, size=look.SMALL, anchor="end", fill=canvas.colors.muted)
    x = right - width_of(beside, look.SMALL) - 5
    canvas.text(x, y, lost, size=look.NAME, weight=700, anchor="end")


def _bar(canvas: Canvas, finding: dict[str, Any], most: float, room: float, y: float) -> None:
    left, scale = canvas.margin, room / most if most else 0.0
    canvas.rect(left, y, room, BAR, fill=canvas.colors.line, radius=3, opacity=0.5)
    canvas.rect(
        left, y, max(1.5, finding["excess_lost"] * scale), BAR, fill=COLOR, radius=3, opacity=0.85
    )
    low = left + max(0.0, finding["low"]) * scale
    high = left + min(most, max(finding["high"], finding["low"])) * scale
    middle = y + BAR / 2
    ink = canvas.colors.ink
    canvas.path(polyline([(low, middle), (high, middle)]), stroke=ink, thickness=1)
    for end in (low, high):
        canvas.path(polyline([(end, middle - 3), (end, middle + 3)]), stroke=ink, thickness=1)


def _spark(canvas: Canvas, finding: dict[str, Any], x: float, y: float, room: float) -> None:
    """How often it happened over the whole time: a bar a span, a dot where nothing could."""
    trend = str(finding["trend"] or "")
    if not trend:
        return
    step, high = room / len(trend), 26.0
    begun = _begun(finding)
    for place, shade in enumerate(trend):
        at = x + place * step
        level = SHADES.find(shade)
        if level < 0:
            canvas.rect(at + step / 2 - 0.75, y + high - 2, 1.5, 1.5, fill=canvas.colors.muted)
            continue
        tall = max(1.5, level / (len(SHADES) - 1) * high)
        wide = max(1.0, step - 1.2)
        canvas.rect(at, y + high - tall, wide, tall, fill=WARM, opacity=1 if begun else 0.6)
    canvas.rect(x, y + high + 1, room, 1, fill=canvas.colors.line)
    words = f"since {finding['since']}" if begun else "all the time"
    canvas.text(x, y + high + 15, words, size=look.SMALL, fill=canvas.colors.muted, within=room)


def _begun(finding: dict[str, Any]) -> bool:
    return bool(finding.get("since"))


def _small_print(findings: list[dict[str, Any]]) -> list[str]:
    if not findings:
        return []
    found = [
        "In excess: more than of comparable others in the same stage.",
        "Small bars: how often it happened, over the whole time.",
    ]
    if any(finding["monies"] for finding in findings):
        found.append("Money: what as many of those who went on spent in 90 days.")
    if len(findings) > MOST:
        found.append(f"The first {MOST} of {len(findings):,} findings are shown.")
    return found
