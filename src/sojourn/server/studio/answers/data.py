"""What the room Data shows and changes: sources, imports, rejected rows, models, settings."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sojourn.core.model import Model, model_from_yaml
from sojourn.core.table import Table
from sojourn.errors import MappingNeeded, SojournError, WorkspaceBusy
from sojourn.server.inbox import Inbox
from sojourn.settings import KEYS
from sojourn.store.database import FOLDER
from sojourn.store.durable import replace_text
from sojourn.store.importers import ImportReport
from sojourn.workspace import Workspace

UPLOADS, PROGRESS = "uploads", "progress.json"
PATIENCE = 60.0
"""How many seconds an import waits for another writer."""

KEPT = 24 * 3600
"""For how many seconds an uploaded file is kept."""

NOWHERE = "in none"
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sources:
    """Where touchpoints come from: the keys with what waits, and what each import brought."""

    keys: tuple[tuple[str, str], ...]
    waiting: int
    lag: float
    problem: str
    arrived: tuple[Mapping[str, Any], ...]


def sources(workspace: Workspace) -> Sources:
    """The sources, the one that brought something last first."""
    with closing(Inbox(workspace.folder)) as inbox:
        keys, waiting = tuple(inbox.keys().items()), inbox.waiting()
    lag = 0.0 if waiting.since is None else max(0.0, time.time() - waiting.since / 1e6)
    found: dict[str, dict[str, Any]] = {}
    for row in workspace.imports().rows if workspace.log.exists() else ():
        mine = found.setdefault(row["source"], {"source": row["source"], "touchpoints": 0})
        mine["touchpoints"] += row["touchpoints"]
        mine["rejected"] = mine.get("rejected", 0) + row["rejected"]
        mine["at"] = row["at"]
    arrived = sorted(found.values(), key=lambda each: each["at"], reverse=True)
    return Sources(keys, waiting.posts, lag, waiting.problem or "", tuple(arrived))


def add_key(workspace: Workspace, name: str) -> str:
    """A new write key."""
    with closing(Inbox(workspace.folder)) as inbox:
        return inbox.add_key(name)


def remove_key(workspace: Workspace, name: str) -> None:
    """Let a source send no more."""
    with closing(Inbox(workspace.folder)) as inbox:
        inbox.remove_key(name)


# Importing


@dataclass(frozen=True)
class Looked:
    """An uploaded file: its columns, what still has to be said, and what an import would do."""

    file: str
    columns: Table | None
    report: ImportReport | None
    problem: str
    hint: str
    needs: bool


def upload_folder(root: Path, token: str) -> Path:
    """Where an uploaded file lies; a token has no other characters than these."""
    if not token.isalnum():
        raise MappingNeeded("There is no such upload.")
    return root / FOLDER / UPLOADS / token


def uploaded(root: Path, token: str) -> Path:
    """The uploaded file."""
    folder = upload_folder(root, token)
    found = [p for p in folder.glob("*") if p.name != PROGRESS] if folder.is_dir() else []
    if not found:
        raise MappingNeeded("This upload is no longer there.", hint="Upload the file again.")
    return found[0]


def sweep(root: Path) -> None:
    """Forget uploads of yesterday."""
    for folder in (root / FOLDER / UPLOADS).glob("*"):
        if time.time() - folder.stat().st_mtime > KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _said(said: Pairs) -> dict[str, Any]:
    """What a form says of a file, as `Workspace.add` takes it."""
    given = {key: value for key, value in said if value}
    source = given.pop("source", "")
    return {**given, **({"source_name": source} if source else {})}


def look(workspace: Workspace, token: str, said: Pairs) -> Looked:
    """What is in an uploaded file, and what an import of it would do, without doing it."""
    path = uploaded(workspace.folder, token)
    columns, report, problem, hint, needs = None, None, "", "", False
    try:
        columns = workspace.columns(path)
    except SojournError as error:
        problem, hint = error.message, error.hint or ""
    try:
        report = workspace.add(path, dry_run=True, **_said(said))
        problem, hint = "", ""
    except MappingNeeded as error:
        problem, hint, needs = error.message, "", True
    except SojournError as error:
        problem, hint = error.message, error.hint or ""
    return Looked(path.name, columns, report, problem, hint, needs)


def bring_in(workspace: Workspace, token: str, said: Pairs) -> ImportReport:
    """Import an uploaded file; how far it is stands beside it meanwhile."""
    path = uploaded(workspace.folder, token)
    beside = path.parent / PROGRESS

    def tell(done: int, whole: int) -> None:
        beside.write_text(json.dumps({"done": done, "whole": whole}), encoding="utf-8")

    ends = time.monotonic() + PATIENCE
    while True:
        try:
            report = workspace.add(path, progress=tell, **_said(said))
        except WorkspaceBusy:
            if time.monotonic() > ends:
                raise
            time.sleep(0.3)
        else:
            shutil.rmtree(path.parent, ignore_errors=True)
            return report


def progress(root: Path, token: str) -> float:
    """How much of an import is done, from 0 to 1."""
    try:
        told = json.loads((upload_folder(root, token) / PROGRESS).read_text(encoding="utf-8"))
        return float(told["done"]) / max(1.0, float(told["whole"]))
    except (OSError, ValueError, KeyError):
        return 0.0


def imports(workspace: Workspace) -> Table:
    """What was imported, the newest first."""
    table = workspace.imports()
    order = list(reversed(range(len(table))))
    return Table(table.kind, table.columns, table.data.take(order), table.notes)


def undo(workspace: Workspace, import_id: str) -> str:
    """Take an import back."""
    return str(workspace.undo(import_id))


# Rejected rows


def rejected(workspace: Workspace) -> Table:
    """The rows that could not be read."""
    return workspace.rejected.list(200)


def export_rejected(workspace: Workspace) -> bytes:
    """The rejected rows as a CSV file to be mended."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.csv"
        workspace.rejected.export(path)
        return path.read_bytes()


def replay(workspace: Workspace, token: str) -> str:
    """Import rejected rows that were mended."""
    path = uploaded(workspace.folder, token)
    try:
        return str(workspace.replay(path))
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def health(workspace: Workspace) -> Table:
    """Whether everything adds up."""
    return workspace.doctor()


# Models


@dataclass(frozen=True)
class Judged:
    """What becomes of a model's text: what is wrong, or how many people it would move."""

    problem: str
    hint: str
    name: str
    people: int
    moved: int
    moves: tuple[tuple[str, str, int], ...]


def model_text(workspace: Workspace, name: str) -> str:
    """A model's YAML."""
    return workspace.model_text(name)[0]


def judge(workspace: Workspace, name: str, text: str) -> Judged:
    """A model's text checked, and beside the saved one: who would be in another stage."""
    try:
        model = model_from_yaml(text, origin=f"{name}.yaml", zone=workspace.settings.zone)
    except SojournError as error:
        return Judged(error.message, error.hint or "", "", 0, 0, ())
    if name != model.id:
        hint = f"Write `id: {name}`, or make a model of another name."
        return Judged(f"id: found {model.id!r}, expected {name!r}", hint, model.name, 0, 0, ())
    now = _stages(workspace, model)
    then = _stages(workspace, workspace.model(name)) if name in workspace.models() else {}
    titles = {stage.id: stage.name for stage in model.stages}
    moves = Counter(
        (titles.get(then.get(who) or "", NOWHERE), titles.get(stage or "", NOWHERE))
        for who, stage in now.items()
        if then and then.get(who) != stage
    )
    listed = tuple((old, new, count) for (old, new), count in moves.most_common(8))
    return Judged("", "", model.name, len(now), sum(moves.values()), listed)


def _stages(workspace: Workspace, model: Model) -> dict[str, str | None]:
    """Everybody's stage in a model."""
    table = workspace.people.list(model=model)
    return dict(zip(table.column("person"), table.column("stage"), strict=True))


def save_model(workspace: Workspace, name: str, text: str) -> None:
    """Keep a model's YAML in the workspace; the text before stays beside it."""
    judged = judge(workspace, name, text)
    if judged.problem:
        raise SojournError(judged.problem, hint=judged.hint)
    folder = workspace.folder / "models"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    if path.is_file():
        kept = folder / ".versions" / name
        kept.mkdir(parents=True, exist_ok=True)
        replace_text(kept / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.yaml",
                     path.read_text(encoding="utf-8"))  # fmt: skip
    replace_text(path, text)


# Settings


def settings(workspace: Workspace) -> dict[str, Any]:
    """The settings as they are."""
    now = workspace.settings
    return {key: getattr(now, key) for key in KEYS}


def configure(workspace: Workspace, changes: Pairs) -> None:
    """Change settings."""
    workspace.configure(**dict(changes))


def set_persona(workspace: Workspace, name: str, condition: str) -> int:
    """Name a condition on people, or forget it when the condition is empty; how many they are."""
    personas = dict(workspace.settings.personas)
    if condition:
        count = len(workspace.people.list(people=condition))
        personas[name] = condition
    else:
        count = 0
        personas.pop(name, None)
    ideal = workspace.settings.ideal
    workspace.configure(personas=personas, ideal=ideal if ideal in personas else "")
    return count
