"""The links of a workspace: made once, counted by their tags, in agreed words."""

import pyarrow as pa
import pytest

from sojourn.errors import LinkError, UnknownName
from sojourn.tagging import LINKS, VOCABULARY, Links
from sojourn.workspace import read

URL = "https://shop.example/tea"
TAGS = {"source": "newsletter", "medium": "email", "campaign": "spring"}


def test_a_link_is_remembered_once_with_who_made_it(tmp_path):
    links = Links(tmp_path)
    first = links.make(URL, by="ann", **TAGS)
    assert links.make(URL, by="bob", **TAGS) == first
    [row] = links.table().rows
    assert (row["url"], row["made_by"], row["source"], row["visits"]) == (
        first.url, "ann", "newsletter", None,
    )  # fmt: skip
    links.drop(first.url)
    assert len(links.table()) == 0
    with pytest.raises(UnknownName):
        links.drop(first.url)


def test_words_are_agreed_on_and_forgotten(tmp_path):
    links = Links(tmp_path)
    links.agree("source", "News Letter")
    assert links.agree("source", "facebook").of("source") == ("news-letter", "facebook")
    with pytest.raises(LinkError):
        links.make(URL, **TAGS)
    links.forget("source", "news-letter")
    links.forget("source", "facebook")
    assert links.make(URL, **TAGS).channel == "Email"
    with pytest.raises(UnknownName):
        links.forget("source", "facebook")
    with pytest.raises(LinkError, match="medum"):
        links.agree("medum", "email")


def test_a_word_that_is_none_is_not_agreed_on(tmp_path):
    with pytest.raises(LinkError):
        Links(tmp_path).agree("source", "  ")
    assert not (tmp_path / VOCABULARY).exists()


@pytest.mark.parametrize("text", ["- [", "7", "- 1", "- {at: 2026-01-01}"])
def test_a_broken_file_is_told_and_left_alone(tmp_path, text):
    (tmp_path / LINKS).write_text(text, encoding="utf-8")
    with pytest.raises(LinkError, match=r"links[.]yaml"):
        Links(tmp_path).make(URL, **TAGS)
    assert (tmp_path / LINKS).read_text(encoding="utf-8") == text


def test_a_vocabulary_made_by_hand_keeps_its_comments(tmp_path):
    (tmp_path / VOCABULARY).write_text("# ours\nsource:\n- newsletter # weekly\n", "utf-8")
    Links(tmp_path).agree("source", "facebook")
    text = (tmp_path / VOCABULARY).read_text(encoding="utf-8")
    assert "# ours" in text
    assert "facebook" in text


def test_visits_are_those_that_came_with_just_these_tags():
    made = f"{URL}?utm_source=newsletter&utm_medium=email&utm_campaign=spring"
    frame = pa.table({
        "user_id": ["a", "a", "b", "c"],
        "ts": ["2026-01-01T10:00Z", "2026-01-02T10:00Z", "2026-01-01T10:00Z", "2026-01-01T10:00Z"],
        "name": ["Page Viewed"] * 4,
        "page": [made, made, f"{made}&utm_content=top", URL],
    })  # fmt: skip
    workspace = read(frame)
    assert workspace.links.make(URL, **TAGS).url == made
    assert workspace.links.table().column("visits") == [2]
