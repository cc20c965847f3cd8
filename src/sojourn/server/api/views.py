"""The addresses of the API; what each needs, takes and gives is in its OpenAPI description."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import NinjaAPI, Path, Status
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.throttling import AuthRateThrottle

from sojourn import __version__
from sojourn.byhand import ByHand
from sojourn.errors import DatabaseFailed, SojournError, UnknownName
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.roles import Role
from sojourn.server.api import answers
from sojourn.server.api.auth import AUTH, NotAllowed, need
from sojourn.server.api.schemas import (
    Act,
    Answer,
    Apart,
    Counted,
    Kept,
    NewList,
    Pair,
    Problem,
    Touchpoint,
)
from sojourn.server.studio import desk, filters
from sojourn.server.studio.answers import people as room
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.filters import Filters
from sojourn.server.studio.views.errors import AWAY, COME_BACK

MISSING = ("unknown", "missing", "workspace-missing")
"""The codes of errors that say that something is not there."""

api = NinjaAPI(
    title="Sojourn",
    version=__version__,
    description="Every answer of the command line as JSON; people and touchpoints to change.",
    docs_url=None,
    auth=AUTH,
    throttle=[AuthRateThrottle("1200/m")],
)
WRONG: dict[Any, Any] = dict.fromkeys((400, 401, 403, 404, 422, 429), Problem)
NAMES = ", ".join(answers.MEASURES)
LONGEST, MOST = 2_000, 60


@api.get("/measures/{name}", response={200: Answer, **WRONG}, summary="An answer")
def measure(request: HttpRequest, name: Path[str]) -> Any:
    """A measure with the filters of the command line.

    `journey, persona, list, people, where, only, from, to, as_of, by`, and the measure's own
    options: `step, within, order, exclude, hold, of, top, first, back, every, model, credit,
    lookback, horizon, weeks, change, days, count, beside, ideal`.
    """
    need(request, Role.VIEWER)
    if name not in answers.MEASURES:
        raise UnknownName(f"There is no measure {name[:40]!r}.", hint=f"Measures: {NAMES}.")
    known = {*answers.OPTIONS, *filters.NAMES}
    for word in request.GET:
        if word not in known:
            near = get_close_matches(word[:LONGEST], known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
            raise UnknownName(f"There is no option {word[:40]!r}.", hint=hint)
    chosen, own = _asked(request)
    return desk.ask(answers.measure, name, chosen, own, older=False)


@api.get("/people", response={200: Answer, **WRONG}, summary="People")
def people(request: HttpRequest, q: str = "") -> Any:
    """One row a person who is chosen by the filters; `q` is a part of an id."""
    need(request, Role.VIEWER)
    return desk.ask(answers.people, _asked(request)[0], q[:LONGEST])


@api.get("/people/why", response={200: Answer, **WRONG}, summary="Why two ids are one person")
def why(request: HttpRequest, one: str, other: str) -> Any:
    """The chain of claims by which two ids are one person; no rows if they are not."""
    need(request, Role.VIEWER)
    return desk.do(answers.why, one, other)


@api.post("/people/merge", response={200: Act, **WRONG}, summary="Join two people")
def merge(request: HttpRequest, body: Pair) -> Any:
    """Say that two people are one."""
    by = need(request, Role.EDITOR)
    _note(request, "joined", body.one)
    return desk.do(answers.merge, body.one, body.other, by)


@api.post("/people/split", response={200: Act, **WRONG}, summary="Part aliases from a person")
def split(request: HttpRequest, body: Apart) -> Any:
    """Say that some aliases are not this person's."""
    by = need(request, Role.EDITOR)
    _note(request, "parted", body.person)
    return desk.do(answers.split, body.person, tuple(body.aliases), by)


@api.post("/people/undo/{act}", response={200: Act, **WRONG}, summary="Take such a change back")
def undo(request: HttpRequest, act: str) -> Any:
    """Take back a merge, a split, or another undo."""
    by = need(request, Role.EDITOR)
    return {"act": act, "told": desk.do(answers.take_back, act, by)}


@api.get("/people/{path:who}/claims", response={200: Answer, **WRONG}, summary="Claims")
def claims(request: HttpRequest, who: str) -> Any:
    """The claims that were made of a person, and whether each of them stands."""
    need(request, Role.VIEWER)
    _note(request, "looked at a person", who)
    return desk.do(answers.claims, who)


@api.get("/people/{path:who}", response={200: dict[str, Any], **WRONG}, summary="One person")
def person(request: HttpRequest, who: str, journey: str = "") -> Any:
    """Everything that is known of one person."""
    need(request, Role.VIEWER)
    _note(request, "looked at a person", who)
    return desk.ask(answers.person, who, journey)


@api.post("/touchpoints", response={201: Kept, **WRONG}, summary="A touchpoint by hand")
def touchpoint(request: HttpRequest, body: Touchpoint) -> Any:
    """Keep a touchpoint that somebody tells; answered when it is in the log."""
    by = need(request, Role.EDITOR)
    told = ByHand(
        body.person, body.name, body.at or timezone.now(), body.channel, body.text, body.value,
        body.currency, body.referred_by, by,
    )  # fmt: skip
    desk.do(room.add_by_hand, told)
    _note(request, "told a touchpoint", body.person)
    return Status(201, {"kept": True})


@api.get("/lists", response={200: Answer, **WRONG}, summary="Lists")
def lists(request: HttpRequest) -> Any:
    """The saved lists; `/api/people?list=NAME` gives who is in one."""
    need(request, Role.VIEWER)
    return desk.ask(answers.lists)


@api.post("/lists", response={201: Counted, **WRONG}, summary="Save a list")
def save_list(request: HttpRequest, body: NewList) -> Any:
    """Save the people of a condition or a persona as a list."""
    need(request, Role.EDITOR)
    chosen = Filters(people=body.people, persona=body.persona)
    people = desk.do(room.save_list, chosen, body.name, body.fixed, body.note)
    return Status(201, {"people": people})


@api.delete("/lists/{name}", response={200: Kept, **WRONG}, summary="Forget a list")
def remove_list(request: HttpRequest, name: str) -> Any:
    """Forget a list; nobody in it is touched."""
    need(request, Role.EDITOR)
    desk.do(room.remove_list, name)
    return {"kept": False}


@api.get("/models", response={200: list[dict[str, Any]], **WRONG}, summary="Journeys")
def models(request: HttpRequest) -> Any:
    """The journeys that can be asked."""
    need(request, Role.VIEWER)
    return desk.ask(answers.models)


def _asked(request: HttpRequest) -> tuple[Filters, tuple[tuple[str, str], ...]]:
    """The filters of an address, and everything else in it."""
    own = [
        (name, value[:LONGEST])
        for name, values in request.GET.lists()
        for value in values[:MOST]
        if isinstance(value, str)
    ]
    return filters.read(request.GET), tuple(own)


def _note(request: HttpRequest, what: str, who: str) -> None:
    asker: Any = getattr(request, "auth", None)
    record(asker, what, person=who, detail=f"API, {getattr(asker, 'name', '')}"[:200])


def _problem(error: str, code: str, hint: str | None = None) -> dict[str, Any]:
    return {"error": error, "code": code, "hint": hint}


def _say(status: int, error: str, code: str, hint: str | None = None) -> HttpResponse:
    return JsonResponse(_problem(error, code, hint), status=status)


@api.exception_handler(OperationalError)
def away(_request: HttpRequest, _error: Any) -> HttpResponse:
    """The server's database cannot be used now."""
    answer = _say(503, AWAY, "database")
    answer.headers["Retry-After"] = COME_BACK
    return answer


@api.exception_handler(SojournError)
def refused(_request: HttpRequest, error: Any) -> HttpResponse:
    """An error of ours, with its code and hint."""
    code = error.kind if isinstance(error, Refused) else error.code
    if code == DatabaseFailed.code:
        return away(_request, error)
    status = 403 if isinstance(error, NotAllowed) else 404 if code in MISSING else 400
    return _say(status, error.message, code, error.hint)


@api.exception_handler(ValidationError)
def invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    """A body or an address that is not as it is described."""
    first = error.errors[0] if error.errors else {}
    place = ".".join(str(part) for part in first.get("loc", ())[1:])
    return _say(422, f"{place}: {first.get('msg', 'not valid')}", "invalid")


@api.exception_handler(AuthenticationError)
def stranger(_request: HttpRequest, _error: Any) -> HttpResponse:
    """Nobody that we know."""
    hint = "Authorization: Bearer KEY; a key is made by `sojourn apikeys add NAME`."
    return _say(401, "A key is missing, or not known.", "unauthenticated", hint)


@api.exception_handler(Throttled)
def too_often(_request: HttpRequest, error: Any) -> HttpResponse:
    """Asked too often."""
    answer = _say(429, "Too many requests; come back later.", "too-many")
    answer.headers["Retry-After"] = str(int(error.wait or 1) + 1)
    return answer


@api.exception_handler(HttpError)
def other(_request: HttpRequest, error: Any) -> HttpResponse:
    """Anything else that HTTP has a number for."""
    return _say(error.status_code, str(error), "http")
