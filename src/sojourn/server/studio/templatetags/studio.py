"""Filters and tags of the studio's templates."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.http import HttpRequest

from sojourn.core.table import Table
from sojourn.server.studio.notes import sentences as plain_sentences

register = template.Library()


@register.filter
def sentences(table: Table) -> Iterable[str]:
    """A table's notes in plain words."""
    return plain_sentences(table)


@register.filter
def twin(request: HttpRequest, style: str) -> str:
    """The address of a page's numbers as a file."""
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path.rstrip('/')}.{style}" + (f"?{query}" if query else "")
