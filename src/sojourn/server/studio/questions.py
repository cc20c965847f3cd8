"""The closer looks of the pages: their addresses, what they ask, and the fields of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sojourn.server.studio.answers import closer, grow
from sojourn.server.studio.answers.sheet import Sheet


@dataclass(frozen=True)
class Field:
    """A field of a question's own: one of `choices`, or a text with something to choose from."""

    name: str
    label: object
    choices: tuple[tuple[str, object], ...] = ()
    placeholder: str = ""
    source: str = ""


@dataclass(frozen=True)
class Question:
    """A page: where it is, what it asks, what answers it, and which words stand beneath."""

    id: str
    room: str
    tab: object
    asks: object
    answer: Callable[..., Sheet]
    fields: tuple[Field, ...] = ()
    hint: object = ""
    divided: bool = True

    @property
    def route(self) -> str:
        """The page's address, without slashes at its ends."""
        return f"{self.room}/{self.id}"


OF = (("name", _("what happened")), ("channel", _("channel")), ("page", _("page")))
WHAT: dict[str, Any] = {"placeholder": "Order Completed", "source": "names"}

JOURNEY = (
    Question("pace", "journey", _("Pace"), _("How soon do people move on?"), closer.pace),
    Question(
        "flow", "journey", _("Paths"), _("What follows what?"), closer.flow,
        (Field("of", _("Follow"), (*OF, ("device", _("device")))),),
    ),
    Question(
        "funnel", "journey", _("Funnel"), _("Do people do one thing after the other?"),
        closer.funnel,
        (
            Field("within", _("Within"), placeholder="30 days"),
            Field("order", _("Order"), (
                ("ordered", _("in this order")), ("strict", _("with nothing between")),
                ("any", _("in any order")),
            )),
            Field("exclude", _("But not"), **WHAT),
            Field("hold", _("With the same"), placeholder="order_id"),
        ),
    ),
    Question(
        "return", "journey", _("Coming back"), _("Who comes back?"), closer.retention,
        (
            Field("first", _("After the first"), **WHAT),
            Field("back", _("Back means"), **WHAT),
            Field("every", _("By"), tuple((e, _(e)) for e in ("month", "week", "day"))),
        ),
    ),
    Question(
        "feelings", "journey", _("Feelings"), _("How do people feel?"), closer.feelings,
        (Field("of", _("At each"), (("stage", _("stage")), *OF)),),
    ),
    Question(
        "friction", "journey", _("Friction"), _("Where do people get stuck?"), closer.friction,
    ),
    Question(
        "moments", "journey", _("Moments of truth"),
        _("After which touchpoints do people move on sooner?"), closer.moments,
        (Field("of", _("Look at"), OF),), divided=False,
    ),
    Question(
        "forecast", "journey", _("What comes"), _("What comes, and what if?"), closer.forecast,
        (
            Field("weeks", _("Weeks"), tuple((str(n), str(n)) for n in (8, 4, 13, 26))),
            Field("change", _("What if"), placeholder="try>buy +10%"),
        ),
        divided=False,
    ),
)  # fmt: skip
GROW = (
    Question(
        "channels", "grow", _("Channels"),
        _("Which channel brings people who stay, and at what cost?"), grow.channels,
        (Field("ideal", _("Wished for"), source="personas"),), divided=False,
    ),
    Question(
        "credit", "grow", _("Credit"), _("What is each channel worth?"), closer.channels,
        (
            Field("credit", _("Credit to"), (
                ("channel", _("channels")), ("campaign", _("campaigns")),
                ("content", _("content")), ("device", _("devices")),
            )),
            Field("lookback", _("Looking back"), placeholder="30 days"),
        ),
        divided=False,
    ),
    Question(
        "content", "grow", _("Stages"), _("What serves which stage?"), grow.content,
        (Field("of", _("Of"), (
            ("channel", _("channels")), ("content", _("content")),
            ("campaign", _("campaigns")), ("page", _("pages")), ("name", _("touchpoints")),
        )),),
    ),
    Question(
        "referrals", "grow", _("Referrals"), _("Who brings whom?"), closer.referrals,
        divided=False,
    ),
    Question(
        "untagged", "grow", _("Untagged"), _("Which visits did nobody tag?"), grow.untagged,
        divided=False,
    ),
    Question(
        "lifetime", "grow", _("Worth"), _("What is a customer worth?"), closer.lifetime,
        divided=False,
    ),
)  # fmt: skip
ALL = (*JOURNEY, *GROW)
