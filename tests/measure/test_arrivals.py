"""Visits that nobody tagged: each kind found where it is, and none where all is well."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.links import Vocabulary
from sojourn.measure.arrivals import by_tags
from sojourn.workspace import read

START = datetime(2025, 3, 1, tzinfo=UTC)
SITE = "https://shop.example"
WORDS = Vocabulary({"source": ("facebook", "newsletter")})


def journey(rows, **asked):
    """A journey of page views (person, hours, page, referrer)."""
    columns = {
        "user_id": [row[0] for row in rows],
        "ts": [(START + timedelta(hours=row[1])).isoformat() for row in rows],
        "name": ["Page Viewed"] * len(rows),
        "page": [row[2] for row in rows],
        "referrer": [row[3] for row in rows],
    }
    return read(pa.table(columns)).journey("hourglass", **asked)


def found(rows, words=WORDS, **asked):
    table = journey(rows, **asked).untagged(words)
    return {(row["kind"], row["found"]): (row["visits"], row["people"]) for row in table.rows}


def test_a_deep_page_from_nowhere_is_told_and_the_first_page_is_not():
    rows = [("a", 0, f"{SITE}/tea/green?x=1", None), ("a", 24, f"{SITE}/tea/green", None),
            ("b", 0, f"{SITE}/tea/green", None), ("c", 0, f"{SITE}/", None)]  # fmt: skip
    assert found(rows)["deep page", "/tea/green"] == (3, 2)
    assert len(found(rows)) == 1


def test_pages_within_a_visit_are_no_arrivals():
    rows = [("a", 0, f"{SITE}/", None), ("a", 0.1, f"{SITE}/tea", f"{SITE}/"),
            ("a", 0.2, f"{SITE}/cup", f"{SITE}/tea")]  # fmt: skip
    assert found(rows) == {}


def test_visits_from_a_social_network_without_tags_are_told():
    rows = [("a", 0, f"{SITE}/tea", "https://www.instagram.com/"),
            ("b", 0, f"{SITE}/tea?utm_source=facebook&utm_medium=social&utm_campaign=spring",
             "https://www.facebook.com/")]  # fmt: skip
    assert found(rows) == {("own link", "instagram.com"): (1, 1)}


def test_paid_visits_without_a_campaign_are_told():
    rows = [("a", 0, f"{SITE}/tea?gclid=abc", None)]
    assert ("no campaign", "Paid Search") in found(rows)


def test_tags_that_are_not_spelled_as_agreed_are_told_with_the_better_word():
    tagged = f"{SITE}/?utm_source=FaceBook.com&utm_medium=social&utm_campaign=Spring+Sale"
    table = journey([("a", 0, tagged, None)]).untagged(WORDS)
    better = {row["found"]: row["better"] for row in table.rows}
    assert better == {"source FaceBook.com": "facebook", "campaign Spring Sale": "spring-sale"}
    assert any("should be facebook" in row["text"] for row in table.rows)


def test_without_a_vocabulary_every_well_spelled_word_will_do():
    rows = [("a", 0, f"{SITE}/?utm_source=tiktok&utm_medium=social&utm_campaign=x", None)]
    assert found(rows, Vocabulary()) == {}
    assert ("spelling", "source tiktok") in found(rows)


def test_what_search_engines_are_told_by_is_no_tag():
    assert found([("a", 0, f"{SITE}/tea", "https://www.google.com/")]) == {}


def test_the_period_chooses_visits():
    rows = [("a", 0, f"{SITE}/tea", None), ("a", 24 * 40, f"{SITE}/tea", None)]
    assert found(rows, start="2025-04-01")["deep page", "/tea"] == (1, 1)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 300),
                          st.sampled_from(["", "?utm_source=x&utm_medium=email&utm_campaign=y"])),
                min_size=1, max_size=25, unique_by=lambda row: row[:2]))  # fmt: skip
def test_visits_are_counted_by_their_tags_as_a_plain_loop_counts_them(rows):
    plain = Counter("x" if query else "" for _, _, query in rows)
    # Hours apart, so that each page view is a visit of its own.
    log = journey([(who, hours, f"{SITE}/{query}", None) for who, hours, query in rows])
    counted = Counter()
    for tags, number in by_tags(log.view, ["y"]).items():
        assert tags == ("x", "email", "y", "", "")
        counted[tags[0]] += number
    assert counted["x"] == plain["x"]
    assert log.untagged().notes["visits"] == len(rows)
