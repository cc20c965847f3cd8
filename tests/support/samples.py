"""Sample exports of vendors, and what was counted in them by hand."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes.choosing import How, bring_in

HERE = Path(__file__).parents[1] / "presets"
SAMPLES = HERE / "samples"


COLUMNS = [name for name in LOG_SCHEMA.names if name != "month"]


@cache
def expected():
    """For each sample what was counted in it by hand."""
    return YAML(typ="safe", pure=True).load((HERE / "expected.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Brought:
    """A file that was imported into a log of its own."""

    log: Log
    report: Any

    def rows(self):
        """The rows of the log, in their order, as dictionaries."""
        if not self.log.exists():
            return []
        found = self.log.reader(COLUMNS).read_all()
        return sorted(found.to_pylist(), key=lambda row: row["seq"])

    def named(self, name):
        """The rows of one name."""
        return [row for row in self.rows() if row["name"] == name]


def persons_of(rows):
    """How many people the rows belong to: whoever shares an id is one, joined anew here."""
    leader = {}

    def find(one):
        while leader.setdefault(one, one) != one:
            one = leader[one]
        return one

    everybody = set()
    for row in rows:
        ids = [("user", row["user_id"]), ("device", row["device_id"])]
        ids += [(a["kind"], a["id"]) for a in row["aliases"] or ()]
        known = [one for one in ids if one[1]]
        for one in known[1:]:
            leader[find(one)] = find(known[0])
        everybody |= set(known[:1])
    return len({find(one) for one in everybody})


def money_of(rows):
    """The sums of values by name and currency, as texts."""
    found = Counter()
    for row in rows:
        if row["value"] is not None:
            found[f"{row['name']} {row['currency'] or ''}"] += row["value"]
    return {key: str(value) for key, value in found.items()}


def bring(log, path, how=None, **options):
    """Bring a file into a log as the command does."""
    return bring_in(log, path, ImportOptions(**options), None, how or How())
