"""Every address of the pages, as every role: what is shown, what is refused, and how safely."""

import re

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sojourn.errors import DatabaseFailed
from sojourn.server.accounts.roles import ANYONE, allowed
from sojourn.server.api.models import ApiKey

ROLES = ("viewer", "editor", "owner")
pytestmark = pytest.mark.django_db


def patterns(resolver=None, before=""):
    """Each pattern with its whole route and its view."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif isinstance(each, URLPattern):
            yield route, each.callback


ALL = dict(patterns())
OURS = {r: v for r, v in ALL.items() if not r.startswith(("admin/", "api/"))}


def address(route):
    """An address that fits a route."""
    made = re.sub(r"\(\?P<style>.*?\)", "json", route)
    made = re.sub(r"\(\?P<\w+>.*?\)", "x", made)
    made = re.sub(r"<int:\w+>", "1", made)
    made = re.sub(r"<.*?>", "x", made).translate(str.maketrans("", "", "^$\\"))
    return "/" + made


def test_every_page_of_ours_says_which_role_it_needs():
    assert [route for route, view in OURS.items() if not hasattr(view, "role")] == []


@pytest.mark.parametrize("route", sorted(ALL))
def test_a_stranger_is_led_to_the_door(client, shop, route):
    answer = client.get(address(route))
    if route == "api/openapi.json":
        assert answer.status_code == 200
    elif route.startswith("api/"):
        assert answer.status_code in (401, 404, 405)
    elif getattr(ALL[route], "role", "") == ANYONE:
        assert answer.status_code in (200, 400, 404, 410)
    else:
        assert answer.status_code == 401 or "/accounts/login/" in answer.headers["Location"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", sorted(OURS))
def test_a_page_opens_for_those_whose_role_includes_it(signed_in, shop, role, route):
    needed = OURS[route].role
    answer = signed_in(role).get(address(route))
    if needed == ANYONE or allowed(role, needed):
        assert answer.status_code in (200, 302, 400, 404, 405, 410)
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_the_administration_is_for_owners(signed_in, shop, role):
    assert signed_in(role).get("/admin/").status_code == 403
    assert signed_in("owner").get("/admin/").status_code == 200


def test_every_page_has_a_strict_policy(signed_in, shop):
    policy = signed_in("viewer").get("/journey/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_form_without_its_token_changes_nothing(people_of_roles, shop):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people_of_roles["owner"])
    assert strict.post("/accounts/", {"email": "x@example.com", "role": "owner"}).status_code == 403


def test_a_database_that_is_away_is_no_fault_of_ours(signed_in, shop, monkeypatch):
    owner = signed_in("owner")
    owner.raise_request_exception = False
    for failure in (OperationalError("gone"), DatabaseFailed("gone")):

        def fail(*_, failure=failure, **__):
            raise failure

        with monkeypatch.context() as patch:
            patch.setattr(SessionStore, "load", fail)
            page = owner.get("/")
            assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
            assert "does not answer just now" in page.text
            patch.setattr(ApiKey, "of", fail)
            for client in (owner, Client(raise_request_exception=False)):
                told = client.get("/api/models", headers={"Authorization": "Bearer k"})
                assert (told.status_code, told.headers["Retry-After"]) == (503, "5")
                assert told.json()["code"] == "database"
    assert owner.get("/").status_code in (200, 302)


def test_what_breaks_unawares_is_told_as_a_page_or_as_json_and_says_nothing_of_itself(
    signed_in, shop, monkeypatch
):
    owner = signed_in("owner")
    owner.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "load", lambda *_: 1 / 0)
    page, told = owner.get("/"), owner.get("/api/models")
    assert (page.status_code, told.status_code, told.json()["code"]) == (500, 500, "broken")
    assert "division" not in page.text + told.text
