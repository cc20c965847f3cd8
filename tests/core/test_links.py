"""Campaign links: spelled as agreed, nothing of the address lost, nonsense refused."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.links import Link, Vocabulary, link_of, spelled, vocabulary_of
from sojourn.errors import LinkError

WORDS = Vocabulary({"source": ("facebook", "newsletter"), "medium": ("email", "social")})
TAGS = {"source": "newsletter", "medium": "email", "campaign": "spring"}


def test_a_link_keeps_its_query_and_fragment_and_loses_older_tags():
    made = link_of("https://shop.example/tea?a=1&b=&utm_source=old&UTM_Term=x#top", TAGS, WORDS)
    parts = urlsplit(made.url)
    assert parse_qsl(parts.query, keep_blank_values=True) == [
        ("a", "1"), ("b", ""), ("utm_source", "newsletter"), ("utm_medium", "email"),
        ("utm_campaign", "spring"),
    ]  # fmt: skip
    assert parts.fragment == "top"


@pytest.mark.parametrize(
    ("tags", "channel"),
    [
        ({"source": "newsletter", "medium": "email"}, "Email"),
        ({"source": "facebook", "medium": "social"}, "Organic Social"),
    ],
)
def test_it_says_as_what_its_visits_will_be_counted(tags, channel):
    made = link_of("https://shop.example/", {**tags, "campaign": "x"}, WORDS)
    assert made == Link(made.url, {**tags, "campaign": "x"}, channel)


@pytest.mark.parametrize(
    ("changed", "place", "hint"),
    [
        ({"source": "Facebook"}, "source: found 'Facebook', expected small letters", "facebook"),
        ({"source": "facebok"}, "expected one of those agreed on: facebook", "facebook"),
        ({"source": "www.facebook.com"}, "agreed on", "facebook"),
        ({"source": "tiktok"}, "agreed on", None),
        ({"campaign": "Spring Sale"}, "without spaces", "spring-sale"),
        ({"campaign": " "}, "campaign: found nothing", None),
        ({"term": "x" * 101}, "at most 100", None),
    ],
)
def test_a_wrong_word_is_refused_with_the_nearest_right_one(changed, place, hint):
    with pytest.raises(LinkError, match=place) as caught:
        link_of("https://shop.example/", {**TAGS, **changed}, WORDS)
    assert (caught.value.hint is None) == (hint is None)
    assert hint is None or repr(hint) in str(caught.value.hint)


@pytest.mark.parametrize(
    "url",
    ["", "shop", "javascript:alert(1)", "ftp://a.example/", "https://", "//a.example/",
     "https://a b.example/", "https://user:word@a.example/", "https://[::1", "http://a:99999/",
     "https://a.example/\n", "https://a.example/\0", "https://a.example/" + "x" * 3_000],
)  # fmt: skip
def test_what_is_no_address_is_refused(url):
    if url == "https://a.example/\n":
        url = "https://a.exa\nmple/"
    with pytest.raises(LinkError, match="address"):
        link_of(url, TAGS, WORDS)


@given(st.text(max_size=40))
def test_what_is_spelled_stays_so(text):
    once = spelled(text)
    assert spelled(once) == once
    assert " " not in once


@given(st.text(alphabet="abc=&?#%+ /é", max_size=30))
def test_any_path_and_query_survive(rest):
    url = f"https://shop.example/{rest}"
    try:
        made = link_of(url, TAGS, Vocabulary())
    except LinkError:
        assert any(c.isspace() for c in url.strip())
        return
    before = parse_qsl(urlsplit(url.strip()).query, keep_blank_values=True)
    assert parse_qsl(urlsplit(made.url).query, keep_blank_values=True)[:-3] == before
    assert urlsplit(made.url).fragment == urlsplit(url.strip()).fragment


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ([], "expected for each tag a list"),
        ({"sourc": []}, "Did you mean|v.sourc"),
        ({"source": "x"}, "v.source"),
        ({"source": ["Not Small"]}, "v.source"),
        ({"source": [1]}, "v.source"),
        ({"source": ["x"] * 501}, "at most 500"),
    ],
)
def test_a_wrong_vocabulary_is_told(raw, place):
    with pytest.raises(LinkError, match=place):
        vocabulary_of(raw, "v")
