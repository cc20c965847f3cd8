"""Data > Alerts: who is told when something goes wrong, and when the weekly mail goes out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sojourn.core.alerting import Wishes
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk
from sojourn.server.studio.answers import alerts as room
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.forms import Alerting
from sojourn.server.studio.views.page import BAD


@needs(Role.OWNER)
def alerts(request: HttpRequest) -> HttpResponse:
    """Who is told, and what is wrong since the last look; what is wrong in a form is said there."""
    told = {"question": _("Who is told when something goes wrong?"), "here": "alerts"}
    try:
        wishes, standing, secret = desk.do(room.alerts)
    except Refused as error:
        page = {**told, "problem": error, "form": Alerting(initial=_initial(Wishes()))}
        return render(request, "studio/data/alerts.html", page, status=BAD)
    form = Alerting(request.POST or None, initial=_initial(wishes))
    if request.method == "POST" and form.is_valid():
        try:
            desk.do(room.wish, form.wishes())
            record(request.user, "changed alerts")
            messages.success(request, _("Saved."))
            return redirect("studio:alerts")
        except Refused as error:
            form.add_error(None, f"{error.message} {error.hint or ''}".strip())
    page = {**told, "form": form, "wishes": wishes, "standing": standing, "secret": secret}
    status = BAD if form.is_bound else 200
    return render(request, "studio/data/alerts.html", page, status=status)


def _initial(wishes: Wishes) -> dict[str, object]:
    return {
        "to": ", ".join(wishes.to), "webhook": wishes.webhook, "kinds": list(wishes.kinds),
        "mail_to": ", ".join(wishes.mail.to), "day": wishes.mail.day, "hour": wishes.mail.hour,
    }  # fmt: skip


@needs(Role.OWNER)
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Send a test to everybody who is told."""
    try:
        desk.do(room.test)
        record(request.user, "sent a test alert")
        messages.success(request, _("The test is on its way."))
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    return redirect("studio:alerts")
