"""What the worker does for the feed: looks whether anything changed, and has it told."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sojourn import shelf
from sojourn.core.model import Model, model_from_yaml
from sojourn.errors import ModelError, UnknownName
from sojourn.server.feed.fold import Fold, Followed, Moment, version_of
from sojourn.server.inbox import now
from sojourn.settings import Settings
from sojourn.store.log import Log
from sojourn.store.recipes.replaying import LIVE
from sojourn.store.trail import Trail
from sojourn.workspace import Workspace

ALL = "*"
RECEIVED = re.compile(re.escape(LIVE) + r".+-\d+-\d+[ab]*\.jsonl")
"""The names of the pieces in which the worker brings in what was received."""

log = logging.getLogger("sojourn.feed")


class Following:
    """Follows the models of one workspace that its server's setting `follow` names."""

    def __init__(
        self, workspace: Workspace, follow: str, pulse: Callable[[], None] = lambda: None
    ) -> None:
        self.workspace = workspace
        self.follow = follow
        self.fold = Fold(workspace.folder, pulse)
        self._read: dict[str, tuple[str, Model]] = {}
        self._faults: dict[str, str] = {}

    def look(self, waiting_since: int | None = None) -> int:
        """Bring the feed up to the trail and the clock; how many rows that added.

        The clock stands still at `waiting_since`, when the oldest touchpoint came in that is
        not in the log yet: nobody lapses who is known to be there.
        """
        trail = self.workspace.trail_as_it_is()
        settings = self.workspace.settings
        present = now()
        as_of = trail.recorded
        if settings.clock == "live":
            as_of = max(as_of, present) if waiting_since is None else min(present, waiting_since)
        moment = Moment(as_of, present, self._imported(trail))
        started, followed = time.monotonic(), self.followed(settings)
        added = self.fold.bring_up(trail, followed, moment)
        if added:
            log.info("%d rows were told in %.2f s", added, time.monotonic() - started)
        return added

    def followed(self, settings: Settings) -> list[Followed]:
        """The models that are followed, as they are meant now.

        One that cannot be read stays what it was before.
        """
        rules = {"order": settings.order, "unit": settings.unit, "zone": settings.zone}
        found = []
        for name in names(self.workspace.folder, settings, self.follow):
            model = self._model(name, settings.zone)
            if model is not None:
                found.append(Followed(model, version_of(model, rules)))
        return found

    def _model(self, name: str, zone: str) -> Model | None:
        known = self._read.get(name)
        try:
            text, origin = shelf.text(self.workspace.folder, name)
            if known is None or known[0] != text + zone:
                known = self._read[name] = (
                    text + zone,
                    model_from_yaml(text, origin=origin, zone=zone),
                )
            self._faults.pop(name, None)
        except (ModelError, UnknownName) as error:
            if self._faults.get(name) != error.message:
                self._faults[name] = error.message
                log.warning("the model %s is followed as it was: %s", name, error.message)
        return None if known is None else known[1]

    def _imported(self, trail: Trail) -> list[tuple[int, int]]:
        """The numbers of touchpoints that came in by files since the feed was brought up."""
        folded = self.fold.table.folded().seq
        if trail.note.covered <= folded:
            return []
        records = Log(self.workspace.folder).imports_after(folded)
        return [
            (record.first_seq, record.last_seq)
            for record in records
            if record.first_seq is not None
            and record.last_seq is not None
            and not RECEIVED.fullmatch(Path(record.file).name)
        ]

    def close(self) -> None:
        """Let go of the feed's file."""
        self.fold.table.close()


def names(folder: Path, settings: Settings, follow: str) -> Sequence[str]:
    """The ids of the models to follow: those named, or all (`*`), or the workspace's own ones."""
    if follow.strip() == ALL:
        return shelf.known(folder)
    told = [name.strip() for name in follow.split(",") if name.strip()]
    own = [name for name in shelf.known(folder) if name not in shelf.BUILT_IN]
    return told or [*dict.fromkeys([settings.journey, *own])]
