"""For which stage each channel or content is meant, as somebody wrote it down."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sojourn.core.model import Model
from sojourn.errors import QuestionError, UnknownName

LARGEST = 5_000_000


def stages_meant(meant: Mapping[str, Any] | Path | str | None, model: Model) -> dict[str, int]:
    """The position of the stage for which each item is meant.

    `meant` is a mapping of items to stages (ids or names), or a YAML file that holds one, alone
    or under `content`. Raises QuestionError for what is none, UnknownName for an unknown stage.

    >>> from sojourn.core.model import model_from_mapping
    >>> stages = [{"id": "know", "name": "Know", "evidence": "true", "neck": True}]
    >>> stages_meant({"Guide": "Know"}, model_from_mapping({"id": "tiny", "stages": stages}))
    {'Guide': 0}
    """
    if meant is None:
        return {}
    found = meant if isinstance(meant, Mapping) else _read(Path(meant))
    return {str(item): _stage(model, str(item), stage) for item, stage in found.items()}


def _stage(model: Model, item: str, stage: Any) -> int:
    known = {text.casefold(): i for i, s in enumerate(model.stages) for text in (s.name, s.id)}
    place = known.get(str(stage).casefold())
    if place is None:
        ids = [s.id for s in model.stages]
        close = get_close_matches(str(stage), ids, 1)
        raise UnknownName(
            f"{item!r} is meant for {stage!r}, which is no stage of {model.id}.",
            hint=(f"Did you mean {close[0]!r}? " if close else "") + f"Stages: {', '.join(ids)}.",
        )
    return place


def _read(path: Path) -> Mapping[str, Any]:
    expected = "expected lines such as `Buying guide: trust`"
    try:
        if path.stat().st_size > LARGEST:
            raise QuestionError(f"The file {path} is too large; {expected}.")
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"The file {path} cannot be read: {error}") from None
    except YAMLError as error:
        raise QuestionError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    if isinstance(raw, Mapping) and isinstance(raw.get("content"), Mapping):
        raw = raw["content"]
    if not isinstance(raw, Mapping):
        raise QuestionError(f"{path} says {type(raw).__name__}, {expected}.")
    return raw
