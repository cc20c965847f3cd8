"""Data > Alerts and Data > Privacy: for owners, checked, and told where wrong; consent by hand."""

import pytest

pytestmark = pytest.mark.django_db
TOLD = {"to": "a@example.com, b@example.com", "webhook": "", "kinds": ["score"], "mail_to": "",
        "day": "monday", "hour": "7"}  # fmt: skip


@pytest.fixture
def own(shop):
    """The shop, without alerts before and after, its settings as they were."""
    before = (shop.folder / "sojourn.toml").read_bytes()
    yield shop
    (shop.folder / "sojourn.toml").write_bytes(before)
    for name in ("alerts.yaml", "alerts.state.json"):
        (shop.folder / name).unlink(missing_ok=True)


def test_an_owner_says_who_is_told(signed_in, own):
    signed_in("owner").post("/data/alerts/", TOLD)
    wishes = own.alerts.wishes()
    assert (wishes.to, wishes.kinds) == (("a@example.com", "b@example.com"), ("score",))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": "nobody"}, "expected an address"),
        ({"webhook": "http://10.0.0.1/"}, "expected https"),
        ({"hour": "25"}, "less than or equal to 23"),
        ({"kinds": ["nonsense"]}, "valid choice"),
        ({"mail_to": "<b>@"}, "&lt;b&gt;@"),
    ],
)
def test_what_is_wrong_is_explained_and_not_kept(signed_in, own, changed, words):
    page = signed_in("owner").post("/data/alerts/", {**TOLD, **changed})
    assert (page.status_code, words in page.content.decode()) == (400, True)
    assert not (own.folder / "alerts.yaml").exists()


@pytest.mark.parametrize("address", ["/data/alerts/", "/data/privacy/"])
def test_only_owners_see_it(signed_in, own, address):
    assert signed_in("editor").get(address).status_code == 403


def test_a_test_without_a_mail_server_says_what_to_set(signed_in, own, monkeypatch):
    monkeypatch.delenv("SOJOURN_SMTP", raising=False)
    owner = signed_in("owner")
    owner.post("/data/alerts/", TOLD)
    page = owner.post("/data/alerts/test/", follow=True)
    assert "Set SOJOURN_SMTP" in page.content.decode()


def test_a_file_that_is_broken_is_told_on_its_page(signed_in, own):
    (own.folder / "alerts.yaml").write_text("to: 7", encoding="utf-8")
    page = signed_in("owner").get("/data/alerts/")
    assert (page.status_code, "alerts.yaml.to" in page.content.decode()) == (400, True)


def test_privacy_settings_are_kept_and_wrong_ones_told(signed_in, own):
    owner = signed_in("owner")
    owner.post("/data/privacy/", {"consent": "analytics, Marketing", "texts": "25 months"})
    assert own.settings.consent == ("analytics", "messages")
    assert own.settings.retention == {"texts": "25 months"}
    page = owner.post("/data/privacy/", {"consent": "", "texts": "a while"})
    assert (page.status_code, "a while" in page.content.decode()) == (400, True)
    assert own.settings.retention == {"texts": "25 months"}


def test_what_somebody_says_of_a_purpose_is_noted_with_its_source(signed_in, own):
    who = own.people.list().rows[0]["person"]
    editor = signed_in("editor")
    said = {"purpose": "messages", "given": "no", "how": "by phone"}
    page = editor.post(f"/people/of/{who}/consent/", said, follow=True).content.decode()
    assert "by phone" in page
    [row] = own.people.consents(who).rows
    assert (row["purpose"], row["given"], row["source"]) == ("messages", False, "by phone")


def test_a_viewer_notes_no_consent(signed_in, own):
    who = own.people.list().rows[0]["person"]
    answer = signed_in("viewer").post(f"/people/of/{who}/consent/", {"purpose": "messages"})
    assert answer.status_code == 403
