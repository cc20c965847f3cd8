"""The kinds of friction that are looked for. To add one, write how its cases are found and list it.

A detector finds *cases*: somebody in a situation in which this friction could occur. Some are bad.
Those who do not go on are lost, and what counts is how many more of the bad ones are than of the
comparable others.
"""

from __future__ import annotations

from sojourn.measure.friction.asking import late, silence, sour, sour_late, unheard, waits
from sojourn.measure.friction.attempts import failed, unfinished
from sojourn.measure.friction.cases import Detector
from sojourn.measure.friction.meeting import circles, errors, low_scores, support
from sojourn.measure.friction.stuck import stuck

DETECTORS = (
    Detector(
        "failed",
        "Does something go wrong while people try (a form that fails, a payment refused)?",
        "did not finish",
        "finished",
        "met",
        failed,
        waits=False,
    ),
    Detector(
        "unfinished",
        "Do people start something (a trial, a checkout, a form) and not finish it?",
        "did not finish",
        "finished",
        "lost",
        unfinished,
        waits=False,
        always="device",
    ),
    Detector(
        "silent",
        "Do people ask for something (a guide, a trial) that never comes or is never opened?",
        "did not go on",
        "went on",
        "late",
        silence,
    ),
    Detector(
        "waits",
        "Do people wait far longer than usual for what they asked for?",
        "did not go on",
        "went on",
        "late",
        waits,
    ),
    Detector(
        "sour waits",
        "Do people who waited far longer than usual give low scores?",
        "gave a low score",
        "was content",
        "late",
        sour,
        waits=False,
        worth=False,
    ),
    Detector(
        "late",
        "Does what people were promised come later than promised?",
        "did not go on",
        "went on",
        "met",
        late,
        waits=False,
    ),
    Detector(
        "sour late",
        "Do people to whom something came later than promised give low scores?",
        "gave a low score",
        "was content",
        "met",
        sour_late,
        waits=False,
        worth=False,
    ),
    Detector(
        "errors",
        "Do people meet errors outside of what they start and finish?",
        "did not go on",
        "went on",
        "met",
        errors,
        waits=False,
    ),
    Detector(
        "circles",
        "Do people go in circles: the very same four times in one visit?",
        "did not go on",
        "went on",
        "met",
        circles,
    ),
    Detector("low scores", "Do people give a low score and leave?", "did not go on",
             "went on", "met",
             low_scores),
    Detector("support", "Do people have to ask for help, and leave?", "did not go on",
             "went on", "met",
             support),
    Detector("unheard", "Do people buy and never hear from us?", "did not go on", "went on",
             "late", unheard),
    Detector(
        "stuck",
        "Do people stay in a stage before the purchase longer than they used to?",
        "did not go on",
        "went on",
        "lost",
        stuck,
        waits=False,
        always="nothing",
    ),
)  # fmt: skip
"""In the order in which they are asked."""
