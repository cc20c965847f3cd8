"""What a touchpoint happened on, told from the user agent or a word.

Bots are known by the community's list of crawlers (the package crawler-user-agents); the kinds
of devices by rules held as data (`data/devices.yaml`).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from crawleruseragents import is_crawler  # type: ignore[import-untyped]

from sojourn.core.data import load
from sojourn.core.touchpoint import BOT

DEVICES = ("phone", "tablet", "computer", "tv", "in person", BOT)
"""Every device there is; `bot` is a machine's doing and in no measure."""

MAX_USER_AGENT = 1_000
"""Only so much of a user agent is looked at (characters)."""


def device_of(user_agent: str | None) -> str | None:
    """The device behind a user agent: phone, tablet, computer, tv or bot; None when unknown.

    >>> device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148 Safari")
    'phone'
    >>> device_of("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    'bot'
    """
    return _device((user_agent or "")[:MAX_USER_AGENT])


@lru_cache(maxsize=1 << 14)
def _device(text: str) -> str | None:
    carriers, bots, kinds = _patterns()
    if not carriers.search(text) and (bots.search(text) or is_crawler(text)):
        return BOT
    return next((device for device, pattern in kinds if pattern.search(text)), None)


def normalise(word: str | None) -> str | None:
    """The device that a word means, or None when it means none that is known.

    >>> normalise("Mobile"), normalise("desktop"), normalise("In Store"), normalise("fridge")
    ('phone', 'computer', 'in person', None)
    """
    return _words().get((word or "").strip().casefold())


@cache
def _words() -> dict[str, str]:
    return {
        word: device for device, words in load("devices.yaml")["words"].items() for word in words
    }


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], list[tuple[str, re.Pattern[str]]]]:
    data = load("devices.yaml")
    kinds = [(kind["device"], re.compile(kind["pattern"])) for kind in data["kinds"]]
    return re.compile(data["carriers"]), re.compile(data["bots"]), kinds
