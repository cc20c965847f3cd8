"""What is planned: goals of the stages, how things go week by week, and what happened when."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from sojourn.measure.series import BUSINESS
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk, filters
from sojourn.server.studio.answers import plan as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.answers.plan import NOTHING_PLANNED, Planned
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.filters import Filters
from sojourn.server.studio.forms import Happened, NewGoal
from sojourn.server.studio.views.page import BAD, done, nothing_yet, sheet
from sojourn.server.studio.words import STATUS

RATES = ("moved_on", "days_to_move", "quiet")
FIELDS = ("of", "every", "beside")
EVERY = (
    ("week", gettext_lazy("Week by week")),
    ("month", gettext_lazy("Month by month")),
    ("day", gettext_lazy("Day by day")),
)
BESIDE = (
    ("", gettext_lazy("Nothing")),
    ("year", gettext_lazy("A year before")),
    ("before", gettext_lazy("The time before")),
)


@needs(Role.VIEWER)
def goals(request: HttpRequest, style: str = "") -> HttpResponse:
    """The goals with their numbers."""
    if desk.ask(about).empty:
        return nothing_yet(request, style)
    known = _planned(filters.read(request.GET))
    return _page(request, known, NewGoal(initial=_initial(request, known), stages=known.stages),
                 style)  # fmt: skip


@needs(Role.EDITOR)
@require_POST
def set_goal(request: HttpRequest) -> HttpResponse:
    """Set a goal, or change one; what is wrong is said beside the form, which stays filled in."""
    chosen = filters.read(request.GET)
    known = _planned(chosen)
    form = NewGoal(request.POST, stages=known.stages)
    if form.is_valid() and _keep(request, form, chosen.journey):
        return redirect(reverse("studio:goals") + chosen.query())
    page = _page(request, known, form)
    page.status_code = BAD
    return page


def _page(request: HttpRequest, known: Planned, form: NewGoal, style: str = "") -> HttpResponse:
    return sheet(
        request,
        room.goals,
        style=style,
        template="studio/journey/goals.html",
        question=_("Are the stages where they should be?"),
        here={"id": "goals", "room": "journey"},
        form=form,
        planned=known,
        statuses=STATUS,
        rates=RATES,
    )


def _planned(chosen: Filters) -> Planned:
    """What the page must know; where the filters or the file are wrong, the page itself says so."""
    for each in (chosen, Filters()):
        try:
            return desk.ask(room.planned, each)
        except Refused:
            continue
    return NOTHING_PLANNED


def _initial(request: HttpRequest, known: Planned) -> dict[str, Any]:
    """The form's fields as they are: those of the goal to change, or the stage to begin with."""
    named = request.GET.get("edit", "")
    goal = next((each for each in known.goals if each.id == named), None)
    if goal is None:
        return {"stage": request.GET.get("stage", "")}
    share = goal.what.unit == "share"
    return {
        "id": goal.id, "measure": goal.measure, "stage": goal.stage, "by": goal.by.isoformat(),
        "days": str(goal.days or ""), "owner": goal.owner, "note": goal.note,
        "target": f"{goal.target * 100:g}%" if share else f"{goal.target:g}",
    }  # fmt: skip


def _keep(request: HttpRequest, form: NewGoal, journey: str) -> bool:
    try:
        name = desk.do(room.set_goal, form.told(journey))
    except Refused as error:
        form.add_error(None, f"{error.message} {error.hint or ''}")
        return False
    record(request.user, "set a goal", detail=name)
    messages.success(request, _("The goal is kept. The way to it begins at today's number."))
    return True


@needs(Role.EDITOR)
@require_POST
def drop_goal(request: HttpRequest) -> HttpResponse:
    """Forget a goal."""
    name = request.POST.get("goal", "")[:80]
    told = _("The goal is gone.")
    done(request, partial(desk.do, room.drop_goal, name), "forgot a goal", name, told)
    return redirect("studio:goals")


@needs(Role.VIEWER)
def series(request: HttpRequest, style: str = "") -> HttpResponse:
    """How things go, with what happened when."""
    if desk.ask(about).empty:
        return nothing_yet(request, style)
    given = tuple((name, request.GET.get(name, "").strip()[:80]) for name in FIELDS)
    told = dict(given)
    known = _planned(filters.read(request.GET))
    return sheet(
        request,
        room.series,
        tuple((name, value) for name, value in given if value),
        style=style,
        template="studio/journey/series.html",
        question=_("How do things go?"),
        here={"id": "series", "room": "journey"},
        fields=(
            ("of", _("Of"), ((BUSINESS, _("the business")), *known.stages), told["of"]),
            ("every", _("By"), EVERY, told["every"]),
            ("beside", _("Beside"), BESIDE, told["beside"]),
        ),
        planned=known,
        form=Happened(),
    )


@needs(Role.EDITOR)
@require_POST
def annotate(request: HttpRequest) -> HttpResponse:
    """Note what happened on a day."""
    form = Happened(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(each) for errors in form.errors.values()
                                         for each in errors))  # fmt: skip
        return redirect("studio:series")
    told = _("Noted: it is shown beside the numbers.")
    note, text = partial(desk.do, room.annotate, *form.told()), form.cleaned_data["text"]
    done(request, note, "noted what happened", text, told)
    return redirect("studio:series")


@needs(Role.EDITOR)
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget what happened on a day."""
    day, text = request.POST.get("day", "")[:10], request.POST.get("text", "")[:200]
    forgetting = partial(desk.do, room.forget, day, text)
    done(request, forgetting, "forgot what happened", text, _("It is forgotten."))
    return redirect("studio:series")
