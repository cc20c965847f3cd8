"""A few rows as they would be in the log, for those who look before they import."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from sojourn.store.importers.convert import Converted
from sojourn.store.importers.told import Told

SHOWN_ROWS = 3


def shown_rows(found: Converted) -> list[dict[str, Any]]:
    """The first rows of a block without what is empty: touchpoints, then people rows."""
    rows = found.table.slice(0, SHOWN_ROWS).drop_columns(["received_at"]).to_pylist()
    rows += _people_rows(found.told)[: SHOWN_ROWS - len(rows)] if found.told else []
    return [{name: v for name, v in row.items() if v is not None} for row in rows]


def _people_rows(told: Told) -> list[dict[str, Any]]:
    """What the first people rows say: who is one person, and their traits."""
    shown = []
    for row in told.claims.slice(0, SHOWN_ROWS).to_pylist():
        mine = told.traits.filter(pc.equal(told.traits["row"], row["row"])).to_pylist()
        one = " = ".join(f"{a['kind']}:{a['id']}" for a in row["aliases"])
        traits = {f"traits.{trait['name']}": trait["value"] for trait in mine}
        shown.append({"ts": row["ts"], "one person": one, **traits})
    return shown
