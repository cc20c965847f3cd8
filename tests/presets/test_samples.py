"""Every sample export is recognised, and each number told of it is the one counted by hand."""

import json
from collections import Counter
from datetime import datetime

import pytest

from sojourn.core.vocabulary import NAMES, actor_of
from sojourn.errors import SojournError
from sojourn.store.importers import ImportOptions
from sojourn.store.recipes import shelf
from sojourn.store.recipes.choosing import How, choose
from support.samples import SAMPLES, bring, expected, money_of, persons_of

FILES = sorted(path.name for path in SAMPLES.iterdir())
UNDATED = {"search-console-queries.csv", "search-console-pages.csv"}
"""What cannot come in without a word: these files do not say which days they sum up."""

SAID = {name: {"columns": {"ts": "=2026-03-31"}} for name in UNDATED}

LOGGED = [name for name in FILES if expected().get(name, {}).get("names")]


def counted(file):
    return expected()[file]


def test_every_sample_was_counted_and_every_preset_has_a_sample():
    assert set(FILES) == {*expected()}
    used = {counted(file)["preset"] for file in FILES}
    assert used == set(shelf.built_in(shelf.PRESETS))


@pytest.mark.parametrize("file", FILES)
def test_a_sample_is_recognised_without_a_word(file, tmp_path):
    chosen = choose(tmp_path, SAMPLES / file, ImportOptions(), How())
    assert chosen.recipe.id == counted(file)["preset"]
    assert f"recognised as {chosen.recipe.name} by its columns" in chosen.notes[0]


@pytest.mark.parametrize("file", FILES)
def test_what_is_told_of_the_rows_is_what_was_counted(file, brought):
    want, report = counted(file), brought(file, **SAID.get(file, {})).report
    assert report.recipe == want["preset"]
    assert report.rows_read == want["rows"]
    assert dict(report.names) == with_bots(file, want.get("names", {}))
    assert report.bots == want.get("bots", 0)
    assert report.touchpoints == sum(want.get("names", {}).values())
    assert report.duplicates == want.get("duplicates", 0)
    assert report.rejected == want.get("rejected", 0)
    assert report.nobody == want.get("nobody", 0)


def with_bots(file, names):
    """The report counts names with those that machines made."""
    return {**names, "Page Viewed": names["Page Viewed"] + 1} if file == "snowplow.tsv" else names


@pytest.mark.parametrize("file", FILES)
def test_every_row_is_accounted_for_and_what_is_left_out_has_its_reason(file, brought):
    want, (part,) = counted(file), brought(file, **SAID.get(file, {})).report.parts
    assert sum(part.counts.values()) == part.rows == want["rows"]
    kinds = ("touchpoints", "people", "costs", "visibility", "rejected")
    left = {reason: n for reason, n in part.counts.items() if reason not in kinds}
    assert len(left) == len(want.get("left", {}))
    for words, n in want.get("left", {}).items():
        assert [m for reason, m in left.items() if words in reason] == [n], words


@pytest.mark.parametrize("file", LOGGED)
def test_the_log_holds_what_was_told(file, brought):
    want, found = counted(file), brought(file)
    rows = found.rows()
    assert dict(Counter(row["name"] for row in rows)) == with_bots(file, want["names"])
    assert persons_of(rows) == want["persons"]
    assert money_of(rows) == want.get("money", {})
    times = [row["ts"].replace(tzinfo=None) for row in rows]
    assert [min(times), max(times)] == [datetime.fromisoformat(text) for text in want["span"]]


@pytest.mark.parametrize("file", LOGGED)
def test_each_touchpoint_is_whose_act_its_name_says(file, brought):
    for row in brought(file).rows():
        assert row["actor"] == actor_of(row["name"])
        assert json.loads(row["properties"] or "{}") is not None


@pytest.mark.parametrize("file", LOGGED)
def test_the_same_file_again_adds_nothing(file, brought):
    before = brought(file)
    again = bring(before.log, SAMPLES / file)
    assert (again.touchpoints, again.bots) == (0, 0)
    assert len(before.rows()) == sum(counted(file)["names"].values()) + counted(file).get("bots", 0)


def test_names_are_those_of_the_vocabulary_unless_the_vendor_lets_people_name_things():
    free = {"ga4", "segment", "segment-tracks", "snowplow", "matomo", "matomo-csv", "mixpanel",
            "amplitude", "posthog", "xes", "ocel"}  # fmt: skip
    for want in expected().values():
        if want["preset"] not in free:
            assert set(want.get("names", {})) <= set(NAMES), want["preset"]


@pytest.mark.parametrize("file", sorted(UNDATED))
def test_a_file_that_does_not_say_its_days_says_which_word_is_missing(file, brought):
    with pytest.raises(SojournError, match="does not say the last day of its period") as caught:
        brought(file)
    assert '`--ts "=..."`' in str(caught.value)
