"""Sojourn, the customer journey platform: map, measure and move people along their journey.

>>> import pyarrow as pa
>>> import sojourn as sj
>>> row = {"user_id": "ada", "ts": "2026-01-01T10:00Z", "name": "Order Completed"}
>>> ws = sj.read(pa.Table.from_pylist([row]))
>>> [row["stage"] for row in ws.journey("sales").stages() if row["here"]]
['purchase']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sojourn.core.model import Model as Model
    from sojourn.core.table import Table as Table
    from sojourn.errors import SojournError as SojournError
    from sojourn.journey import Journey as Journey
    from sojourn.measure.attribution_paths import attribution_from_paths as attribution_from_paths
    from sojourn.measure.lifetime_summary import lifetime_from_summary as lifetime_from_summary
    from sojourn.store.recipes.shelf import presets as presets
    from sojourn.workspace import Workspace as Workspace
    from sojourn.workspace import open_workspace as open
    from sojourn.workspace import read as read

__version__ = "0.1.0"

_PUBLIC = {
    "Journey": ("sojourn.journey", "Journey"),
    "Model": ("sojourn.core.model", "Model"),
    "SojournError": ("sojourn.errors", "SojournError"),
    "Table": ("sojourn.core.table", "Table"),
    "Workspace": ("sojourn.workspace", "Workspace"),
    "attribution_from_paths": ("sojourn.measure.attribution_paths", "attribution_from_paths"),
    "lifetime_from_summary": ("sojourn.measure.lifetime_summary", "lifetime_from_summary"),
    "open": ("sojourn.workspace", "open_workspace"),
    "presets": ("sojourn.store.recipes.shelf", "presets"),
    "read": ("sojourn.workspace", "read"),
}

__all__ = [
    "Journey",
    "Model",
    "SojournError",
    "Table",
    "Workspace",
    "attribution_from_paths",
    "lifetime_from_summary",
    "open",
    "presets",
    "read",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import sojourn` costs next to nothing."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'sojourn' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    value = globals()[name] = getattr(import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
