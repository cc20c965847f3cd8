"""`sojourn links` and `sojourn channels`, as they are typed."""

import json

MADE = ("links", "make", "https://shop.example/tea", "--source", "newsletter", "--medium", "email",
        "--campaign", "spring")  # fmt: skip


def test_a_link_is_made_listed_and_dropped(shop, sojourn):
    said = sojourn("-w", shop, *MADE)
    assert said.out.strip().endswith("?utm_source=newsletter&utm_medium=email&utm_campaign=spring")
    assert "counted as Email" in said.err
    [row] = json.loads(sojourn("-w", shop, "links", "list", "--format", "json").out)["rows"]
    assert (row["url"], row["visits"]) == (said.out.strip(), 0)
    assert sojourn("-w", shop, "links", "drop", row["url"]).code == 0
    assert json.loads(sojourn("-w", shop, "links", "list", "--format", "json").out)["rows"] == []


def test_agreed_words_are_kept_to(shop, sojourn):
    assert sojourn("-w", shop, "links", "agree", "source", "facebook").out == "source: facebook\n"
    said = sojourn("-w", shop, *MADE)
    assert (said.code, "agreed on: facebook" in said.err) == (1, True)
    assert "facebook" in sojourn("-w", shop, "links", "vocabulary").out
    assert sojourn("-w", shop, "links", "forget", "source", "facebook").out == "source: any\n"
    assert sojourn("-w", shop, *MADE).code == 0


def test_untagged_visits_and_channels_are_printed(shop, sojourn):
    told = json.loads(sojourn("-w", shop, "links", "untagged", "--format", "json").out)
    assert told["notes"]["visits"] == 3
    rows = json.loads(sojourn("-w", shop, "channels", "--format", "json").out)["rows"]
    assert {row["channel"]: row["people"] for row in rows}["Display"] == 1
    assert sojourn("-w", shop, "channels", "--ideal", "nobody").code == 1
