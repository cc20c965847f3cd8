"""Who comes in, by which link, in which role, and how often a wrong password may be tried."""

import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from sojourn.server.accounts import attempts, links
from sojourn.server.accounts.models import Deed, Link, User

pytestmark = pytest.mark.django_db
GOOD = {"email": "olive@example.com", "name": "Olive", "password": "a long sentence"}


def welcome(token):
    return reverse("accounts:welcome", args=[token])


def sign_in(client, email, password, **more):
    return client.post(reverse("accounts:login"), {"email": email, "password": password, **more})


def test_the_first_link_makes_an_owner_and_works_once(client, nothing):
    token = links.first()
    assert client.get(welcome(token)).status_code == 200
    assert client.post(welcome(token), GOOD).headers["Location"] == "/"
    owner = User.objects.get()
    assert (owner.role, owner.is_staff, owner.password.partition("$")[0]) == (
        "owner",
        True,
        "argon2",
    )
    assert client.post(welcome(token), GOOD).status_code == 410
    assert links.first() is None


def test_only_the_hash_of_a_link_is_kept():
    token = links.make("ed@example.com", "editor")
    assert token not in str(Link.objects.values_list())
    assert links.find(token).role == "editor"
    assert links.find(token + "x") is None


def test_a_newer_link_for_an_address_ends_the_older_one():
    older = links.make("ed@example.com", "editor")
    links.make("ed@example.com", "viewer")
    assert links.find(older) is None


def test_a_link_is_over_after_a_week(client, nothing):
    token = links.make("ed@example.com", "editor")
    Link.objects.update(made_at=timezone.now() - Link.LASTS)
    assert client.get(welcome(token)).status_code == 410


def test_a_link_for_a_known_address_sets_its_password_and_keeps_its_role(
    client, shop, people_of_roles
):
    token = links.make("owner@example.com", "viewer")
    client.post(welcome(token), {"name": "", "password": "another long sentence"})
    owner = User.objects.get(email="owner@example.com")
    assert owner.check_password("another long sentence")
    assert owner.role == "owner"


@pytest.mark.parametrize("password", ["short", "password1234", "12345678901", "olive@example.com"])
def test_a_password_that_is_easy_to_guess_is_refused(client, nothing, password):
    token = links.first()
    answer = client.post(welcome(token), {**GOOD, "password": password})
    assert answer.status_code == 200
    assert User.objects.count() == 0
    assert links.find(token) is not None


def test_signing_in_leads_back_to_a_page_of_ours_only(client, shop, people_of_roles):
    def led(target):
        client.logout()
        return sign_in(client, "viewer@example.com", "a long sentence", next=target).headers[
            "Location"
        ]

    assert led("/people/?q=anna") == "/people/?q=anna"
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
    ):
        assert led(elsewhere) == "/"


def test_a_wrong_password_says_no_more_than_that(client, shop, people_of_roles):
    known = sign_in(client, "viewer@example.com", "wrong").content
    unknown = sign_in(client, "nobody@example.com", "wrong").content
    without = re.compile(rb'value="[^"]*"')
    assert without.sub(b"", known) == without.sub(b"", unknown)
    assert b"The address or the password is wrong." in known


def test_after_eight_wrong_passwords_even_the_right_one_waits(client, shop, people_of_roles):
    for _ in range(attempts.FOR_AN_ACCOUNT):
        assert sign_in(client, "viewer@example.com", "wrong").status_code == 200
    assert sign_in(client, "viewer@example.com", "a long sentence").status_code == 429
    attempts.Attempt.objects.update(at=timezone.now() - attempts.WINDOW)
    assert sign_in(client, "viewer@example.com", "a long sentence").status_code == 302


def test_guessing_for_many_accounts_from_one_place_waits_too(client, shop, people_of_roles):
    for i in range(attempts.FROM_A_PLACE):
        attempts.failed(f"someone{i}@example.com", "127.0.0.1")
    assert sign_in(client, "viewer@example.com", "a long sentence").status_code == 429


def test_a_closed_account_does_not_come_in(client, shop, people_of_roles):
    User.objects.filter(role="viewer").update(is_active=False)
    assert sign_in(client, "viewer@example.com", "a long sentence").status_code == 200


def test_an_owner_invites_and_the_link_is_shown_once(signed_in, shop):
    owner = signed_in("owner")
    page = owner.post(reverse("accounts:accounts"), {"email": "new@example.com", "role": "editor"})
    path = (
        re.search(rb"http://testserver(/accounts/welcome/[^/]+/)", page.content).group(1).decode()
    )
    assert path.encode() not in owner.get(reverse("accounts:accounts")).content
    owner.logout()
    owner.post(path, {"name": "New", "password": "a long sentence"})
    assert User.objects.get(email="new@example.com").role == "editor"


def test_an_invitation_can_be_taken_back(signed_in, shop):
    token = links.make("new@example.com", "editor")
    signed_in("owner").post(reverse("accounts:withdraw", args=[Link.objects.get().pk]))
    assert links.find(token) is None


def test_one_owner_always_stays(signed_in, shop, people_of_roles):
    owner = people_of_roles["owner"]
    where = reverse("accounts:change", args=[owner.pk])
    client = signed_in("owner")
    client.post(where, {"role": "viewer"})
    client.post(where, {"active": "no"})
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)
    client.post(reverse("accounts:change", args=[people_of_roles["editor"].pk]), {"role": "owner"})
    client.post(where, {"role": "viewer"})
    owner.refresh_from_db()
    assert owner.role == "viewer"


def test_deeds_are_recorded_without_naming_persons(signed_in, shop):
    signed_in("owner").post(
        reverse("accounts:accounts"), {"email": "x@example.com", "role": "viewer"}
    )
    deed = Deed.objects.first()
    assert (deed.what, deed.detail) == ("made an invitation", "viewer")
    assert "x@example.com" not in f"{deed.about}{deed.detail}"


def test_the_command_lists_links_and_closes_accounts(people_of_roles, capsys):
    call_command("accounts", "list")
    assert "owner@example.com\t\towner\t" in capsys.readouterr().out
    call_command("accounts", "link", "late@example.com", "--role", "editor")
    assert capsys.readouterr().out.startswith("/accounts/welcome/")
    call_command("accounts", "close", "viewer@example.com")
    assert not User.objects.get(email="viewer@example.com").is_active


def test_what_other_commands_do_first_leaves_the_first_link_as_it_is(client, nothing):
    token = links.first()
    call_command("accounts", "prepare")
    assert client.get(welcome(token)).status_code == 200
