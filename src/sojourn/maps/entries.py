"""What each lane shows of a stage: entries made from the answers of the measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sojourn.core.table import Table
from sojourn.maps.filled import Entry
from sojourn.pictures.facts import FEW, StageFacts
from sojourn.pictures.text import count, percent
from sojourn.pictures.words import stalled, stay, went_on

CHIPS, QUOTES, PAINS, CHANCES, CONTENT = 6, 3, 3, 2, 4
"""How many of each a cell shows by itself."""

NONE = "(none)"


@dataclass(frozen=True)
class Answers:
    """What was asked for a map; `before` is what people met in the period before, where one is."""

    met: Table
    verbatims: Table
    emotions: Table
    friction: Table
    moments: Table
    content: Table
    goals: Table
    expectations: Table
    before: Table | None = None


def chips(answers: Answers, stage: str) -> list[Entry]:
    """What people meet in a stage, by most people first, moments of truth marked."""
    truths = {
        row["touchpoint"]
        for row in answers.moments.rows
        if row["stage"] == stage and row["found"] and row["rate_ratio"] > 1
    }
    earlier = {
        (row["stage"], row["name"], row["actor"]): row["people"]
        for row in (answers.before.rows if answers.before else ())
    }
    found = []
    for row in answers.met.rows:
        if row["stage"] != stage:
            continue
        key = (stage, row["name"], row["actor"])
        found.append(
            Entry(
                kind="chip",
                text=row["name"],
                detail=row["channel"] or "",
                people=row["people"],
                before=earlier.get(key, 0) if answers.before else None,
                moment=row["name"] in truths,
                business=row["actor"] == "business",
                device=row["device"] or "",
                opens=f"did('{_quoted(row['name'])}')",
                key=row["name"],
            )
        )
    return _with_truths(found)


def _with_truths(found: list[Entry]) -> list[Entry]:
    """The first ones; a moment of truth is shown even when few people meet it."""
    kept = found[:CHIPS]
    late = [entry for entry in found[CHIPS:] if entry.moment]
    room = [entry for entry in kept if not entry.moment]
    for entry, gone in zip(late, reversed(room), strict=False):
        kept[kept.index(gone)] = entry
    return sorted(kept, key=lambda entry: -(entry.people or 0))


def quotes(answers: Answers, stage: str) -> list[Entry]:
    """What people say in a stage: the most telling, every text once, good and bad by turns."""
    rows = [row for row in answers.verbatims.rows if row["stage"] == stage]
    once = {row["text"]: row for row in reversed(rows)}
    rows = [row for row in rows if once[row["text"]] is row]
    bad = [row for row in rows if (row["sentiment"] or 0) < 0]
    rest = [row for row in rows if row not in bad]
    rest.sort(key=lambda row: -(row["sentiment"] or 0))
    turns = [row for pair in zip(bad, rest, strict=False) for row in pair]
    turns += bad[len(rest) :] + rest[len(bad) :]
    return [
        Entry(
            kind="quote",
            text=row["text"],
            detail=f"{row['name']}, {row['ts']:%-d %b %Y}",
            mean=row["sentiment"],
            opens=f"person = '{_quoted(row['person'])}'",
            key=row["text"],
        )
        for row in turns
    ][:QUOTES]


def pains(answers: Answers, stage: str) -> list[Entry]:
    """Where people are lost in a stage, the most first."""
    return [
        Entry(
            kind="pain",
            text=row["text"],
            detail=_money(row),
            people=round(row["excess_lost"]),
            opens=_people(row["examples"]),
            key=f"{row['kind']}: {row['subject']}",
        )
        for row in answers.friction.rows
        if row["stage"] == stage
    ][:PAINS]


def chances(answers: Answers, stage: str) -> list[Entry]:
    """What might move more people on, if it is the cause."""
    rows = [
        row
        for row in answers.moments.rows
        if row["stage"] == stage and row["found"] and (row["gained"] or 0) >= 1
    ]
    rows.sort(key=lambda row: -row["gained"])
    return [
        Entry(
            kind="chance",
            text=f"More people at “{row['touchpoint']}”: they move on "
            f"{row['rate_ratio']:.1f} times as soon",
            detail=f"up to {count(round(row['gained']), 'person', 'people')} more, "
            "if it is the cause",
            people=round(row["gained"]),
            opens=f"stage = '{stage}' and not did('{_quoted(row['touchpoint'])}')",
            key=row["touchpoint"],
        )
        for row in rows
    ][:CHANCES]


def content(answers: Answers, stage: str) -> list[Entry]:
    """The content that people meet in a stage, and whether it was meant for it."""
    return [
        Entry(
            kind="content",
            text=row["item"],
            detail="meant for another stage" if _elsewhere(row) else "",
            people=row["people"],
            key=row["item"],
        )
        for row in answers.content.rows
        if row["stage"] == stage and row["item"] != NONE
    ][:CONTENT]


def _elsewhere(row: dict[str, Any]) -> bool:
    return bool(row["meant_for"]) and row["meant_for"] != row["stage"]


def feelings(answers: Answers, stage: str) -> list[Entry]:
    """How people feel in a stage; never a mean without how many said so."""
    return [
        Entry(
            kind="feeling",
            text=f"{row['mean']:+.2f}",
            detail=f"{count(row['n'], 'answer')} of {count(row['people'], 'person', 'people')}",
            people=row["people"],
            mean=row["mean"],
            low=row["low"],
            high=row["high"],
        )
        for row in answers.emotions.rows
        if row["stage"] == stage
    ]


def measures(facts: StageFacts) -> list[Entry]:
    """A stage in numbers and plain words; few people are counted, not turned into shares."""
    stage = f"stage = '{facts.id}'"
    found = [Entry("measure", f"{count(facts.people, 'person', 'people')} got here")]
    if not facts.reached:
        return found
    if went_on(facts):
        found.append(Entry("measure", f"{went_on(facts)} go on to {facts.next_name}"))
    if stay(facts):
        found.append(Entry("measure", stay(facts)))
    if facts.here:
        parts = [f"{facts.here:,} here now", stalled(facts)]
        text = ", ".join(part for part in parts if part)
        found.append(Entry("measure", text, opens=f"{stage} and not lapsed"))
    if facts.lapsed:
        share = f"{percent(facts.lapsed / facts.entered)} " if facts.entered >= FEW else ""
        text = f"{share}went quiet ({facts.lapsed:,} of {facts.entered:,})"
        found.append(Entry("measure", text, opens=f"{stage} and lapsed"))
    return found


def expectations(answers: Answers, stage: str) -> list[Entry]:
    """Whether it was as people had expected; of few it is counted, not divided."""
    return [
        Entry(
            kind="measure",
            text=f"As expected or better: {percent(row['share'])}"
            if row["people"] >= FEW
            else f"As expected or better: {row['people'] - row['worse']} of {row['people']}",
            detail=f"better for {row['better']:,}, worse for {row['worse']:,} of "
            + count(row["people"], "person", "people"),
        )
        for row in answers.expectations.rows
        if row["stage"] == stage
    ]


def goals(answers: Answers, stage: str) -> list[Entry]:
    """What the stage should reach, and how that stands."""
    return [
        Entry("measure", row["text"].partition(": ")[2], row["status"])
        for row in answers.goals.rows
        if row["stage"] == stage
    ]


def gaps(filled: dict[str, Sequence[Entry]], owner: str, goal: bool) -> list[Entry]:
    """What a stage has nothing of: touchpoints, content, somebody who looks after it, a goal."""
    missing = [
        ("nobody meets anything here", not filled.get("touchpoints")),
        ("no content", not filled.get("content")),
        ("nobody looks after it", not owner),
        ("no goal", not goal),
    ]
    return [Entry("gap", text) for text, is_missing in missing if is_missing]


def settled(entries: list[Entry], dismissed: Sequence[str], accepted: Sequence[str]) -> list[Entry]:
    """The entries without those that somebody dismissed; accepted ones say so."""
    return [
        replace(entry, accepted=entry.key in accepted)
        for entry in entries
        if entry.key not in dismissed
    ]


def _money(row: dict[str, Any]) -> str:
    told = [f"about {count(round(row['excess_lost']), 'person', 'people')}"]
    if row["money"]:
        told.append(f"{row['money']:,.0f} {row['currency'] or ''}".rstrip())
    if row["since"]:
        told.append(f"since {row['since']}")
    return ", ".join(told)


def _people(examples: str | None) -> str:
    """The condition that finds the people who are named as examples."""
    ids = [f"'{_quoted(each.strip())}'" for each in (examples or "").split(",") if each.strip()]
    return f"person in ({', '.join(ids)})" if ids else ""


def _quoted(text: str) -> str:
    return text.replace("'", "''")
