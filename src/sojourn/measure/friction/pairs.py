"""Names that belong together: what is started and finished, asked and answered, asked and opened.

The names of the vocabulary are listed; others are told by their object and action, so that
`Application Started` belongs to `Application Submitted`, and `quote_request` to `quote_sent`,
whoever invented them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sojourn.core.durations import DAY

ORDER = "an order"
"""Stands for any order among the names that finish something."""


@dataclass(frozen=True)
class Pair:
    """One of `first`, and how soon one of `then` should follow."""

    first: str
    then: tuple[str, ...]
    within: int | None = None

    @property
    def label(self) -> str:
        """How the pair is named in answers."""
        return f"{self.first} → {self.then[0]}"


STARTED = ("started", "start", "begun", "began", "begin")
FINISHED = (
    "completed", "complete", "submitted", "submit", "finished", "finish", "done", "succeeded",
    "success",
)  # fmt: skip
ASKED = ("requested", "request", "asked", "ordered")
ANSWERED = (
    "delivered", "answered", "sent", "solved", "resolved", "closed", "approved", "received",
)  # fmt: skip
OPENED = ("opened", "open", "used", "activated", "read", "downloaded")

STARTED_PAIRS = (
    Pair("checkout started", (ORDER, "checkout completed"), DAY),
    Pair("begin checkout", (ORDER,), DAY),
    Pair("trial started", (ORDER, "subscription started", "trial converted"), 30 * DAY),
    Pair("form started", ("form submitted",), DAY),
    Pair("form start", ("form submit",), DAY),
)
WAITING_PAIRS = (
    Pair("order completed", ("order delivered",)),
    Pair("support opened", ("support solved",)),
    Pair("guide requested", ("guide delivered",)),
)
SILENT_PAIRS = (
    Pair("guide requested", ("guide delivered",), 3 * DAY),
    Pair("guide requested", ("guide opened",), 3 * DAY),
    Pair("trial started", ("product used", "trial used", "trial activated"), 7 * DAY),
)
TROUBLE = re.compile(
    r"\b(fail|failed|failure|error|errors|errored|declined|refused|rejected|crash|crashed|exception"
    r"|timeout|timed out|unavailable|out of stock|not found|no results|denied|invalid|broken"
    r"|bug|rage click|dead click|404|500)s?\b"
)
"""What names say of something that went wrong."""
SAYS_SO = (
    r'"(error|errors|error_code|error_message)"\s*:\s*("[^"]|[1-9{]|\[[^\]]|true)'
    r'|"(status|result|outcome)"\s*:\s*"(?i:failed|failure|error|declined|rejected)"'
    r'|"(success|ok)"\s*:\s*false'
)
"""Properties that say it, whatever the name."""
PROMISE_KEYS = (
    "promised_at", "promised_for", "promised_by", "promised", "estimated_delivery",
    "estimated_delivery_date", "delivery_estimate", "expected_at", "expected_delivery", "due_at",
    "due", "deadline",
)  # fmt: skip
PROMISES = '"(' + "|".join(PROMISE_KEYS) + ')"'
"""Where what is asked for may name the day that was promised."""
SUPPORT = re.compile(r"\b(support|ticket|complaint|complained|helpdesk|help)\b")
CLOSING = re.compile(r"\b(solved|resolved|closed|rated|answered)\b")
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^0-9A-Za-z]+")


def plainly(name: str) -> str:
    """A name in small letters and single spaces, however it is written.

    >>> plainly("Checkout Started"), plainly("payment_failed"), plainly("formSubmit")
    ('checkout started', 'payment failed', 'form submit')
    """
    return " ".join(_BORDER.sub(" ", name).split()).casefold() or name.casefold()


def is_trouble(name: str) -> bool:
    """Whether a name tells of something that went wrong.

    >>> is_trouble("Form Failed"), is_trouble("payment_error"), is_trouble("Order Completed")
    (True, True, False)
    """
    return TROUBLE.search(plainly(name)) is not None


def is_support(name: str) -> bool:
    """Whether a name tells of somebody who asked for help.

    >>> is_support("Support Opened"), is_support("Support Solved")
    (True, False)
    """
    plain = plainly(name)
    return SUPPORT.search(plain) is not None and CLOSING.search(plain) is None


def started(names: Collection[str]) -> list[Pair]:
    """What is started and how it is finished, among these names.

    >>> [pair.label for pair in started(["Application Started", "Application Submitted"])]
    ['Application Started → Application Submitted']
    >>> [pair.label for pair in started(["begin_checkout", "purchase"])]
    ['begin_checkout → an order']
    """
    return paired(names, STARTED_PAIRS, STARTED, FINISHED, 7 * DAY)


def waiting(names: Collection[str]) -> list[Pair]:
    """What people ask for and how it is answered, among these names."""
    return paired(names, WAITING_PAIRS, ASKED, ANSWERED, None)


def silent(names: Collection[str]) -> list[Pair]:
    """What people ask for and should get or open, among these names."""
    return paired(names, SILENT_PAIRS, ASKED, OPENED, 7 * DAY)


def paired(
    names: Collection[str],
    known: Iterable[Pair],
    firsts: Sequence[str],
    thens: Sequence[str],
    within: int | None,
) -> list[Pair]:
    """The known pairs among these names, and those of one object with two such actions."""
    of: dict[str, list[str]] = {}
    for name in sorted(names):
        of.setdefault(plainly(name), []).append(name)

    def told(plain: Iterable[str]) -> tuple[str, ...]:
        return tuple(n for each in plain for n in ([ORDER] if each == ORDER else of.get(each, [])))

    found = [
        Pair(first, then, pair.within)
        for pair in known
        for first in of.get(pair.first, [])
        if (then := told(pair.then))
    ]
    taken = {pair.first for pair in found}
    for plain, written in of.items():
        for form in filter(None, (formed(plain, each) for each in firsts)):
            then = told(form(action) for action in thens)
            found += [Pair(first, then, within) for first in written if then and first not in taken]
            taken.update(written)
    return found


def formed(plain: str, action: str) -> Callable[[str], str] | None:
    """How another action on the same object is named, where this name is one of `action`.

    >>> [formed("start quiz", "start")("finish"), formed("quiz started", "started")("done")]
    ['finish quiz', 'quiz done']
    """
    if plain.endswith(f" {action}"):
        return lambda other: f"{plain.removesuffix(action)}{other}"
    if plain.startswith(f"{action} "):
        return lambda other: f"{other}{plain.removeprefix(action)}"
    return None
