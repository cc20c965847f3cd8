"""NPS, CSAT and CES by their makers' definitions, and word of mouth: checked by hand and in SQL."""

import json
from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

import sojourn as sj
from sojourn.errors import UnknownName
from support import plain_emotions

JANUARY = 1_767_225_600_000_000
DAY = 86_400_000_000
ANSWER = st.tuples(
    st.sampled_from(["ada", "bo", "cy", "dee"]), st.integers(0, 120), st.integers(0, 10)
)


def surveyed(kind, answers):
    rows = [
        {
            "event_id": f"e{seq}",
            "user_id": who,
            "ts": datetime.fromtimestamp((JANUARY + day * DAY) / 1e6, UTC),
            "name": "Survey Answered",
            "properties": json.dumps({"survey_id": kind, "score": score}),
        }
        for seq, (who, day, score) in enumerate(answers)
    ]
    return sj.read(pa.Table.from_pylist(rows))


def month(micros):
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m")


@settings(max_examples=8, deadline=None)
@given(st.lists(ANSWER, min_size=1, max_size=30))
def test_nps_counts_the_last_answer_of_each_person_and_month(answers):
    table = surveyed("nps", answers).journey("sales").survey("nps", every="month")
    log = {}
    for seq, (who, day, score) in enumerate(answers):
        said = json.dumps({"survey_id": "nps", "score": score})
        touch = {"ts": JANUARY + day * DAY, "seq": seq, "properties": said}
        log.setdefault(who, []).append(touch)
    given_, last = plain_emotions.survey(log, "nps", month)
    assert [row["period"] for row in table] == sorted(given_)
    for row in table:
        mine = [score for (period, _), score in last.items() if period == row["period"]]
        promoters, detractors = sum(s >= 9 for s in mine), sum(s <= 6 for s in mine)
        assert row["answers"] == given_[row["period"]]
        assert (row["people"], row["top"], row["bottom"]) == (len(mine), promoters, detractors)
        assert row["score"] == pytest.approx(100 * (promoters - detractors) / len(mine))
        assert -100 <= row["low"] <= row["score"] <= row["high"] <= 100 or len(mine) < 4


def test_the_margin_of_a_large_nps_is_walds():
    answers = [(f"p{i}", 0, 10 if i % 2 else 3) for i in range(2000)]
    (row,) = surveyed("nps", answers).journey("sales").survey("nps").rows
    assert row["score"] == 0
    assert row["high"] == pytest.approx(196 / 2000**0.5, rel=0.01)


def test_csat_is_the_share_of_the_upper_two_with_wilsons_interval():
    answers = [(f"p{i}", 0, score) for i, score in enumerate([5, 5, 4, 3, 2, 1, 4, 5])]
    (row,) = surveyed("csat", answers).journey("sales").survey("csat").rows
    assert (row["top"], row["middle"], row["bottom"]) == (5, 1, 2)
    low, high = proportion_confint(5, 8, method="wilson")
    assert (row["score"], row["low"], row["high"]) == pytest.approx((5 / 8, low, high))


def test_ces_is_the_mean_as_it_was_given():
    answers = [(f"p{i}", 0, score) for i, score in enumerate([7, 6, 4, 1])]
    (row,) = surveyed("ces", answers).journey("sales").survey("ces").rows
    reach = t.ppf(0.975, 3) * (sum((x - 4.5) ** 2 for x in (7, 6, 4, 1)) / 3 / 4) ** 0.5
    assert (row["score"], row["low"], row["high"]) == pytest.approx((4.5, 4.5 - reach, 4.5 + reach))
    assert (row["top"], row["middle"], row["bottom"]) == (2, 1, 1)


def test_one_answer_alone_has_no_interval_of_a_mean():
    (row,) = surveyed("ces", [("ada", 0, 5)]).journey("sales").survey("ces").rows
    assert (row["score"], row["low"], row["high"]) == (5, None, None)


def test_a_survey_that_nobody_answered_is_empty_and_says_so():
    table = surveyed("nps", [("ada", 0, 5)]).journey("sales").survey("csat")
    assert len(table) == 0
    assert "Nobody answered a survey of the kind csat." in table.notes["remarks"]


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'nps'"):
        surveyed("nps", [("ada", 0, 5)]).journey("sales").survey("npss")


def test_good_and_bad_word_of_mouth_are_counted_apart():
    rows = [
        ("ada", "Review Posted", None, '{"rating": 5}'),
        ("ada", "Review Posted", None, '{"rating": 4}'),
        ("bo", "Review Posted", None, '{"rating": 1}'),
        ("bo", "Mention Posted", "0.1", None),
        ("cy", "Mention Posted", "-0.9", None),
        ("cy", "Product Shared", None, None),
        ("cy", "Support Opened", "-0.9", None),
    ]
    frame = pa.Table.from_pylist(
        [
            {"user_id": who, "ts": f"2026-01-0{day}T00:00Z", "name": name,
             "sentiment": felt, "properties": said}
            for day, (who, name, felt, said) in enumerate(rows, 1)
        ]
    )  # fmt: skip
    table = sj.read(frame).journey("sales").word_of_mouth()
    found = {row["name"]: row for row in table}
    review = found["Review Posted"]
    assert (review["good"], review["bad"], review["good_people"]) == (2, 1, 1)
    assert (found["Mention Posted"]["neutral"], found["Mention Posted"]["bad"]) == (1, 1)
    assert (found["Product Shared"]["unscored"], found["Product Shared"]["good"]) == (1, 0)
    assert "Support Opened" not in found
    assert all(row["n"] == sum(row[k] for k in ("good", "neutral", "bad", "unscored"))
               for row in table)  # fmt: skip
    assert Counter(table.column("name")).most_common(1)[0][1] == 1
