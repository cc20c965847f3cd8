"""Feelings by stage and by anything else equal the plain definition, and add up."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.core.model import model_from_mapping
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.emotions import emotions
from support import plain_emotions
from support.logs import MODEL, random_logs
from support.memory import view_of

OLIST = Path(__file__).parents[3] / "shared" / "data" / "olist"
MODEL_OF = model_from_mapping(MODEL)


def asked(rows, zone="UTC", **columns):
    frame = pa.Table.from_pylist(
        [{"user_id": None, "ts": None, "name": None, "sentiment": None, "properties": None, **row}
         for row in rows]
    )  # fmt: skip
    return sj.read(frame, zone=zone, **columns)


def with_sentiment(log):
    """Every third touchpoint says how it felt."""
    moods = [-0.6, None, None, 0.9, None, None, 0.1, None, None]
    return {
        person: [{**touch, "sentiment": moods[touch["seq"] % len(moods)]} for touch in touches]
        for person, touches in log.items()
    }


@settings(max_examples=40, deadline=None)
@given(random_logs().map(with_sentiment), st.sampled_from(["stage", "name", "channel"]))
def test_feelings_are_those_of_the_plain_definition(log, of):
    as_of = max(touch["ts"] for touches in log.values() for touch in touches)
    found = emotions(view_of(log, MODEL_OF, as_of), of).rows
    expected = plain_emotions.emotions(log, MODEL_OF, as_of, of)
    assert {row[of] for row in found} == set(expected)
    for row in found:
        n, people, mean, reach = expected[row[of]]
        assert (row["n"], row["people"]) == (n, people)
        assert row["mean"] == pytest.approx(mean)
        if reach is None:
            assert (row["low"], row["high"]) == (None, None)
        else:
            assert row["low"] == pytest.approx(max(mean - reach, -1), abs=1e-9)
            assert row["high"] == pytest.approx(min(mean + reach, 1), abs=1e-9)
        assert row["good"] + row["neutral"] + row["bad"] == n


ROWS = [
    {"user_id": "ada", "ts": "2026-01-31T23:30:00Z", "name": "Review Posted",
     "properties": '{"rating": 5}'},
    {"user_id": "ada", "ts": "2026-02-01T10:00:00Z", "name": "Support Opened", "sentiment": -0.6},
    {"user_id": "ada", "ts": "2026-02-02T10:00:00Z", "name": "Survey Answered",
     "properties": '{"survey_id": "nps", "score": 6}'},
    {"user_id": "bo", "ts": "2026-02-03T10:00:00Z", "name": "Survey Answered",
     "properties": '{"survey_id": "nps", "score": 10}'},
    {"user_id": "bo", "ts": "2026-02-04T10:00:00Z", "name": "Survey Answered",
     "properties": '{"survey_id": "nps", "score": 9}'},
    {"user_id": "cy", "ts": "2026-02-05T10:00:00Z", "name": "Review Posted",
     "properties": '{"rating": 9}'},
    {"user_id": "cy", "ts": "2026-02-06T10:00:00Z", "name": "Product Shared"},
]  # fmt: skip
COLUMNS = {"person": "user_id", "ts": "ts", "name": "name", "sentiment": "sentiment",
           "properties": "properties"}  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    return asked(ROWS, zone="Europe/Berlin", **COLUMNS)


def test_an_answer_off_its_scale_is_counted_and_left_out(shop):
    answer = shop.journey("sales").emotions("name")
    assert {row["name"]: row["n"] for row in answer} == {
        "Review Posted": 1, "Support Opened": 1, "Survey Answered": 3,
    }  # fmt: skip
    assert answer.notes["scored"] == 5
    assert "1 answers are off their scale and left out." in answer.notes["remarks"]


def test_months_are_those_of_the_reports_zone(shop):
    answer = shop.journey("sales").emotions("name", every="month")
    assert {row["period"] for row in answer} == {"2026-02"}


def test_sources_say_where_a_mean_comes_from(shop):
    (row,) = shop.journey("sales").emotions("actor").rows
    assert row["sources"] == "nps 3, rating 1, sentiment 1"


def test_blocks_add_up_to_the_whole(shop):
    journey = shop.journey("sales")
    whole = sum(journey.emotions("name").column("n"))
    assert sum(journey.emotions("name", by="name").column("n")) == whole
    assert sum(journey.emotions().column("n")) == whole


def test_the_same_feelings_count_whatever_they_are_grouped_by(shop):
    journey = shop.journey("sales")
    sums = {of: sum(journey.emotions(of).column("n")) for of in ("stage", "name", "channel")}
    assert set(sums.values()) == {5}


def test_only_hides_and_the_period_chooses_touchpoints(shop):
    only = shop.journey("sales", only="name = 'Survey Answered'").emotions("name")
    assert only.column("n") == [3]
    some = shop.journey("sales", start="2026-02-03", end="2026-02-04").emotions("name")
    assert some.column("n") == [1]


def test_a_log_without_feelings_says_so():
    quiet = asked([{"user_id": "a", "ts": "2026-01-01T00:00Z", "name": "Page Viewed"}], **COLUMNS)
    answer = quiet.journey("sales").emotions()
    assert len(answer) == 0
    assert answer.notes["scored"] == 0
    assert "Nobody has said how they feel yet." in answer.plot()


@pytest.mark.parametrize(
    ("of", "error", "words"),
    [
        ("chanel", UnknownName, "Did you mean 'channel'?"),
        ("persona", QuestionError, "with --by"),
        ("traits.age", QuestionError, "with --by"),
    ],
)
def test_what_feelings_cannot_be_grouped_by(shop, of, error, words):
    with pytest.raises(error, match=words):
        shop.journey("sales").emotions(of)


def test_a_property_can_group_them(shop):
    answer = shop.journey("sales").emotions("properties.survey_id")
    assert {row["properties.survey_id"]: row["n"] for row in answer} == {"nps": 3, "(none)": 2}


def test_late_parcels_are_felt_as_the_published_figures_say(olist_reviews):
    """The first review of each of olist's delivered orders: 4.279 on time, 2.502 late."""
    late = {
        row["properties.late"]: 3 + 2 * row["mean"]
        for row in olist_reviews.journey("sales").emotions("properties.late")
    }
    assert late["false"] == pytest.approx(4.279, abs=5e-4)
    assert late["true"] == pytest.approx(2.502, abs=5e-4)


@pytest.fixture(scope="module")
def olist_reviews():
    folder = OLIST
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    con = duckdb.connect()
    frame = con.sql(
        f"""
        with orders as (select * from read_csv('{folder}/olist_orders_dataset.csv')),
        reviews as (
            select order_id, min(review_answer_timestamp) as review_answer_timestamp,
                arg_min(review_score, review_answer_timestamp) as review_score
            from read_csv('{folder}/olist_order_reviews_dataset.csv') group by order_id
        )
        select c.customer_unique_id as user_id, r.review_answer_timestamp as ts,
            'Review Posted' as name, to_json({{'rating': r.review_score,
            'late': o.order_delivered_customer_date > o.order_estimated_delivery_date}})::varchar
            as properties
        from reviews r join orders o using (order_id)
        join read_csv('{folder}/olist_customers_dataset.csv') c using (customer_id)
        where o.order_status = 'delivered' and o.order_delivered_customer_date is not null
        """
    ).to_arrow_table()
    return sj.read(frame)
