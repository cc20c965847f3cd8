"""What looks wrong in what was read, each with numbers, an example and what to do.

Nothing here stops an import. A warning that is often wrong is not read, so each has a bar that
ordinary data do not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple, TypeAlias

from sojourn.core.table import plain
from sojourn.store.importers.facts import Facts

FEW = 20
"""Fewer rows than this tell nothing."""

SOME = 500
WEEK = 7
"""So many empty days are a gap, where days are not usually empty."""
MOST_NAMES = 300


class Oddity(NamedTuple):
    """Something that looks wrong: a code that never changes, and what is said of it."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


class Outcome(NamedTuple):
    """What became of all rows that were read, as far as it can look wrong."""

    rows_read: int
    duplicates: int = 0
    rejected: int = 0
    reasons: Mapping[str, int] = {}
    elders: Mapping[str, int] = {}


Check: TypeAlias = Callable[[Facts], Iterator[Oddity]]


def oddities(facts: Facts, outcome: Outcome) -> tuple[Oddity, ...]:
    """Everything that looks wrong, the most telling first."""
    found = [*_outcome(outcome)]
    for check in CHECKS:
        found += check(facts)
    return tuple(found)


def _outcome(outcome: Outcome) -> Iterator[Oddity]:
    read, gone = outcome.rows_read, outcome.rejected
    if read >= FEW and gone * 20 >= read:
        reason, count = next(iter(outcome.reasons.items()))
        yield Oddity(
            "rejected",
            f"{gone:,} of {read:,} rows ({_share(gone, read)}) were rejected, {count:,} of them "
            f"because {reason}. See `sojourn rejected list`.",
        )
    again = outcome.duplicates
    if read >= FEW and again * 5 >= read:
        since = [f"{n:,} of {file}" for file, n in outcome.elders.items()]
        told = f": {', '.join(since[:3])}" if since else " in the file itself"
        yield Oddity(
            "duplicates",
            f"{again:,} of {read:,} rows ({_share(again, read)}) were there already{told}. "
            "Exports that overlap do this; if these are different things, name another "
            "`--event-id`, or a `--source`.",
        )


def _early(facts: Facts) -> Iterator[Oddity]:
    if facts.early and facts.first is not None:
        nil = facts.first.year == 1970 and facts.first.timetuple().tm_yday <= 2
        why = "0 read as a time is the first of January 1970" if nil else "look at the years"
        yield Oddity(
            "before 2000",
            f"{facts.early:,} rows are from before the year 2000, the first from "
            f"{_minute(facts.first)}: {why}. A unit that is wrong does this too (`--time-format`).",
        )


def _future(facts: Facts) -> Iterator[Oddity]:
    if facts.future and facts.latest is not None:
        yield Oddity(
            "future",
            f"{facts.future:,} rows are in the future, the last at {_minute(facts.latest)} UTC: is "
            "the zone right (`--tz`), and the clock of what wrote them?",
        )


def _clock(facts: Facts) -> Iterator[Oddity]:
    rows = facts.rows
    if rows >= FEW and facts.first == facts.last and facts.time_given:
        yield Oddity(
            "one moment",
            f"All {rows:,} rows are of one moment, {_minute(facts.first)} UTC: this may be when "
            "the file was made. Name another column with `--ts`.",
        )
    elif rows >= FEW and facts.midnight * 2 >= rows:
        yield Oddity(
            "midnight",
            f"{facts.midnight:,} of {rows:,} rows ({_share(facts.midnight, rows)}) are at midnight "
            "exactly: they are days without a time of day, and what happened first on a day is "
            "told by the order of the file alone.",
        )


def _days(facts: Facts) -> Iterator[Oddity]:
    days = sorted(facts.days)
    if len(days) < 10 or facts.rows < SOME:
        return
    usual = median(facts.days.values())
    for day in sorted(days, key=lambda d: -facts.days[d])[:2]:
        count = facts.days[day]
        if count >= 10 * usual and count >= 100 and count * 20 >= facts.rows:
            yield Oddity(
                "spike",
                f"{day} has {count:,} rows, {count / usual:,.0f} times a usual day ({usual:,.0f}): "
                "a test, a robot, or the day of an upload instead of the day it happened?",
            )
    yield from _gaps(facts, days)


def _gaps(facts: Facts, days: list[date]) -> Iterator[Oddity]:
    missing = [(b - a).days - 1 for a, b in zip(days, days[1:], strict=False)]
    widest = sorted(range(len(missing)), key=lambda i: -missing[i])[:2]
    for i in widest:
        others = sum(missing) - missing[i]
        usual = others / max(1, len(missing) - 1)
        if missing[i] >= WEEK * (usual + 1):
            before = sum(facts.days[day] for day in days[: i + 1])
            after = facts.rows - facts.early - before
            few = f"; only {before:,} rows are before it" if before * 100 < after else ""
            few = f"; only {after:,} rows are after it" if after * 100 < before else few
            first, last = days[i] + timedelta(1), days[i + 1] - timedelta(1)
            yield Oddity(
                "gap",
                f"Nothing from {first} to {last} ({missing[i]:,} days){few}: is a file missing, or "
                "are these times read wrongly?",
            )


def _persons(facts: Facts) -> Iterator[Oddity]:
    rows, who = facts.rows, facts.person
    if rows >= FEW and facts.persons == 1 and facts.top_person:
        yield Oddity(
            "one person",
            f"All rows are of one person, {facts.top_person!r} in {who!r}: name the column that "
            "tells people apart with `--person`.",
        )
    elif rows >= SOME and facts.persons >= 50 and facts.top_rows * 25 >= rows:
        usual = rows / facts.persons
        if facts.top_rows >= 20 * usual:
            yield Oddity(
                "one id",
                f"{facts.top_person!r} in {who!r} has {facts.top_rows:,} of {rows:,} rows "
                f"({_share(facts.top_rows, rows)}), others {usual:,.0f}: a robot, a test or a "
                "placeholder? Add it to `blocked` in sojourn.toml, and it is nobody.",
            )
    if rows >= FEW and facts.nobody * 2 >= rows:
        yield Oddity(
            "nobody",
            f"{facts.nobody:,} of {rows:,} rows ({_share(facts.nobody, rows)}) are nobody's: "
            f"{who!r} is empty or blocked there. Name further ids (`--device-id`, `--email`).",
        )
    if facts.person_field == "user_id" and facts.known >= FEW and facts.emails * 2 >= facts.known:
        yield Oddity(
            "e-mails",
            f"{facts.emails:,} ids in {who!r} look like e-mail addresses, such as "
            f"{facts.top_person!r}: with `--person-kind email` they are known whatever their case.",
        )


def _ids(facts: Facts) -> Iterator[Oddity]:
    for name, (count, one) in facts.rounded_ids.items():
        yield Oddity(
            "rounded ids",
            f"{count:,} values of {name} went through a spreadsheet that rounded them, such as "
            f"{one}: DIFFERENT PEOPLE OR ORDERS ARE NOW ONE. Take the export from where it comes "
            "from, without opening it in Excel; what is in this file cannot be repaired.",
        )


def _names(facts: Facts) -> Iterator[Oddity]:
    rows, names = facts.rows, facts.kinds
    if rows >= SOME and names == 1 and facts.name_given and facts.names:
        one = next(iter(facts.names))
        yield Oddity(
            "one name",
            f"Every row is {one!r}: if another column says what happened, name it with `--name`.",
        )
    elif names > MOST_NAMES and names * 10 > rows:
        some = ", ".join(repr(name) for name in [*facts.names][:3])
        yield Oddity(
            "many names",
            f"{names:,} different names in {rows:,} rows ({some}): a name says what kind of thing "
            "happened, not to which page or product. Name another column with `--name`.",
        )


def _texts(facts: Facts) -> Iterator[Oddity]:
    for name, (count, one) in facts.spoiled.items():
        yield Oddity(
            "mojibake",
            f"{count:,} values of {name} were spoiled before they came here, such as "
            f"{_short(one)}: UTF-8 was read as something else. Export again as UTF-8.",
        )
    for name, (count, one) in facts.control.items():
        yield Oddity(
            "control characters",
            f"{count:,} values of {name} hold control characters, such as {_short(one)}: they are "
            "kept, but look at where they come from.",
        )
    for name, most in facts.longest.items():
        if most > (200 if name in ("name", "campaign") else 100_000):
            yield Oddity(
                "long text",
                f"The longest value of {name} has {most:,} letters: is a quote missing in the "
                "file, or is this the wrong column?",
            )


def _money(facts: Facts) -> Iterator[Oddity]:
    if len(facts.currencies) > 1:
        told = ", ".join(f"{name} ({n:,})" for name, n in [*facts.currencies.items()][:6])
        yield Oddity(
            "currencies",
            f"Amounts are in {len(facts.currencies)} currencies: {told}. They are never summed.",
        )
    if facts.currencies and facts.without_currency:
        yield Oddity(
            "no currency",
            f"{facts.without_currency:,} of {facts.amounts:,} amounts name no currency, the others "
            "do: they are counted apart.",
        )
    amounts = facts.amounts
    if len(facts.currencies) > 1:
        return  # 1,500 yen among euros are no cents
    if facts.cents * 10 >= amounts and facts.large >= 5 and facts.large * 50 >= amounts:
        yield Oddity(
            "amounts",
            f"{facts.large:,} of {amounts:,} amounts are whole and at least 50 times the usual "
            f"{facts.cents_middle:,.2f}, such as {facts.large_example:,.0f}: are they in cents?",
        )
    elif amounts >= 100 and facts.high and facts.most >= 1000 * facts.high:
        yield Oddity(
            "amounts",
            f"The greatest amount is {facts.most:,.2f}, and 99 in 100 are at most "
            f"{facts.high:,.2f}: has it lost its decimal point?",
        )


CHECKS: tuple[Check, ...] = (
    _ids, _early, _future, _clock, _days, _persons, _names, _texts, _money,
)  # fmt: skip
"""In the order in which they are told."""


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%"


def _minute(moment: object) -> str:
    return str(plain(moment))[:16].replace("T", " ")


def _short(text: str, most: int = 60) -> str:
    at = next((i for i, letter in enumerate(text) if not letter.isascii()), 0)
    begin = max(0, at - 20) if len(text) > most else 0
    return repr(text[begin : begin + most])
