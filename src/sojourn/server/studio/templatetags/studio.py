"""Filters and tags of the studio's templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import formats
from django.utils.translation import gettext as _

from sojourn.core.table import Table
from sojourn.maps import Entry, FilledCell, Lane, Stage
from sojourn.maps.blocks import beneath as small_print
from sojourn.maps.lanes import KINDS
from sojourn.pictures.text import percent
from sojourn.server.studio.filters import Filters
from sojourn.server.studio.notes import plain_words, when
from sojourn.server.studio.notes import sentences as plain_sentences

register = template.Library()
HAPPY = 0.25
"""From which sentiment on somebody counts as happy, and below its negative as unhappy."""


@register.filter
def sentences(table: Table) -> Iterable[str]:
    """A table's notes in plain words."""
    return plain_sentences(table)


@register.filter
def twin(request: HttpRequest, style: str) -> str:
    """The address of a page's numbers as a file."""
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path.rstrip('/')}.{style}" + (f"?{query}" if query else "")


@register.filter
def with_rows(request: HttpRequest) -> str:
    """The page's own address with all of its rows."""
    query = request.GET.copy()
    query["rows"] = "all"
    return f"?{query.urlencode()}"


@register.filter
def moment(value: datetime | str, zone: str) -> str:
    """A moment in the report's zone."""
    return when(value if isinstance(value, str) else value.isoformat(), zone)


@register.filter
def money(value: Decimal) -> str:
    """An amount with two decimals."""
    return formats.number_format(round(value, 2), 2, use_l10n=True, force_grouping=True)


@register.filter
def feeling(sentiment: float) -> str:
    """A sentiment from -1 to 1 in a word."""
    if sentiment >= HAPPY:
        return _("happy")
    return _("unhappy") if sentiment <= -HAPPY else _("neither happy nor unhappy")


@register.filter
def claim(row: Mapping[str, Any]) -> str:
    """A claim in a sentence."""
    return " ".join(str(value) for value in row.values() if value not in (None, ""))


@register.filter
def with_people(filters: Filters, stage: str) -> str:
    """The address's question that chooses those in a stage."""
    return Filters(journey=filters.journey, people=f"stage = '{stage}'").query()


@register.filter
def cells(lane: Lane, stage: Stage) -> list[tuple[str, FilledCell]]:
    """The cells of a stage in a lane: its own, and those of its steps where they are written."""
    own = [column for column in stage.columns if column != stage.id and lane.cell(column).entries]
    whole = [stage.id] if lane.cell(stage.id).entries or not own else []
    return [(column, lane.cell(column)) for column in (*whole, *own)]


@register.filter
def step(column: str) -> str:
    """The step of a column, nothing for a whole stage."""
    return column.partition("/")[2]


@register.filter
def written(lane: Lane) -> bool:
    """Whether a lane is written by hand, at least in part."""
    return KINDS[lane.lane].kind != "data"


@register.filter
def shade(number: int, stages: Sequence[Stage]) -> int:
    """Which of the seven accents a stage has."""
    return round(number * 6 / max(1, len(stages) - 1))


@register.filter
def tone(mean: float) -> str:
    """A class by how somebody feels."""
    return "unhappy" if mean < 0 else "happy" if mean > 0 else ""


@register.filter
def beneath(entry: Entry) -> str:
    """An entry's small print."""
    return small_print(entry)


@register.filter
def thousands(value: int) -> str:
    """A count with its thousands apart."""
    return formats.number_format(value, 0, use_l10n=True, force_grouping=True)


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """What a mapping has under a key."""
    return mapping.get(key, "")


@register.filter
def plain(text: str) -> str:
    """A text of ours in plain words."""
    return plain_words(text)


@register.filter
def narrowed_to(filters: Filters, condition: str) -> str:
    """The address's question that keeps the filters and chooses further."""
    both = f"({filters.people}) and {condition}" if filters.people else condition
    return filters.query(people=both, by="")


@register.filter
def share(value: float) -> str:
    """A share as people read it.

    >>> share(0.123)
    '12%'
    """
    return percent(value)
