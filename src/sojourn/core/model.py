"""A journey model: ordered stages and the evidence that puts a person in each.

A model is a YAML file, a mapping, or built in code; all three pass the same checks, and an
error carries its path in the file (`stages[2].evidence: ...`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, NoReturn, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sojourn.core.condition import Condition, parse
from sojourn.core.durations import duration, in_words
from sojourn.errors import ConditionError, ModelError

Shape = Literal["hourglass", "circle", "line"]
SHAPES = ("hourglass", "circle", "line")
MODEL_KEYS = ("id", "name", "shape", "source", "lapse", "restart", "stages")
STAGE_KEYS = ("id", "name", "question", "evidence", "patience", "neck")
MOST_STAGES = 40
LONGEST_FILE = 1_000_000

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Stage:
    """One room of the journey; `patience` is in microseconds, None when nobody stalls in it."""

    id: str
    name: str
    evidence: Condition
    question: str = ""
    patience: int | None = None
    neck: bool = False


@dataclass(frozen=True)
class Model:
    """Ordered stages; `lapse` is in microseconds, None when nobody lapses."""

    id: str
    name: str
    shape: Shape
    stages: tuple[Stage, ...]
    source: str = ""
    lapse: int | None = None
    restart: Condition | None = None

    @property
    def neck(self) -> int:
        """The position of the stage in which people buy."""
        return next(i for i, stage in enumerate(self.stages) if stage.neck)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Everything that the walk evaluates: the stages' evidence, then the restart."""
        found = tuple(stage.evidence for stage in self.stages)
        return found if self.restart is None else (*found, self.restart)

    def position(self, stage_id: str) -> int:
        """Where a stage stands, from 0; a ModelError names the nearest one."""
        ids = [stage.id for stage in self.stages]
        if stage_id in ids:
            return ids.index(stage_id)
        raise ModelError(f"{self.id} has no stage {stage_id!r}", hint=_nearest(stage_id, ids))


def model_from_yaml(text: str, *, origin: str = "model", zone: str = "UTC") -> Model:
    """Read a model from YAML text; `origin` (a file's name) opens every error.

    >>> model_from_yaml('''
    ... id: tiny
    ... stages:
    ...   - {id: know, evidence: "true"}
    ...   - {id: buy, evidence: "name = 'Order Completed'", neck: true}
    ... ''').neck
    1
    """
    if len(text) > LONGEST_FILE:
        raise ModelError(f"{origin}: longer than {LONGEST_FILE:,} characters")
    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ModelError(f"{origin}: not YAML: {_one_line(error)}") from None
    except (RecursionError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ModelError(f"{origin}: not YAML that can be read ({type(error).__name__})") from None
    return model_from_mapping(raw, origin=origin, zone=zone)


def model_from_mapping(raw: object, *, origin: str = "model", zone: str = "UTC") -> Model:
    """Check a mapping of the model's keys and build the model."""
    model = _mapping(raw, MODEL_KEYS, origin, "")
    stages = _stages(model.get("stages"), origin, zone)
    restart = _restart(model.get("restart"), origin, zone)
    shape = model.get("shape", "line" if restart is None else "circle")
    if shape not in SHAPES:
        _fail(origin, "shape", f"found {shape!r}, expected one of {', '.join(SHAPES)}")
    model_id = _identifier(model.get("id"), origin, "id")
    return Model(
        id=model_id,
        name=_text(model.get("name", model_id), origin, "name"),
        shape=cast(Shape, shape),
        stages=stages,
        source=_text(model.get("source", ""), origin, "source"),
        lapse=_duration(model.get("lapse"), origin, "lapse"),
        restart=restart,
    )


def model_to_mapping(model: Model) -> dict[str, Any]:
    """The model as the mapping that `model_from_mapping` reads."""
    raw: dict[str, Any] = {"id": model.id, "name": model.name, "shape": model.shape}
    if model.source:
        raw["source"] = model.source
    if model.lapse is not None:
        raw["lapse"] = in_words(model.lapse)
    if model.restart is not None:
        raw["restart"] = model.restart.text
    raw["stages"] = [_stage_to_mapping(stage) for stage in model.stages]
    return raw


def _stage_to_mapping(stage: Stage) -> dict[str, Any]:
    raw: dict[str, Any] = {"id": stage.id, "name": stage.name}
    if stage.question:
        raw["question"] = stage.question
    if stage.neck:
        raw["neck"] = True
    raw["evidence"] = stage.evidence.text
    if stage.patience is not None:
        raw["patience"] = in_words(stage.patience)
    return raw


def _stages(raw: object, origin: str, zone: str) -> tuple[Stage, ...]:
    if not isinstance(raw, list) or not raw:
        _fail(origin, "stages", f"found {_kind(raw)}, expected a list of stages")
    if len(raw) > MOST_STAGES:
        _fail(origin, "stages", f"found {len(raw)} stages, at most {MOST_STAGES} fit")
    stages = tuple(_stage(item, i, origin, zone) for i, item in enumerate(raw))
    ids = [stage.id for stage in stages]
    for i, stage_id in enumerate(ids):
        if stage_id in ids[:i]:
            _fail(origin, f"stages[{i}].id", f"{stage_id!r} stands twice")
    necks = [stage.id for stage in stages if stage.neck]
    if len(necks) != 1:
        found = "none" if not necks else ", ".join(necks)
        _fail(origin, "stages", f"exactly one stage must have 'neck: true' (found {found})")
    return stages


def _stage(raw: object, number: int, origin: str, zone: str) -> Stage:
    path = f"stages[{number}]"
    stage = _mapping(raw, STAGE_KEYS, origin, path)
    neck = stage.get("neck", False)
    if not isinstance(neck, bool):
        _fail(origin, f"{path}.neck", f"found {neck!r}, expected true or false")
    stage_id = _identifier(stage.get("id"), origin, f"{path}.id")
    return Stage(
        id=stage_id,
        name=_text(
            stage.get("name", stage_id.replace("_", " ").capitalize()), origin, f"{path}.name"
        ),
        evidence=_condition(stage.get("evidence"), origin, f"{path}.evidence", zone),
        question=_text(stage.get("question", ""), origin, f"{path}.question"),
        patience=_duration(stage.get("patience"), origin, f"{path}.patience"),
        neck=neck,
    )


def _restart(raw: object, origin: str, zone: str) -> Condition | None:
    if raw is None:
        return None
    restart = _condition(raw, origin, "restart", zone)
    if restart.always:
        _fail(
            origin, "restart", "is always true: every touchpoint after an order would begin again"
        )
    return restart


def _condition(raw: object, origin: str, path: str, zone: str) -> Condition:
    if isinstance(raw, bool):
        raw = "true" if raw else "false"
    if not isinstance(raw, str) or not raw.strip():
        _fail(origin, path, f"found {_kind(raw)}, expected a condition in quotes")
    try:
        return parse(raw, "touchpoint", where=path, zone=zone)
    except ConditionError as error:
        raise ModelError(f"{origin}: {error.message}", hint=error.hint) from None


def _duration(raw: object, origin: str, path: str) -> int | None:
    if raw is None:
        return None
    try:
        return duration(str(raw))
    except ValueError as error:
        _fail(origin, path, str(error))


def _mapping(raw: object, known: tuple[str, ...], origin: str, path: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        _fail(origin, path, f"found {_kind(raw)}, expected keys such as {', '.join(known[:3])}")
    for key in raw:
        if key not in known:
            where = f"{path}.{key}" if path else str(key)
            raise ModelError(
                f"{origin}: {where}: unknown key; expected one of {', '.join(known)}",
                hint=_nearest(str(key), list(known)),
            )
    return cast(Mapping[str, Any], raw)


def _identifier(raw: object, origin: str, path: str) -> str:
    if not isinstance(raw, str) or not _ID.fullmatch(raw):
        expected = "letters, digits, '-' and '_', starting with a letter or digit"
        _fail(origin, path, f"found {raw!r}, expected {expected}")
    return raw


def _text(raw: object, origin: str, path: str) -> str:
    if not isinstance(raw, str):
        _fail(origin, path, f"found {_kind(raw)}, expected a text")
    return raw


def _kind(raw: object) -> str:
    return "nothing" if raw is None else f"{type(raw).__name__} {str(raw)[:60]!r}"


def _nearest(word: str, known: list[str]) -> str | None:
    close = get_close_matches(word, known, 1)
    return f"Did you mean {close[0]!r}?" if close else None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _fail(origin: str, path: str, problem: str) -> NoReturn:
    raise ModelError(f"{origin}: {path}: {problem}" if path else f"{origin}: {problem}")
