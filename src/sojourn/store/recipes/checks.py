"""What a recipe's YAML must be, and errors that say where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sojourn.errors import RecipeError

LONGEST_FILE = 1_000_000
MOST_NODES = 50_000


def yaml_of(text: str, origin: str) -> Any:
    """What a YAML text holds; raises RecipeError for what is none, or blows up when read."""
    if len(text) > LONGEST_FILE:
        raise RecipeError(f"{origin}: longer than {LONGEST_FILE:,} characters")
    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        told = " ".join(str(error).split())[:300]
        raise RecipeError(f"{origin}: not YAML: {told}") from None
    except (RecursionError, ValueError, TypeError, AttributeError, KeyError) as error:
        kind = type(error).__name__
        raise RecipeError(f"{origin}: not YAML that can be read ({kind})") from None
    _measure(raw, origin)
    return raw


def _measure(raw: Any, origin: str) -> None:
    """Refuse what refers to itself, or is huge once its references are followed."""
    waiting: list[Any] = [raw]
    seen = 0
    while waiting:
        seen += 1
        if seen > MOST_NODES:
            raise RecipeError(
                f"{origin}: more than {MOST_NODES:,} values, or one that holds itself"
            )
        node = waiting.pop()
        if isinstance(node, Mapping):
            waiting.extend(node.values())
        elif isinstance(node, (list, tuple, set)):
            waiting.extend(node)


def mapping(raw: object, known: Sequence[str], where: str) -> Mapping[str, Any]:
    """A mapping with none but the known keys."""
    if not isinstance(raw, Mapping):
        fail(where, f"found {kind_of(raw)}, expected keys such as {', '.join(known[:4])}")
    for key in raw:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            fail(
                f"{where}.{key}" if where else str(key),
                f"unknown key; expected one of {', '.join(known)}",
                f"Did you mean {near[0]!r}?" if near else None,
            )
    return raw


def texts(raw: object, where: str) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    items = raw if isinstance(raw, list) else [raw]
    return tuple(text_of(item, f"{where}[{i}]") for i, item in enumerate(items))


def text_of(raw: object, where: str) -> str:
    """A text."""
    if not isinstance(raw, str):
        fail(where, f"found {kind_of(raw)}, expected a text")
    return raw


def kind_of(raw: object) -> str:
    """What was found, in an error."""
    return "nothing" if raw is None else f"{type(raw).__name__} {str(raw)[:60]!r}"


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The hint with the nearest right word."""
    near = get_close_matches(word, known, 1, 0.5)
    return f"Did you mean {near[0]!r}?" if near else None


def fail(where: str, problem: str, hint: str | None = None) -> NoReturn:
    """Raise the RecipeError of a place."""
    raise RecipeError(f"{where}: {problem}", hint=hint)
