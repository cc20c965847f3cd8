"""The lanes of a map: which fill themselves from the log, and which are written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["hand", "data", "both"]


@dataclass(frozen=True)
class LaneKind:
    """A kind of lane: what it is called, who fills it, and what belongs into it."""

    id: str
    name: str
    kind: Kind
    hint: str


KINDS = {
    lane.id: lane
    for lane in (
        LaneKind("question", "Question", "hand", "What they ask themselves here."),
        LaneKind("goal", "Goal", "both", "What they want to get done."),
        LaneKind("motivation", "Motivation", "hand", "Why it matters to them."),
        LaneKind("actions", "Actions", "hand", "What they do, step by step."),
        LaneKind("touchpoints", "Touchpoints", "both", "What they meet, by how many people."),
        LaneKind("thoughts", "Thoughts", "both", "What they say, in their own words."),
        LaneKind("senses", "Senses", "hand", "What they see, hear, smell, hold."),
        LaneKind("feelings", "Feelings", "data", "How they feel, from what they told."),
        LaneKind("expectation", "Expectation", "both", "What they expect before it happens."),
        LaneKind("pains", "Pains", "both", "Where people are lost, and what hurts."),
        LaneKind("chances", "Chances", "both", "What could move more people on."),
        LaneKind("content", "Content", "both", "What they read, watch and are sent."),
        LaneKind("offers", "Offers", "hand", "What is offered to them here."),
        LaneKind("backstage", "Backstage", "hand", "Who in the firm does what."),
        LaneKind("measures", "Numbers", "data", "How many, how fast, how many leave."),
        LaneKind("coverage", "Gaps", "data", "What this stage has nothing of."),
        LaneKind("text", "Notes", "hand", "Anything else."),
        LaneKind("images", "Pictures", "hand", "Photographs and sketches, each with words."),
    )
}
"""Every kind of lane, in the order in which a map has them unless it says otherwise."""

USUAL = (
    *("question", "goal", "actions", "touchpoints", "thoughts", "feelings", "pains", "chances"),
    *("content", "backstage", "measures", "coverage"),
)
"""The lanes of a map that chooses none."""
