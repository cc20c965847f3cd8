"""The room Grow: links made in agreed words, channels in sentences, personas as cards."""

import pytest

from sojourn.server.studio.answers.grow import sentences

pytestmark = pytest.mark.django_db
LINK = {"url": "https://shop.example/tea", "source": "newsletter", "medium": "email",
        "campaign": "spring", "content": "", "term": ""}  # fmt: skip


@pytest.fixture
def own(shop):
    """The shop, without links and words before and after."""
    before = (shop.folder / "sojourn.toml").read_bytes()
    yield shop
    (shop.folder / "sojourn.toml").write_bytes(before)
    for name in ("links.yaml", "vocabulary.yaml"):
        (shop.folder / name).unlink(missing_ok=True)


def test_a_link_is_made_shown_and_taken_off(signed_in, own):
    editor = signed_in("editor")
    page = editor.post("/grow/links/make/", LINK).content.decode()
    assert "utm_source=newsletter&amp;utm_medium=email&amp;utm_campaign=spring" in page
    assert "counted as Email" in page
    [row] = editor.get("/grow/links.json").json()["rows"]
    editor.post("/grow/links/drop/", {"url": row["url"]})
    assert editor.get("/grow/links.json").json()["rows"] == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"source": "News Letter"}, "news-letter"),
        ({"url": "javascript:alert(1)"}, "expected an address"),
        ({"campaign": ""}, "This field is required"),
        ({"content": "<script>alert(1)</script>"}, "&lt;script&gt;"),
    ],
)
def test_a_wrong_link_is_explained_and_stays_filled_in(signed_in, own, changed, words):
    page = signed_in("editor").post("/grow/links/make/", {**LINK, **changed})
    text = page.content.decode()
    assert page.status_code == 400
    assert words in text
    assert "<script>alert" not in text
    assert len(own.links.table()) == 0


def test_words_are_agreed_on_and_forgotten(signed_in, own):
    editor = signed_in("editor")
    editor.post("/grow/links/agree/", {"tag": "source", "value": "Facebook"})
    assert own.links.vocabulary().of("source") == ("facebook",)
    page = editor.post("/grow/links/agree/", {"tag": "nonsense", "value": "x"}, follow=True)
    assert 'class="error"' in page.content.decode()
    editor.post("/grow/links/forget/", {"tag": "source", "value": "facebook"})
    assert own.links.vocabulary().of("source") == ()


def test_a_vocabulary_that_cannot_be_read_is_told_on_its_page(signed_in, own):
    (own.folder / "vocabulary.yaml").write_text("source: 7", encoding="utf-8")
    page = signed_in("viewer").get("/grow/links/")
    assert (page.status_code, "vocabulary.yaml.source" in page.content.decode()) == (400, True)


def test_a_viewer_makes_no_links_and_wishes_for_nobody(signed_in, own):
    viewer = signed_in("viewer")
    assert "Make it" not in viewer.get("/grow/links/").content.decode()
    for address in ("make", "drop", "agree", "forget"):
        assert viewer.post(f"/grow/links/{address}/", LINK).status_code == 403
    assert viewer.post("/grow/personas/wish/", {"ideal": "hobby"}).status_code == 403


def test_personas_are_cards_with_the_wished_for_first(signed_in, own):
    editor = signed_in("editor")
    name = list(own.settings.personas)[-1]
    page = editor.post("/grow/personas/wish/", {"ideal": name}, follow=True).content.decode()
    assert "wished for" in page
    assert page.index(f"<h2>{name}") == min(page.index(f"<h2>{n}") for n in own.settings.personas)
    found = editor.get("/grow/channels.json").json()
    assert found["rows"] == own.journey().channels(name).to_json()["rows"]
    page = editor.post("/grow/personas/wish/", {"ideal": "nobody"}, follow=True).content.decode()
    assert "found &#x27;nobody&#x27;" in page


def row(name, stayed, ripe, share, low, high, **more):
    return {"channel": name, "stayed": stayed, "ripe": ripe, "stay_share": share, "stay_low": low,
            "stay_high": high, "per_customer_low": None, **more}  # fmt: skip


def test_channels_are_ranked_only_where_their_intervals_are_apart():
    sure = sentences([row("A", 80, 100, 0.8, 0.7, 0.87), row("B", 20, 100, 0.2, 0.13, 0.29)])
    assert sure[0].endswith("surely more than of any other channel.")
    unsure = sentences([row("A", 24, 40, 0.6, 0.44, 0.74), row("B", 20, 40, 0.5, 0.35, 0.65)])
    assert unsure[0].endswith("B may do as well.")
    assert "No channel has brought 30 customers" in sentences([row("A", 1, 2, None, None, None)])[0]


def test_what_a_customer_costs_is_told_as_a_range():
    paid = row("A", 0, 0, None, None, None, per_customer_low=29.6, per_customer_high=81.2,
               currency="EUR")  # fmt: skip
    assert "costs 30 to 81 EUR, depending on how it is counted." in sentences([paid])[1]
