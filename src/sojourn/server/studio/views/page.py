"""What all pages of questions share: filters, twins for programs, errors said where they belong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from sojourn.core.table import Table, plain
from sojourn.server.accounts.deeds import record
from sojourn.server.studio import desk, filters
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.answers.sheet import Sheet
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.filters import Filters
from sojourn.server.studio.grid import MOST, grid
from sojourn.server.studio.questions import ALL, Question

BAD = 400
ALL_ROWS = 2_000


def sheet(
    request: HttpRequest,
    function: Callable[..., Sheet],
    *args: Any,
    style: str = "",
    template: str = "studio/sheet.html",
    **told: Any,
) -> HttpResponse:
    """A page whose question `function(workspace, filters, *args)` answers, or its file twin.

    `style` is `json` or `csv` for the twins; `told` goes to the template beside `sheet`, `grid`
    and `filters`.
    """
    chosen = filters.read(request.GET)
    if desk.ask(about).empty:
        return nothing_yet(request, style)
    try:
        answer = desk.ask(function, chosen, *args)
    except Refused as error:
        return refused(request, error, chosen, style, template, told)
    if style:
        return twin(answer.table, style)
    most = ALL_ROWS if request.GET.get("rows") == "all" else MOST
    first = answer.table.data.slice(0, most)
    links = [people_of(chosen, condition) for condition in answer.opens[:most]]
    if "links_to" in told:
        links = [told["links_to"](row, chosen) for row in first.to_pylist()]
    elif told.get("person_links"):
        links = [person_page(each, chosen) for each in first.column("person").to_pylist()]
    shown = grid(answer.table, desk.ask(about).zone, links=links, most=most, names=answer.names)
    shown = replace(shown, more=max(0, answer.rows - most))
    known = {"sheet": answer, "grid": shown, "filters": chosen, "tabs": tabs(request), **told}
    return render(request, template, known)


def tabs(request: HttpRequest) -> tuple[Question, ...]:
    """The closer looks of the room that a page is in."""
    room = request.path.strip("/").partition("/")[0].partition(".")[0]
    return tuple(each for each in ALL if each.room == room)


def people_of(chosen: Filters, condition: str) -> str:
    """The address of the people for whom a condition holds, of those that are chosen."""
    if not condition:
        return ""
    both = f"({chosen.people}) and {condition}" if chosen.people else condition
    query = chosen.query(people=both, by="")
    return reverse("studio:people") + query


def person_page(person: str, chosen: Filters) -> str:
    """The address of one person's page."""
    return reverse("studio:person", args=[person]) + Filters(journey=chosen.journey).query()


def nothing_yet(request: HttpRequest, style: str = "") -> HttpResponse:
    """The page of a business whose log is empty."""
    if style:
        return JsonResponse({"error": "there are no touchpoints yet", "code": "empty"}, status=404)
    return render(request, "studio/empty.html")


def refused(
    request: HttpRequest,
    error: Refused,
    chosen: Filters,
    style: str,
    template: str,
    told: dict[str, Any],
) -> HttpResponse:
    """The page with what is wrong with the question, its filters still filled in."""
    if style:
        said = {"error": error.message, "hint": error.hint, "code": error.kind}
        return JsonResponse(said, status=BAD)
    known = {"problem": error, "filters": chosen, "tabs": tabs(request), **told}
    return render(request, template, known, status=404 if _names(request, error) else BAD)


def _names(request: HttpRequest, error: Refused) -> bool:
    """Whether what is unknown is what the address itself names, not one of its filters."""
    match = request.resolver_match
    return error.kind == "unknown" and match is not None and bool(set(match.kwargs) - {"style"})


def twin(table: Table, style: str) -> HttpResponse:
    """The table as a file for programs, with the names and numbers of the command line."""
    if style == "json":
        return JsonResponse(table.to_json(), json_dumps_params={"ensure_ascii": False})
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.kind}.csv"'
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.data.to_pylist():
        writer.writerow([_cell(value) for value in row.values()])
    return response


def _cell(value: Any) -> Any:
    """A value of a CSV file; a text that a spreadsheet would compute is kept from it."""
    value = plain(value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def query_of(**pairs: str) -> str:
    """Pairs as they stand in an address."""
    return urlencode({name: value for name, value in pairs.items() if value})


def done(
    request: HttpRequest, change: Callable[[], Any], deed: str, detail: str, said: str = ""
) -> bool:
    """Make a change, keep who made it, and say so; or say why it could not be made."""
    try:
        change()
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return False
    record(request.user, deed, detail=detail)
    if said:
        messages.success(request, said)
    return True
