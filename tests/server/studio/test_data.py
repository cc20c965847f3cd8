"""The room Data: a file is looked into, explained, brought in and taken back; nothing is lost."""

import re
import time
from contextlib import closing

import pyarrow as pa
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sojourn.server.inbox import Inbox
from sojourn.server.studio import jobs
from sojourn.workspace import Workspace

pytestmark = pytest.mark.django_db
PLAIN = b"who,at,what\n1,2026-01-01T10:00:00Z,Page Viewed\n2,2026-01-02T10:00:00Z,Order Completed\n"
STRANGE = b"wer,wann\nann,2026-01-01T10:00:00Z\nben,2026-01-02T10:00:00Z\n"


@pytest.fixture
def own(tmp_path, settings):
    """A workspace into which nothing came yet."""
    settings.SOJOURN_WORKSPACE, settings.SOJOURN_INLINE = tmp_path / "own", True
    return Workspace(tmp_path / "own")


def at(view, *args):
    return reverse(f"studio:{view}", args=args)


def upload(client, content, name="file.csv", **more):
    answer = client.post(at("upload"), {"file": SimpleUploadedFile(name, content), **more})
    return answer.headers["Location"]


def bring_in(client, where, **said):
    """Say yes to what is shown, and wait until it is in."""
    watched = client.post(where, {**said, "go": "1"}).headers["Location"]
    token = watched.split("/")[-3]
    for _ in range(600):
        if jobs.find(token).done:
            break
        time.sleep(0.05)
    return client.get(watched).content.decode()


def test_a_file_is_looked_into_brought_in_and_taken_back(signed_in, own):
    client = signed_in("editor")
    where = upload(client, PLAIN)
    said = {"person": "who", "ts": "at", "name": "what", "person_kind": "user"}
    page = client.post(where, said).content.decode()
    assert re.search(r'<p class="big">2 <small>new touchpoints', page)
    assert not own.log.exists()
    assert "touchpoints are in" in bring_in(client, where, **said)
    assert own.people.list().column("person") == ["1", "2"]
    assert list((own.folder / "server" / "uploads").glob("*")) == []
    import_id = own.imports().rows[0]["import_id"]
    assert import_id in client.get(at("imports")).content.decode()
    client.post(at("undo"), {"import_id": import_id})
    assert own.imports().rows == []


def test_a_file_of_no_known_kind_is_explained_with_its_columns(signed_in, own):
    client = signed_in("editor")
    where = upload(client, STRANGE)
    page = client.get(where).content.decode()
    assert "This file is new to us" in page
    assert page.count("<option>wer</option>") == 2
    said = {"person": "wer", "ts": "wann", "name": "=Store Visited", "person_kind": "card"}
    bring_in(client, where, **said)
    assert own.people.show("card:ann").touchpoints[0]["name"] == "Store Visited"


def test_rows_that_cannot_be_read_are_mended_and_come_in(signed_in, own):
    client = signed_in("editor")
    broken = PLAIN + b"3,not a time,Page Viewed\n"
    said = {"person": "who", "ts": "at", "name": "what", "person_kind": "user"}
    assert (
        "1</dt><dd>that cannot be read"
        in client.post(upload(client, broken), said).content.decode()
    )
    bring_in(client, upload(client, broken), **said)
    assert b"not a time" in client.get(at("rejected")).content
    file = client.get(at("rejected_file")).content
    mended = file.replace(b"not a time", b"2026-01-03T10:00:00Z")
    answer = client.post(at("upload"), {"file": SimpleUploadedFile("r.csv", mended), "mended": "1"})
    client.get(answer.headers["Location"])
    assert own.rejected.count() == 0
    assert own.people.list().column("person") == ["1", "2", "3"]


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/x.csv", "..\\..\\x.csv", ".htaccess", "a" * 400 + ".csv", "<b>.csv"],
)
def test_an_uploaded_file_stays_where_uploads_are(signed_in, own, name):
    client = signed_in("editor")
    client.get(upload(client, PLAIN, name))
    files = [
        path for path in own.folder.rglob("*") if path.is_file() and b"who,at" in path.read_bytes()
    ]
    assert len(files) == 1
    assert files[0].parent.parent == own.folder / "server" / "uploads"


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04 broken", b"{" * 5000, b"a\n" * 3]
)
def test_a_file_that_is_none_is_told_so_on_the_page(signed_in, own, content):
    client = signed_in("editor")
    page = client.get(upload(client, content))
    assert page.status_code == 200
    assert b'role="alert"' in page.content


def test_an_upload_that_is_gone_or_made_up_leads_back(signed_in, own):
    client = signed_in("editor")
    for token in ("abc", "..", "a%2Fb"):
        answer = client.get(f"/data/upload/{token}/")
        assert answer.status_code in (302, 404)


def keys_of(workspace):
    with closing(Inbox(workspace.folder)) as inbox:
        return inbox.keys()


def test_an_owner_makes_and_removes_keys_and_a_viewer_sees_none(signed_in, own):
    client = signed_in("owner")
    client.post(at("change_key"), {"name": "website"})
    [key] = keys_of(own)
    assert key in client.get(at("data")).content.decode()
    client.post(at("change_key"), {"name": "No Such Name!"})
    client.post(at("change_key"), {"remove": "website"})
    assert keys_of(own) == {}


def test_arrivals_are_a_part_of_the_page_that_renews_itself(signed_in, shop):
    part = signed_in("viewer").get(at("data"), headers={"HX-Request": "true"}).content
    assert b"<html" not in part
    assert b"simulated-shop" in part


def test_a_journey_is_judged_while_it_is_written(signed_in, own):
    client = signed_in("editor")
    own.add(_frame(), person="who", ts="at", name="what")
    text = own.model_text("hourglass")[0]
    where = at("judge", "hourglass")
    assert b"everybody stays" in client.post(where, {"yaml": text}).content
    other = text.replace('evidence: "true"', "evidence: \"name = 'Ad Viewed'\"", 1)
    assert b"1 of 2 people would be in another stage" in client.post(where, {"yaml": other}).content
    wrong = client.post(where, {"yaml": text.replace("evidence:", "evidenc:", 1)}).content
    assert b'class="problem"' in wrong
    assert (
        b"expected" in client.post(where, {"yaml": text.replace("id: hourglass", "id: x")}).content
    )


def test_a_saved_journey_counts_and_the_one_before_is_kept(signed_in, own):
    client = signed_in("editor")
    own.add(_frame(), person="who", ts="at", name="what")
    text = own.model_text("sales")[0].replace("name: Consumer sales journey", "name: Our own way")
    client.post(at("model", "sales"), {"yaml": text})
    client.post(at("model", "sales"), {"yaml": text + "# again\n"})
    assert own.model("sales").name == "Our own way"
    assert len(list((own.folder / "models" / ".versions" / "sales").glob("*.yaml"))) == 1
    bad = client.post(at("model", "sales"), {"yaml": "id: sales"})
    assert bad.status_code == 400
    assert own.model("sales").name == "Our own way"


def test_settings_are_checked_and_saved(signed_in, own):
    client = signed_in("owner")
    own.add(_frame(), person="who", ts="at", name="what")
    given = {
        "name": "Ann's",
        "zone": "Europe/Paris",
        "journey": "sales",
        "order": "name = 'Order Completed'",
    }
    client.post(at("settings"), given)
    assert (own.settings.name, own.settings.zone) == ("Ann's", "Europe/Paris")
    wrong = client.post(at("settings"), {**given, "zone": "Europe/Pariss"})
    assert wrong.status_code == 400
    assert b"Europe/Pariss" in wrong.content
    assert own.settings.zone == "Europe/Paris"


def test_a_persona_is_named_counted_and_forgotten(signed_in, own):
    client = signed_in("editor")
    own.add(_frame(), person="who", ts="at", name="what")
    page = client.post(
        at("persona"), {"name": "buyers", "condition": "total_orders >= 1"}, follow=True
    )
    assert b"buyers: 1 people." in page.content
    assert own.settings.personas == {"buyers": "total_orders >= 1"}
    client.post(at("persona"), {"name": "wrong", "condition": "total_order >= 1"})
    assert list(own.settings.personas) == ["buyers"]
    client.post(at("persona"), {"name": "buyers", "remove": "1"})
    assert own.settings.personas == {}


def test_health_says_in_one_sentence_that_everything_adds_up(signed_in, shop):
    page = signed_in("viewer").get(at("health")).content.decode()
    assert f"all {len(shop.doctor())} checks hold" in page


def _frame():
    return pa.table({"who": ["1", "2"], "at": ["2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z"],
                     "what": ["Page Viewed", "Order Completed"]})  # fmt: skip
