"""The map's pages: made, edited in place, shared and taken back, exported."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from sojourn.cli.demo import fill_shop
from sojourn.server.studio.models import Share
from sojourn.server.studio.views.maps import FORMS
from sojourn.workspace import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(tmp_path, settings):
    """A shop with a map of its own."""
    settings.SOJOURN_WORKSPACE, settings.SOJOURN_INLINE = tmp_path / "own", True
    workspace = Workspace(tmp_path / "own")
    fill_shop(workspace, people=60, seed=5)
    workspace.maps.new("first", title="First buyers")
    return workspace


def at(view, *args):
    return reverse(f"studio:{view}", args=args)


def test_a_map_is_made_from_its_title(signed_in, own):
    client = signed_in("editor")
    made = client.post(at("new_map"), {"title": "Wholesale & offices", "journey": "sales"})
    assert made.headers["Location"] == at("map", "wholesale-offices")
    assert own.maps.load("wholesale-offices").journey == "sales"
    assert b"Wholesale &amp; offices" in client.get(at("maps")).content


def test_the_page_shows_every_stage_lane_and_entry(signed_in, own):
    page = signed_in("viewer").get(at("map", "first")).content.decode()
    filled = own.maps.fill("first")
    assert all(stage.name in page for stage in filled.stages)
    assert all(f'id="{lane.id}"' in page for lane in filled.lanes)
    chip = next(lane for lane in filled.lanes if lane.lane == "touchpoints").cell("know").entries[0]
    assert chip.text in page
    assert "Edit" not in page


def test_a_cell_is_edited_in_place(signed_in, own):
    client, where = signed_in("editor"), at("cell", "first", "goal", "try")
    assert b"What they want to get done." in client.get(where).content
    client.post(where, {"text": "Taste <b>first</b>", "owner": "Ann", "note": ""})
    assert own.maps.load("first").cell("goal", "try").owner == "Ann"
    page = client.get(at("map", "first")).content
    assert b"Taste &lt;b&gt;first&lt;/b&gt;" in page
    assert own.maps.versions("first")[0].by == "editor@example.com"


def test_a_finding_is_agreed_on_dismissed_and_taken_back(signed_in, own):
    client, where = signed_in("editor"), at("mark", "first", "pains", "try")
    client.post(where, {"part": "dismiss", "key": "failed: Checkout"})
    assert own.maps.load("first").cell("pains", "try").dismiss == ("failed: Checkout",)
    client.post(where, {"part": "dismiss", "key": "failed: Checkout"})
    assert own.maps.load("first").cell("pains", "try").dismiss == ()


def test_a_shared_link_shows_the_picture_and_no_person_and_can_be_taken_back(signed_in, own):
    client = signed_in("editor")
    page = client.post(at("share_map", "first")).content.decode()
    link = page.split("http://testserver")[1].split("<")[0]
    client.logout()
    seen = client.get(link)
    assert (seen.status_code, b"First buyers" in seen.content) == (200, True)
    assert b"/people/" not in seen.content
    assert "unsafe" not in seen.headers["Content-Security-Policy"]
    assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")
    share = Share.objects.get()
    assert share.token_hash not in link
    signed_in("editor").post(at("share_map", "first"), {"revoke": str(share.pk)})
    client.logout()
    assert client.get(link).status_code == 404
    assert client.get("/shared/guess/").status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_a_map_is_exported(signed_in, own, form):
    answer = signed_in("viewer").get(at("export_map", "first", form))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="first.{form}"'


def test_the_document_is_edited_as_text_and_what_is_wrong_is_told(signed_in, own):
    client, where = signed_in("editor"), at("map_yaml", "first")
    text = own.maps.text("first")
    wrong = client.post(where, {"yaml": text.replace("lanes:", "lans:")})
    assert (wrong.status_code, b"Did you mean" in wrong.content) == (400, True)
    assert own.maps.text("first") == text
    client.post(where, {"yaml": text.replace("First buyers", "Later buyers")})
    assert own.maps.load("first").title == "Later buyers"


def test_a_broken_file_is_told_and_hides_no_other_map(signed_in, own):
    (own.folder / "maps" / "second.yaml").write_text("id: [")
    client = signed_in("editor")
    page = client.get(at("maps")).content
    assert b"First buyers" in page
    assert b"not YAML" in page
    assert client.get(at("map", "second")).status_code == 400
    assert client.get(at("map", "third")).status_code == 404


def test_a_map_is_compared_in_the_address(signed_in, own):
    page = signed_in("viewer").get(at("map", "first"), {"beside_from": "2025-01-01",
                                                        "beside_to": "2025-06-01"})  # fmt: skip
    assert page.status_code == 200
    assert b'class="lead drift"' in page.content


def png():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pictured(shop):
    """A map with a lane of pictures."""
    shop.maps.new("pictured", "hourglass")
    text = shop.maps.text("pictured").replace("lanes:\n", "lanes:\n- images\n", 1)
    shop.maps.save("pictured", text)
    yield shop
    shop.maps.remove("pictured")


def test_a_picture_is_brought_shown_and_taken_out(signed_in, pictured):
    editor, cell = signed_in("editor"), "/journey/maps/pictured/cell/images/try/"
    file = SimpleUploadedFile("tea.html", png(), "text/html")
    editor.post(cell, {"image": file, "words": "A <b>cup</b>"})
    page = editor.get("/journey/maps/pictured/").content.decode()
    [source] = re.findall(r'<img src="([^"]+)" alt="A &lt;b&gt;cup&lt;/b&gt;"', page)
    answer = editor.get(source)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    told = pictured.maps.load("pictured").cell("images", "try").add[0]
    editor.post("/journey/maps/pictured/mark/images/try/", {"part": "add", "key": told})
    assert "/pictured/images/" not in editor.get("/journey/maps/pictured/").content.decode()


@pytest.mark.parametrize("raw", [b"<svg onload='alert(1)'/>", b"", b"MZ"])
def test_what_is_no_picture_is_told_and_not_kept(signed_in, pictured, raw):
    file = SimpleUploadedFile("tea.png", raw, "image/png")
    address = "/journey/maps/pictured/cell/images/try/"
    page = signed_in("editor").post(address, {"image": file, "words": "Tea"}, follow=True)
    assert 'class="error"' in page.content.decode()
    assert pictured.maps.load("pictured").cell("images", "try").add == ()


def test_a_picture_that_is_not_there_is_not_found(signed_in, pictured):
    viewer = signed_in("viewer")
    for name in ("x", "tea-12345678.png", "..%2Fpictured.yaml"):
        assert viewer.get(f"/journey/maps/pictured/images/{name}").status_code == 404


def test_feelings_are_a_curve_with_its_words(signed_in, pictured):
    page = signed_in("viewer").get("/journey/maps/pictured/").content.decode()
    assert 'class="curve"><svg' in page.replace("\n", "")
    assert "<style>" not in page
