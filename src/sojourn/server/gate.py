"""Before anything is written: a call goes on only with the consent that the workspace requires."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sojourn import settings
from sojourn.core.calls import ENVELOPES, calls_in
from sojourn.core.claims import DEVICE, USER
from sojourn.core.consent import TRAIT, consent_in, is_given
from sojourn.store import traits

HOLDS = 5.0
"""So many seconds the settings and what people agreed to are taken as they were."""

MOST = 200_000
"""Of so many ids the gate remembers what they said since it looked."""

Who = tuple[str, str]


class Gate:
    """Lets calls in whose person agreed to all that is required; all, where nothing is.

    What a call says of consent itself goes first, then what is known of its ids.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.required: tuple[str, ...] = ()
        self._known: dict[tuple[Who, str], bool] = {}
        self._said: dict[tuple[Who, str], bool] = {}
        self._at = -HOLDS
        self._version = -2

    @property
    def stale(self) -> bool:
        """Whether it should look again."""
        return time.monotonic() - self._at > HOLDS

    def look(self) -> None:
        """Read what is required, and who agreed to it."""
        self.required = settings.load(self.root).consent
        self._at = time.monotonic()
        version = traits.version(self.root) if self.required else -2
        if version != self._version:
            self._version = version
            self._known = self._agreed()
        if len(self._said) > MOST:
            self._said.clear()

    def _agreed(self) -> dict[tuple[Who, str], bool]:
        rows = traits.read(self.root).sort_by([("ts", "ascending"), ("value", "ascending")])
        columns = (rows[name].to_pylist() for name in ("kind", "id", "name", "value"))
        return {
            ((kind, text), name.removeprefix(TRAIT)): is_given(value)
            for kind, text, name, value in zip(*columns, strict=True)
            if name.startswith(TRAIT)
        }

    def let_in(self, body: bytes, route: str) -> tuple[bytes | None, str, Counter[str]]:
        """What of a post may be kept (None: nothing), at which route, and how many calls each
        purpose held back.

        A call that takes a known consent back is kept as that, and nothing else of it.
        """
        held: Counter[str] = Counter()
        if not self.required:
            return body, route, held
        try:
            told = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None, route, Counter({self.required[0]: 1})
        kept = []
        for call, shared in calls_in(told, route):
            lacking, word = self._judged(call, shared)
            if lacking is None:
                kept.append(call)
                continue
            held[lacking] += 1
            if word is not None:
                kept.append(word)
        if not held:
            return body, route, held
        if not kept:
            return None, route, held
        if route not in ENVELOPES.values():
            # What takes a consent back is an identify call, whatever its address was.
            return msgspec.json.encode(kept[0]), "identify", held
        return msgspec.json.encode({**told, "batch": kept}), route, held

    def _judged(
        self, call: Any, shared: Mapping[str, Any]
    ) -> tuple[str | None, dict[str, Any] | None]:
        """The first purpose that is lacking, and the word that takes it back where it was known."""
        if not isinstance(call, Mapping):
            return self.required[0], None
        context = {**_mapping(shared.get("context")), **_mapping(call.get("context"))}
        said = consent_in(context, _mapping(call.get("traits")))
        who = _ids(call)
        lacking, taken_back = None, False
        for purpose in self.required:
            known = [self._given(each, purpose) for each in who]
            given = said[purpose] if purpose in said else next((k for k in known if k), False)
            if not given:
                lacking = lacking or purpose
                taken_back |= purpose in said and True in known
        for each in who if lacking is None or taken_back else ():
            self._said.update({(each, purpose): given for purpose, given in said.items()})
        return lacking, _word(call, said) if taken_back else None

    def _given(self, who: Who, purpose: str) -> bool | None:
        key = (who, purpose)
        return self._said[key] if key in self._said else self._known.get(key)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _ids(call: Mapping[str, Any]) -> list[Who]:
    pairs = ((USER, call.get("userId")), (DEVICE, call.get("anonymousId")))
    return [(kind, str(text)) for kind, text in pairs if isinstance(text, (str, int)) and text]


def _word(call: Mapping[str, Any], said: Mapping[str, bool]) -> dict[str, Any]:
    """A call that says what was agreed to, and nothing else."""
    names = ("userId", "anonymousId", "messageId", "timestamp", "originalTimestamp", "sentAt")
    kept = {name: call[name] for name in names if name in call}
    return {**kept, "type": "identify", "traits": {"consent": dict(said)}}
