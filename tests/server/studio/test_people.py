"""The room People: the same people as the command line's, and what is told of them by hand."""

import re

import pytest
from django.urls import reverse

from sojourn.cli.demo import fill_shop
from sojourn.server.accounts.models import Deed
from sojourn.server.studio.answers import people as room
from sojourn.workspace import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(tmp_path, settings):
    """A shop of one's own, to change."""
    settings.SOJOURN_WORKSPACE, settings.SOJOURN_INLINE = tmp_path / "own", True
    workspace = Workspace(tmp_path / "own")
    fill_shop(workspace, people=40, seed=5)
    return workspace


def somebody(workspace, condition="total_orders >= 1"):
    return workspace.people.list(people=condition).column("person")[0]


def page_of(who):
    return reverse("studio:person", args=[who])


@pytest.mark.parametrize(
    "people", ["total_orders >= 2", "stage = 'try'", "did('Email Opened', 90)"]
)
def test_the_list_is_the_command_lines(signed_in, shop, people):
    found = signed_in("viewer").get("/people.json", {"people": people}).json()["rows"]
    assert found == shop.people.list(people=people).to_json()["rows"]


def test_a_part_of_an_id_finds_people(signed_in, shop):
    who = somebody(shop)
    page = signed_in("viewer").get("/people/", {"q": who})
    assert page_of(who).encode() in page.content


def test_a_persons_page_tells_what_is_known_and_the_record_tells_who_looked(signed_in, shop):
    who = somebody(shop)
    page = signed_in("viewer").get(page_of(who)).content.decode()
    known = shop.people.show(who)
    assert page.count("<svg") == 2
    assert all(alias["id"] in page for alias in known.aliases)
    deed = Deed.objects.first()
    assert (deed.what, len(deed.about)) == ("looked at a person", 64)
    assert who not in (deed.about, deed.detail)


def test_a_persons_files_hold_every_touchpoint(signed_in, shop):
    who, client = somebody(shop), signed_in("viewer")
    known = shop.people.show(who)
    base = page_of(who).rstrip("/")
    assert client.get(base + ".json").json()["touchpoints"] == known.to_json()["touchpoints"]
    assert client.get(base + ".csv").content.count(b"\n") >= len(known.touchpoints) + 1


@pytest.mark.parametrize(
    "who", ["nobody-at-all", "<script>alert(1)</script>", "a/b/c", "%00", "é" * 300]
)
def test_somebody_unknown_is_said_so_safely(signed_in, shop, who):
    page = signed_in("viewer").get(page_of(who))
    assert page.status_code == 404
    assert b"<script>alert" not in page.content


def test_people_are_saved_as_a_list_and_listed(signed_in, own):
    client, condition = signed_in("editor"), "total_orders >= 1"
    where = reverse("studio:save_list") + f"?people={condition}"
    client.post(where, {"name": "buyers"})
    assert own.lists.names() == ["buyers"]
    listed = client.get("/people.json", {"list": "buyers"}).json()["rows"]
    assert listed == own.people.list(people=condition).to_json()["rows"]
    assert b"buyers" in client.get("/people/lists/").content
    client.post(reverse("studio:remove_list"), {"name": "buyers"})
    assert own.lists.names() == []


def test_a_list_whose_name_is_no_file_name_is_refused(signed_in, own):
    page = signed_in("editor").post(
        reverse("studio:save_list"), {"name": "../../etc/passwd"}, follow=True
    )
    assert page.status_code == 200
    assert own.lists.names() == []


def test_a_note_is_kept_and_shown_as_it_was_written(signed_in, own):
    who, client = somebody(own), signed_in("editor")
    client.post(reverse("studio:note", args=[who]), {"text": "likes <b>dark</b> roast"})
    assert own.people.show(who).touchpoints[-1]["text"] == "likes <b>dark</b> roast"
    assert b"likes &lt;b&gt;dark&lt;/b&gt; roast" in client.get(page_of(who)).content


def test_a_touchpoint_is_told_in_the_reports_zone(signed_in, own):
    own.configure(zone="America/New_York")
    told = {"person": "email:new@example.com", "name": "Call Received", "at": "2025-06-01T09:30"}
    assert signed_in("editor").post(reverse("studio:add"), told).status_code == 302
    last = own.people.show("new@example.com").touchpoints[-1]
    assert last["ts"].isoformat() == "2025-06-01T13:30:00+00:00"


@pytest.mark.parametrize("wrong", [{"value": "a lot"}, {"at": "tomorrow"}, {"person": ""},
                                   {"currency": "euro"}, {"name": "x" * 300}])  # fmt: skip
def test_a_wrong_field_is_told_and_nothing_is_kept(signed_in, own, wrong):
    before = own.info().notes.get("touchpoints"), len(own.people.list())
    told = {"person": "42", "name": "Call Received", "at": "2025-06-01T09:30", **wrong}
    page = signed_in("editor").post(reverse("studio:add"), told)
    assert (page.status_code, b'role="alert"' in page.content) == (200, True)
    assert (own.info().notes.get("touchpoints"), len(own.people.list())) == before


def test_two_people_are_joined_and_parted_again(signed_in, own):
    client = signed_in("editor")
    one, other = own.people.list(people="total_orders >= 1").column("person")[:2]
    client.post(reverse("studio:correct", args=[one]), {"other": other})
    aliases = [alias["id"] for alias in own.people.show(one).aliases]
    assert other in aliases
    client.post(reverse("studio:correct", args=[one]), {"alias": f"user:{other}"})
    assert other not in [alias["id"] for alias in own.people.show(one).aliases]


def test_a_person_is_handed_out_and_erased_for_good(signed_in, own):
    client, who = signed_in("owner"), somebody(own)
    email = next(a["id"] for a in own.people.show(who).aliases if a["kind"] == "email")
    client.get(page_of(who))
    handed = client.get(reverse("studio:export_person", args=[who]))
    assert email in handed.content.decode()
    where = reverse("studio:erase", args=[who])
    assert b"nothing was erased" in client.post(where, {"again": "somebody else"}).content
    assert own.people.show(who)
    done = client.post(where, {"again": who}).content
    assert b"nothing of them is left" in done
    assert client.get(page_of(who)).status_code == 404
    assert not Deed.objects.exclude(about="").exists()
    files = [path for path in own.folder.rglob("*") if path.is_file()]
    assert [path for path in files if email.encode() in path.read_bytes()] == []


def test_only_an_owner_erases(signed_in, own):
    who = somebody(own)
    assert (
        signed_in("editor").post(reverse("studio:erase", args=[who]), {"again": who}).status_code
        == 403
    )
    assert own.people.show(who)


def test_whom_a_person_brought_is_one_step_away(signed_in, shop):
    rows = shop.journey().referrals().rows
    who = rows[0]["advocate"]
    page = signed_in("viewer").get(f"/people/of/{who}/").content.decode()
    [link] = re.findall(r'href="(/people/\?where=referred_by[^"]+)"', page)
    found = signed_in("viewer").get(link.replace("/people/?", "/people.json?")).json()["rows"]
    assert len(found) == rows[0]["brought"]


def test_a_page_of_many_people_shows_the_first_and_counts_them_all(signed_in, shop, monkeypatch):
    monkeypatch.setattr(room, "SHOWN", 10)
    page = signed_in("viewer").get("/people/?from=2000-01-01").content.decode()
    everybody = len(shop.people.list(start="2000-01-01"))
    assert f'<p class="big">{everybody:,}' in page
    assert page.count("/people/of/") == 10
    twin = signed_in("viewer").get("/people.json?from=2000-01-01").json()
    assert len(twin["rows"]) == everybody
