"""The plain words of the stage pictures, so that all of them say the same thing the same way."""

from __future__ import annotations

from sojourn.pictures.facts import FEW, Facts, StageFacts
from sojourn.pictures.frame import Key
from sojourn.pictures.text import count, duration, percent

EMPTY = (
    "Nobody is on this journey yet.",
    "Bring touchpoints in:",
    "sojourn import FILE",
    "See what counts for each stage:",
    "sojourn models check",
)
PURCHASE = "the purchase"
SIMULATED = "The data is simulated: these people do not exist."
PENDING = "People still here may yet go on."


def went_on(stage: StageFacts) -> str:
    """The share of journeys that got further, `3 of 11` for few people, nothing on the last."""
    if stage.next_name is None or not stage.reached:
        return ""
    if stage.people < FEW or stage.conversion is None:
        return f"{stage.next_reached:,} of {stage.reached:,}"
    return percent(stage.conversion)


def stay(stage: StageFacts) -> str:
    """How long it takes those who go on, where that is known.

    The days are those in which half of the moves within 90 days are made.
    """
    if stage.days_to_move is None or stage.next_name is None:
        return ""
    time = duration(stage.days_to_move)
    return f"after {time}" if stage.moved_on == 1 else f"half of them within {time}"


def leap(stage: StageFacts) -> str:
    """The most usual shortcut out of a stage, when at least one mover in twenty takes it."""
    if stage.leap is None or stage.leap.count * 20 < stage.moved_on:
        return ""
    return f"{stage.leap.count:,} straight to {stage.leap.to}"


def journeys(stage: StageFacts) -> str:
    """How many journeys those people made, where some made several."""
    return "" if stage.reached == stage.people else count(stage.reached, "journey")


def stalled(stage: StageFacts) -> str:
    """How many of those still here have been for longer than usual."""
    return f"{stage.stalled:,} stalled" if stage.stalled else ""


def outcome(stage: StageFacts, *, onward: bool = True) -> list[str]:
    """What became of those who reached a stage: went on (`onward`: whereto), still here, lapsed."""
    if not stage.reached:
        return ["nobody yet"]
    share = went_on(stage)
    whereto = f" to {stage.next_name}" if onward else ""
    on = [f"{share} went on{whereto}", stay(stage), leap(stage)] if share else []
    here = f"{stage.here:,} still here" if stage.here else ""
    sentences = [
        *on,
        ", ".join(text for text in (here, stalled(stage)) if text),
        f"{stage.lapsed:,} lapsed" if stage.lapsed else "",
        f"{stage.restarted:,} began again" if stage.restarted else "",
    ]
    return [text for text in sentences if text]


def again(facts: Facts) -> list[tuple[str, str]]:
    """What flows back from the end to the beginning: numbers and their words."""
    found = []
    if facts.restarted:
        found.append((f"{facts.restarted:,}", "began again"))
    if facts.referred:
        found.append((f"{facts.referred:,}", "came by word of mouth"))
    return found


def stage_keys(facts: Facts) -> list[Key]:
    """The legend of a stage picture: the marks that occur in it."""
    stages = facts.stages
    marks = (
        (Key("solid", "seen in the stage"), True),
        (Key("pale", "got further without it"), facts.skipping),
        (Key("here", "still here"), any(s.here for s in stages)),
        (Key("stalled", "of them stalled: no progress for long"), any(s.stalled for s in stages)),
        (Key("fade", "lapsed: no sign of life for long"), any(s.lapsed for s in stages)),
    )
    return [key for key, occurs in marks if occurs]


def source_line(facts: Facts) -> str:
    """Where the model comes from, and what made the data if people did not."""
    parts = [f"Model: {facts.source.rstrip('.')}."] if facts.source else []
    if facts.simulated:
        parts.append(SIMULATED)
    return " ".join(parts)


def describe(facts: Facts, shape: str) -> str:
    """The text alternative of a stage picture: every number that it shows, in sentences."""
    opening = f"{shape} of {count(len(facts.stages), 'stage')}. {', '.join(facts.about)}."
    if facts.empty:
        return f"{opening} {' '.join(EMPTY)}."
    flows = [f"{number} {words}." for number, words in again(facts)]
    simulated = ["Simulated data."] if facts.simulated else []
    return " ".join([opening, *simulated, *map(_sentence, facts.stages), *flows])


def _sentence(stage: StageFacts) -> str:
    if not stage.reached:
        return f"{stage.name}: nobody yet."
    parts = [
        f"{count(stage.people, 'person', 'people')} in {count(stage.reached, 'journey')}",
        f"seen in {stage.seen:,}",
        f"{stage.passed_over:,} passed over it",
    ]
    if went_on(stage):
        parts.append(f"{went_on(stage)} went on to {stage.next_name} or further")
    parts += [text for text in (stay(stage), leap(stage)) if text]
    if stage.moved_90d is not None and stage.people >= FEW:
        parts.append(f"an estimated {percent(stage.moved_90d)} leave for another within 90 days")
    parts.append(f"{stage.here:,} still here, {stage.stalled:,} of them stalled")
    parts.append(f"{stage.lapsed:,} lapsed")
    if stage.restarted:
        parts.append(f"{stage.restarted:,} began again")
    return f"{stage.name}{' (the purchase)' if stage.neck else ''}: {', '.join(parts)}."
