"""Referrals: a bar an advocate, people brought at first hand and at second hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import PALE, Key, footer, header, legend, notice
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, count, fit, width_of
from sojourn.pictures.theme import ACCENTS, Theme

NEEDED = ("advocate", "brought", "second_hand", "currency", "orders", "money")
MOST = 20
ROW, BAR = 42.0, 16.0
EMPTY = (
    "Nobody brought anybody.",
    "Referrals need touchpoints that say by whom somebody was brought: `referred_by`.",
)


@dataclass
class Advocate:
    """Somebody with the people whom they brought, and what these spent."""

    name: str
    brought: int
    second_hand: int
    orders: int = 0
    money: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """What is said of them, the most important first."""
        brought = f"brought {count(self.brought, 'person', 'people')}"
        second = f"{self.second_hand:,} at second hand" if self.second_hand else ""
        orders = count(self.orders, "order") if self.orders else ""
        spent = f"{orders}: {', '.join(self.money)}" if self.money else orders
        return [part for part in (brought, second, spent) if part]


def referrals(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `referrals` table as SVG text: who brought most people first, 20 at most.

    Raises PictureError for another kind of table.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("referrals", rows, dict(table.notes), width, theme))
    found = _advocates(rows)
    title = _title(table, found)
    beneath = [*_k(table), *about(table.notes, block, None)]
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 12
    if found:
        y = _draw(canvas, found[:MOST], y)
        y = legend(canvas, y + 10, _keys(found[:MOST]), ACCENTS[0])
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 4, _small_print(table, found))
    said = [f"{each.name} {', '.join(each.words)}." for each in found[:MOST]]
    return canvas.render(y, title, " ".join([f"{title}.", *said]))


def _advocates(rows: Sequence[dict[str, Any]]) -> list[Advocate]:
    """The advocates in order, each with all currencies."""
    found: dict[str, Advocate] = {}
    for row in rows:
        name = clean(row["advocate"])
        mine = found.setdefault(row["advocate"], Advocate(name, row["brought"], row["second_hand"]))
        mine.orders += row["orders"]
        if row["orders"]:
            mine.money.append(f"{row['money']:,.2f} {clean(row['currency'] or '')}".strip())
    return list(found.values())


def _title(table: Table, found: Sequence[Advocate]) -> str:
    if not found:
        return "Who brought whom"
    brought = int(table.notes.get("brought") or sum(each.brought for each in found))
    by = sum(each.brought > 0 for each in found)
    return f"{count(by, 'advocate')} brought {count(brought, 'person', 'people')}"


def _k(table: Table) -> list[str]:
    k, low, high = (table.notes.get(name) for name in ("k", "k_low", "k_high"))
    if k is None or low is None or high is None:
        return []
    among = count(int(table.notes.get("advocates") or 0), "person", "people")
    return [f"K {k:.2f} ({low:.2f} to {high:.2f})", f"{among} invited or brought somebody"]


def _draw(canvas: Canvas, found: Sequence[Advocate], y: float) -> float:
    left = canvas.margin + (160.0 if canvas.width >= 560 else 96.0)
    room = canvas.width - canvas.margin - left
    most = max(each.brought + each.second_hand for each in found) or 1
    for each in found:
        name = fit(each.name, left - canvas.margin - 12, look.TEXT, 700)
        canvas.text(canvas.margin, y + 13, name, size=look.TEXT, weight=700)
        first, second = (room * n / most for n in (each.brought, each.second_hand))
        canvas.rect(left, y, first, BAR, fill=ACCENTS[0], radius=2)
        canvas.rect(left + first, y, second, BAR, fill=ACCENTS[0], radius=2, opacity=PALE)
        words = " \u00b7 ".join(each.words)
        if width_of(words, look.SMALL) > room:
            words = " \u00b7 ".join(each.words[:2])
        canvas.text(
            left, y + BAR + 14, fit(words, room, look.SMALL), size=look.SMALL,
            fill=canvas.colors.muted,
        )  # fmt: skip
        y += ROW
    return y


def _keys(found: Sequence[Advocate]) -> list[Key]:
    second = [Key("pale", "brought by those")] if any(each.second_hand for each in found) else []
    return [Key("solid", "people brought"), *second]


def _small_print(table: Table, found: Sequence[Advocate]) -> list[str]:
    notes, said = table.notes, []
    if len(found) > MOST:
        said.append(f"The first {MOST} of {len(found):,} advocates.")
    unknown, left = int(notes.get("brought_by_unknown") or 0), int(notes.get("left_out") or 0)
    if unknown:
        said.append(f"{count(unknown, 'more person', 'more people')} brought by the unknown.")
    if left:
        said.append(f"{left:,} left out: own ids, ids of nobody, circles.")
    return [*said, "Money is what the people brought have spent, net of refunds."]
