"""Attribution on a log: what a touch, a path and a credit are, held to the plain definition."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.bucket import Bucket, Coded
from sojourn.core.condition import parse
from sojourn.core.durations import DAY, HOUR, MINUTE
from sojourn.core.model import model_from_mapping
from sojourn.core.touches import touches
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.attribution import AttributionKernel, attribution
from sojourn.measure.attribution_question import question_from
from sojourn.measure.attribution_tally import MODELS
from support import plain_attribution as plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
RULES = ["first", "last", "last-non-direct", "linear", "time-decay", "position"]
moments = st.sampled_from([START + 20 * DAY, START + 60 * DAY, START + 400 * DAY])
shifts = st.sampled_from([0, 1, 30 * MINUTE - 1, 30 * MINUTE, 2 * HOUR])


@st.composite
def campaign_logs(draw):
    """Random logs with campaigns, and with touchpoints minutes apart."""
    log = draw(random_logs())
    for people in log.values():
        for touch in people:
            touch["campaign"] = draw(st.sampled_from([None, None, "a", "b"]))
            touch["ts"] += draw(shifts)
    return log


def ask(view, model=None, credit="channel", **options):
    given = {
        "lookback": "30 days", "order": 1, "half_life": "7 days", "convert": None, "value": None,
    }  # fmt: skip
    values = view.source.values
    question = question_from(
        model=model, credit=credit, names=values("name"), zone="UTC", **given | options
    )
    return attribution(view, question, values(credit), values("currency"))


def given_by(table, column="conversions"):
    return {row["credit"]: row[column] for row in table}


def touch(hours, name="Page Viewed", channel="Email", **more):
    ts = START + round(hours * HOUR)
    actor = more.pop("actor", "person")
    return {
        "event_id": f"e{hours}{name}", "seq": more.pop("seq", round(hours * 1000)), "ts": ts,
        "name": name, "channel": channel, "actor": actor, **more,
    }  # fmt: skip


def order(hours, value="10", **more):
    return touch(hours, "Order Completed", value=Decimal(value), **more)


@settings(max_examples=150, deadline=None)
@given(campaign_logs(), moments, st.sampled_from(["30 days", "3 days", "1 hour"]))
def test_rules_divide_the_paths_that_one_would_write_down_by_hand(log, as_of, lookback):
    span = {"30 days": 30 * DAY, "3 days": 3 * DAY, "1 hour": HOUR}[lookback]
    view = view_of(log, RANDOM, as_of)
    found, pending = plain.paths(log, as_of, span)
    table = ask(view, RULES, lookback=lookback)
    for model in RULES:
        expected = plain.credits(found, model, half_life=7 * DAY)
        mine = {r["credit"]: r["conversions"] for r in table if r["model"] == model}
        kept = {name: number for name, number in mine.items() if number}
        assert kept == pytest.approx(expected, abs=1e-9)
    converted = [path for conversion, path in found if conversion is not None]
    assert table.notes["conversions"] == len(converted)
    assert table.notes["conversions_without_a_touch"] == converted.count([])
    assert table.notes["pending_paths"] == pending
    assert table.notes["paths_that_never_converted"] == len(found) - len(converted)


@settings(max_examples=80, deadline=None)
@given(campaign_logs(), moments, st.integers(1, 3), st.sampled_from(["channel", "campaign"]))
def test_the_chain_and_the_game_are_fed_with_the_same_paths(log, as_of, memory, credit):
    found, _ = plain.paths(log, as_of, 30 * DAY)
    counted = Counter(plain.texts(found, credit))
    rows = [
        (path, counted[path, True], counted[path, False]) for path in {path for path, _ in counted}
    ]
    table = ask(view_of(log, RANDOM, as_of), ["markov", "shapley"], credit, order=memory)
    effects = {r["credit"]: r["removal_effect"] for r in table if r["model"] == "markov"}
    shapley = {r["credit"]: r["conversions"] for r in table if r["model"] == "shapley"}
    assert shapley == pytest.approx(plain.shapley(rows), abs=1e-9)
    if any(won for _, won, _ in rows):
        assert effects == pytest.approx(plain.removal_effects(rows, memory), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments, st.sampled_from(MODELS))
def test_conversions_are_the_orders_and_money_is_theirs_to_the_last_unit(log, as_of, model):
    view = view_of(log, RANDOM, as_of)
    kernel_orders = sum(int((b.order[b.ts <= as_of] == 1).sum()) for b in view.source.buckets)
    table = ask(view, model)
    assert sum(table.column("conversions")) == pytest.approx(kernel_orders, abs=1e-9)
    assert sum(table.column("value")) == Decimal("12.50") * kernel_orders


@settings(max_examples=60, deadline=None)
@given(random_logs(), st.integers(0, 60), st.integers(1, 60))
def test_a_period_chooses_conversions_and_nothing_before_them(log, first, days):
    start, as_of = START + first * DAY, START + 400 * DAY
    view = view_of(log, RANDOM, as_of, start=start, end=start + days * DAY)
    found, pending = plain.paths(log, as_of, 30 * DAY, start=start, end=start + days * DAY)
    table = ask(view, "linear")
    kept = {name: number for name, number in given_by(table).items() if number}
    assert kept == pytest.approx(plain.credits(found, "linear"), abs=1e-9)
    assert table.notes["pending_paths"] == pending


@settings(max_examples=40, deadline=None)
@given(random_logs(), moments)
def test_blocks_add_up_to_the_whole(log, as_of):
    view = view_of(log, RANDOM, as_of)
    whole = ask(view, "linear")
    blocks = ask(view_of(log, RANDOM, as_of, by="name"), "linear")
    together = Counter()
    for row in blocks:
        together[row["credit"]] += row["conversions"]
    assert dict(together) == pytest.approx(given_by(whole), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(random_logs(), moments)
def test_any_condition_may_be_a_conversion(log, as_of):
    found, _ = plain.paths(log, as_of, 30 * DAY, convert="Trial Started")
    view = view_of(log, RANDOM, as_of)
    if "Trial Started" not in view.source.values("name"):
        return
    kept = {k: v for k, v in given_by(ask(view, "last", convert="Trial Started")).items() if v}
    assert kept == pytest.approx(plain.credits(found, "last"), abs=1e-9)


def nodes_of(touchpoints):
    """The channels of the touches of one person."""
    view = view_of({"p": touchpoints}, RANDOM, START + 400 * DAY, buckets=1)
    [bucket] = view.source.buckets
    return [bucket.columns["channel"].decode()[row] for row in np.flatnonzero(touches(bucket))]


def test_a_visit_is_one_touch_until_half_an_hour_passes_or_channel_or_campaign_changes():
    assert nodes_of([touch(0), touch(0.4), touch(0.8)]) == ["Email"]
    assert nodes_of([touch(0), touch(0.5)]) == ["Email", "Email"]
    assert nodes_of([touch(0), touch(0.1, channel="Direct")]) == ["Email", "Direct"]
    assert len(nodes_of([touch(0, campaign="a"), touch(0.1, campaign="b")])) == 2
    assert len(nodes_of([touch(0, campaign="a"), touch(0.1), touch(0.2, campaign="a")])) == 1
    assert len(nodes_of([touch(0), touch(0.1, campaign="a")])) == 2


def test_every_contact_away_from_the_site_is_a_touch_and_service_is_none():
    ads = [touch(i / 100, "Ad Viewed", "Display", actor="business") for i in range(3)]
    assert nodes_of(ads) == ["Display"] * 3
    assert nodes_of([touch(0), touch(0.1, "Ad Clicked"), touch(0.2)]) == ["Email"] * 2
    assert nodes_of([touch(0, "Coupon Mailed", "Post", actor="business")]) == ["Post"]
    assert nodes_of([touch(0, "Order Shipped", "Post", actor="business")]) == []


def test_what_the_business_does_within_a_visit_does_not_end_it():
    message = touch(0.1, "Message Sent", "SMS", actor="business")
    assert nodes_of([touch(0), message, touch(0.2)]) == ["Email", "SMS"]


def test_the_lookback_includes_its_last_instant():
    people = {"p": [touch(0), order(30 * 24, channel="Direct")]}
    view = view_of(people, RANDOM, START + 400 * DAY)
    assert given_by(ask(view, "last"))["Email"] == 1
    people["p"][0]["ts"] -= 1
    assert given_by(ask(view_of(people, RANDOM, START + 400 * DAY), "last"))["(none)"] == 1


def test_a_path_that_may_still_convert_is_pending_until_a_lookback_has_passed():
    people = {"p": [touch(0)]}
    for as_of, never, pending in ((START + 30 * DAY - 1, 0, 1), (START + 30 * DAY, 1, 0)):
        notes = ask(view_of(people, RANDOM, as_of), "markov").notes
        assert (notes["paths_that_never_converted"], notes["pending_paths"]) == (never, pending)


def test_refunds_are_taken_off_their_order_also_above_its_value():
    def refund(hours, value, number):
        return touch(
            hours, "Order Refunded", None, actor="business", value=Decimal(value), order_id=number
        )

    people = {
        "p": [touch(0), order(1, "10", order_id="A"), refund(2, "-25", "A"), refund(3, "1", "Z")],
        "q": [touch(0, channel="Direct"), order(1, "8", channel="Direct", order_id="A")],
    }
    table = ask(view_of(people, RANDOM, START + 400 * DAY), MODELS)
    for model in MODELS:
        rows = [row for row in table if row["model"] == model]
        assert sum(row["value"] for row in rows) == Decimal(-7)
    assert {r["credit"]: r["value"] for r in table if r["model"] == "last"} == {
        "Email": -15, "Direct": 8,
    }  # fmt: skip
    assert table.notes["refunds"] == 1
    assert any("1 name no order" in remark for remark in table.notes["remarks"])


def test_a_missing_value_counts_as_nothing_and_is_noted():
    people = {"p": [touch(0), touch(1, "Order Completed")], "q": [touch(0), order(1, "-3")]}
    table = ask(view_of(people, RANDOM, START + 400 * DAY), "last")
    assert given_by(table, "value") == {"Email": -3}
    assert any("1 conversions have no value" in remark for remark in table.notes["remarks"])


def test_currencies_are_never_added_up():
    people = {
        "p": [touch(0), order(1, "10", currency="EUR")],
        "q": [touch(0), touch(1, channel="Direct"), order(2, "7", currency="USD")],
    }
    table = ask(view_of(people, RANDOM, START + 400 * DAY), ["linear", "markov"])
    assert [c.name for c in table.columns][:4] == ["model", "credit", "currency", "conversions"]
    for model in ("linear", "markov"):
        sums = Counter()
        for row in table:
            sums[row["currency"]] += row["value"] if row["model"] == model else 0
        assert sums == {"EUR": 10, "USD": 7}
    one = ask(view_of({"p": people["p"], "r": [order(1, "1")]}, RANDOM, START + 400 * DAY), "last")
    assert "currency" not in [c.name for c in one.columns]
    assert sum(one.column("value")) == 11


def test_the_worth_may_be_a_number_or_a_property():
    people = {"p": [touch(0), order(1, properties={"margin": "2.5"}), order(2)]}
    view = view_of(people, RANDOM, START + 400 * DAY)
    assert sum(ask(view, "last", value=3).column("value")) == 6
    assert sum(ask(view, "last", value="0.5").column("value")) == 1
    assert sum(ask(view, "last", value="properties.margin").column("value")) == Decimal("2.5")


def test_only_hides_touches_and_leaves_the_conversions():
    people = {"p": [touch(0), touch(1, channel="Direct"), order(2)]}
    only = parse("channel = 'Email'", zone="UTC")
    view = view_of(people, RANDOM, START + 400 * DAY, only=only)
    assert given_by(ask(view, "last")) == {"Email": 1}


def test_people_and_cycles_can_be_chosen():
    people = {"p": [touch(0), order(1)], "q": [touch(0, channel="Direct"), order(1)]}
    where = parse("channel = 'Direct'", zone="UTC")
    view = view_of(people, RANDOM, START + 400 * DAY, where=where)
    assert given_by(ask(view, "first")) == {"Direct": 1}


def test_all_times_equal_are_taken_in_order_of_seq():
    people = {
        "p": [touch(0, channel="Display", seq=1), touch(0, seq=2), order(0, seq=3), touch(0, seq=4)]
    }
    for model in MODELS:
        table = ask(view_of(people, RANDOM, START + 400 * DAY), model)
        assert sum(table.column("conversions")) == pytest.approx(1)
    assert given_by(table)["Display"] == pytest.approx(0.5)
    last = ask(view_of(people, RANDOM, START + 400 * DAY), "last")
    assert given_by(last) == {"Email": 1, "Display": 0}


def test_nobody_converted_gives_zeros_and_says_so():
    for model in MODELS:
        table = ask(view_of({"p": [touch(0)]}, RANDOM, START + 400 * DAY), model)
        assert table.rows[0]["conversions"] == 0
        assert table.rows[0]["share"] is None
        assert any("Nobody converted" in remark for remark in table.notes["remarks"])


def test_half_lives_far_shorter_than_a_path_still_divide_it():
    people = {"p": [touch(0), touch(500, channel="Direct"), order(700)]}
    view = view_of(people, RANDOM, START + 400 * DAY)
    found = given_by(ask(view, "time-decay", half_life="1 second"))
    assert found == {"Direct": 1, "Email": 0}


def test_a_person_with_a_hundred_thousand_touches_takes_no_quadratic_time():
    n = 100_000
    channels = Coded(np.arange(n, dtype=np.int32) % 3, ["Email", "Direct", "Display"])
    nothing = Coded(np.full(n, -1, np.int32), [])
    marks = np.zeros(n, np.int8)
    marks[[n // 2, n - 1]] = 1
    columns = {
        "name": Coded(np.zeros(n, np.int32), ["Page Viewed"]), "channel": channels,
        "campaign": nothing, "currency": nothing, "value": np.ones(n),
    }  # fmt: skip
    view = view_of({"p": [touch(0)]}, RANDOM, START + 400 * DAY)
    bucket = Bucket(np.zeros(n, np.int64), START + np.arange(n), np.ones(n, bool), marks, columns)
    view.source.buckets[:] = [bucket]
    view.source.dictionaries["channel"] = channels.values
    table = ask(view, MODELS, order=3)
    for model in MODELS:
        given = [row["conversions"] for row in table if row["model"] == model]
        assert sum(given) == pytest.approx(2, abs=1e-9)
    linear = {r["credit"]: r["conversions"] for r in table if r["model"] == "linear"}
    assert linear == pytest.approx(dict.fromkeys(channels.values, 2 / 3), abs=1e-4)


def test_a_kernel_names_every_column_that_it_reads():
    view = view_of({"p": [touch(0), order(1)]}, RANDOM, START + DAY)
    question = question_from(
        model="last", credit="device", lookback="1 day", order=1, half_life="1 day",
        convert="channel = 'Email'", value="properties.x", names=[], zone="UTC",
    )  # fmt: skip
    columns = AttributionKernel(view, question, ()).columns
    assert {"device", "properties", "channel", "campaign", "name", "currency"} <= columns


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"credit": "chanel"}, UnknownName, "Did you mean 'channel'"),
        ({"model": "lst"}, UnknownName, "Did you mean 'last'"),
        ({"lookback": "soon"}, QuestionError, "lookback: 'soon'"),
        ({"lookback": "0 days"}, QuestionError, "longer than nothing"),
        ({"half_life": "-1 day"}, QuestionError, "half-life"),
        ({"order": 0}, QuestionError, "found order 0"),
        ({"value": "margin"}, QuestionError, "found 'margin'"),
        ({"value": "nan"}, QuestionError, "found 'nan'"),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(options, kind, said):
    given = {
        "model": None, "credit": "channel", "lookback": "30 days", "order": 1,
        "half_life": "7 days", "convert": None, "value": None,
    }  # fmt: skip
    with pytest.raises(kind, match=said):
        question_from(**given | options, names=["Page Viewed"], zone="UTC")


def test_a_persona_is_credited_with_what_its_own_people_did():
    log = {"p": [touch(0), order(1)], "q": [touch(0, channel="Direct"), order(1), order(2)]}
    personas = {
        "twice": parse("total_orders >= 2", "people"),
        "everybody": parse("total_orders >= 0", "people"),
        "nobody": parse("total_orders > 9", "people"),
    }
    view = view_of(log, RANDOM, START + DAY, by="persona", personas=personas)
    table = ask(view, "last")
    for name, condition in personas.items():
        mine = [row for row in table if row["persona"] == name]
        alone = ask(view_of(log, RANDOM, START + DAY, people=condition), "last")
        assert [{k: row[k] for k in alone.rows[0]} for row in mine] == alone.rows
    assert any("overlap" in remark for remark in table.notes["remarks"])
    assert table.notes["conversions"] == 3
