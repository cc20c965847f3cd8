"""The pages of the closer looks: each asks one question, with fields of its own."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk, questions
from sojourn.server.studio.answers import people as known
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.questions import Question
from sojourn.server.studio.routes import page
from sojourn.server.studio.views.page import sheet

LONGEST, MOST = 500, 40
"""How long a field may be, and how often it may come."""


def view(question: Question) -> Callable[..., HttpResponse]:
    """The view of a question."""

    @needs(Role.VIEWER)
    def ask(request: HttpRequest, style: str = "") -> HttpResponse:
        empty = desk.ask(about).empty
        return sheet(
            request,
            question.answer,
            options(request, question),
            style=style,
            template="studio/closer.html",
            question=question.asks,
            here=question,
            fields=[(f, request.GET.get(f.name, "")) for f in question.fields],
            steps=request.GET.getlist("step")[:MOST],
            names=() if empty else desk.ask(known.names),
        )

    return ask


def options(request: HttpRequest, question: Question) -> tuple[tuple[str, str], ...]:
    """What the fields of a question say in an address."""
    wanted = [field.name for field in question.fields] + ["step"]
    return tuple(
        (name, value.strip()[:LONGEST])
        for name in wanted
        for value in request.GET.getlist(name)[:MOST]
        if value.strip()
    )


def routes() -> list[URLPattern]:
    """The addresses of all questions."""
    return [one for each in questions.ALL for one in page(each.route, view(each), each.id)]
