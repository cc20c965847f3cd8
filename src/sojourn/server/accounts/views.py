"""Signing in and out, the welcome of a link, and the page of accounts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sojourn.server.accounts import attempts, links
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.forms import Invite, SignIn, Welcome
from sojourn.server.accounts.models import Deed, Link, User
from sojourn.server.accounts.roles import ANYONE, MEANING, Role, needs

NEWEST_DEEDS = 100


@needs(ANYONE)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door."""
    back = _safe(request, request.POST.get("next") or request.GET.get("next") or "/")
    if request.user.is_authenticated:
        return redirect(back)
    form, status = SignIn(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        email, place = form.cleaned_data["email"].lower(), request.META.get("REMOTE_ADDR", "")
        if attempts.too_many(email, place):
            form.add_error(None, _("Too many attempts. Wait a quarter of an hour, then try again."))
            status = 429
        else:
            user = authenticate(request, username=email, password=form.cleaned_data["password"])
            if isinstance(user, User):
                attempts.succeeded(email)
                login(request, user)
                record(user, "signed in")
                return redirect(back)
            attempts.failed(email, place)
            form.add_error(None, _("The address or the password is wrong."))
    first = not User.objects.exists()
    told = {"form": form, "next": back, "first": first}
    return render(request, "accounts/login.html", told, status=status)


@needs(Role.VIEWER)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave."""
    logout(request)
    return redirect("accounts:login")


@needs(ANYONE)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """What a one-time link opens: a new account, or a new password for one that is there."""
    link = links.find(token)
    if link is None:
        return render(request, "accounts/gone.html", status=410)
    form = Welcome(request.POST or None, email=link.email)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        user = links.use(link, given.get("email", ""), given["name"], given["password"])
        if user is None:
            return render(request, "accounts/gone.html", status=410)
        attempts.succeeded(user.email)
        login(request, user, "django.contrib.auth.backends.ModelBackend")
        record(user, "opened a one-time link")
        return redirect("/")
    known = bool(link.email) and User.objects.filter(email=link.email).exists()
    told = {"form": form, "link": link, "known": known, "meaning": MEANING[Role(link.role)]}
    return render(request, "accounts/welcome.html", told)


@needs(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """Who may come in, as what; inviting others."""
    form = Invite(request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        me = request.user if isinstance(request.user, User) else None
        token = links.make(email, role, me)
        made = request.build_absolute_uri(reverse("accounts:welcome", args=[token]))
        record(request.user, "made an invitation", detail=role)
        form = Invite()
    told = {
        "form": form,
        "made": made,
        "users": User.objects.order_by("email"),
        "open": [link for link in Link.objects.filter(used_at=None).exclude(email="")
                 if link.works],
        "roles": [(value, Role(value).label, MEANING[Role(value)]) for value in Role.values],
        "deeds": Deed.objects.select_related("who")[:NEWEST_DEEDS],
    }  # fmt: skip
    return render(request, "accounts/accounts.html", told)


@needs(Role.OWNER)
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account another role, close it, or open it again; one owner always stays."""
    user = get_object_or_404(User, pk=pk)
    role, active = request.POST.get("role", user.role), request.POST.get("active")
    stays = user.is_active if active is None else active == "yes"
    if role not in Role.values:
        messages.error(request, _("There is no such role."))
    elif _is_the_last_owner(user) and (role != Role.OWNER or not stays):
        messages.error(request, _("One owner has to stay: make somebody else an owner first."))
    else:
        user.role, user.is_active = role, stays
        user.save()
        record(
            request.user, "changed an account", detail=f"{role}, {'open' if stays else 'closed'}"
        )
        messages.success(request, _("Saved."))
    return redirect("accounts:accounts")


@needs(Role.OWNER)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    Link.objects.filter(pk=pk, used_at=None).delete()
    record(request.user, "took an invitation back")
    return redirect("accounts:accounts")


def _is_the_last_owner(user: User) -> bool:
    others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk)
    return user.role == Role.OWNER and not others.exists()


def _safe(request: HttpRequest, url: str) -> str:
    """A page of ours to go back to, the first one for any other address."""
    fits = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if fits else "/"
