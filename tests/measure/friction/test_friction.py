"""Findings are real excesses, begin when they did, cost what they say; nobody pending is lost."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sojourn.core.condition import parse
from sojourn.core.durations import DAY, HOUR, MINUTE
from sojourn.core.model import model_from_mapping
from sojourn.errors import QuestionError
from sojourn.measure.friction import friction
from support.logs import START
from support.memory import view_of

MODEL = model_from_mapping(
    {
        "id": "small",
        "lapse": "200 days",
        "stages": [
            {"id": "know", "name": "Know", "evidence": "true", "patience": "30 days"},
            {"id": "try", "evidence": "name = 'Application Started'", "patience": "20 days"},
            {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'"},
        ],
    }
)
DAYS = 200
AS_OF = START + (DAYS + 100) * DAY
BROKEN = range(80, 120)


def date(day):
    return (datetime.fromtimestamp(START / 1e6, UTC) + timedelta(days=day)).date().isoformat()


class Maker:
    """Writes a log, one person after another."""

    def __init__(self, seed):
        self.chance, self.log, self.seq = random.Random(seed), {}, 0

    def write(self, person, ts, name, **more):
        self.seq += 1
        touch = {"event_id": f"e{self.seq}", "seq": self.seq, "ts": ts, "name": name, **more}
        self.log.setdefault(person, []).append(touch)


def applications(seed, people=1200, broken=BROKEN, error="Upload Failed"):
    """People apply and then order; on phones the application breaks for some days."""
    made = Maker(seed)
    for number in range(people):
        who, day = f"p{number:04}", made.chance.randrange(DAYS)
        device = made.chance.choice(["phone", "computer"])
        at = START + day * DAY + made.chance.randrange(12 * HOUR)
        made.write(who, at, "Page Viewed", device=device, actor="person")
        made.write(who, at + HOUR, "Application Started", device=device, actor="person")
        breaks = device == "phone" and day in broken
        if breaks and made.chance.random() < 0.9 and error:
            made.write(who, at + HOUR + MINUTE, error, device=device, actor="person")
        if made.chance.random() < (0.1 if breaks else 0.7):
            made.write(who, at + 2 * HOUR, "Application Submitted", device=device, actor="person")
            made.write(
                who, at + 3 * HOUR, "Order Completed", value=100.0, currency="EUR",
                order_id=f"o{number}", device=device, actor="person",
            )  # fmt: skip
    return made.log


@pytest.fixture(scope="module")
def log():
    return applications(1)


@pytest.fixture(scope="module")
def answer(log):
    return friction(view_of(log, MODEL, AS_OF))


def test_a_form_that_breaks_on_phones_is_found_with_its_days_and_its_device(answer):
    first = answer.rows[0]
    assert (first["kind"], first["stage"], first["part"]) == ("failed", "try", "phone")
    assert first["subject"] == "Application Started → Application Submitted"
    assert first["since_earliest"] <= date(80) <= first["since_latest"]
    assert abs(datetime.fromisoformat(first["since"]) - datetime.fromisoformat(date(80))).days <= 1
    assert (
        abs((datetime.fromisoformat(first["until"]) - datetime.fromisoformat(date(120))).days) < 3
    )
    assert "phone (device)" in first["for_whom"]
    assert first["text"].startswith("On phones from ")
    assert "“Upload Failed”" in first["text"]


def test_the_numbers_are_those_that_anybody_would_count(log, answer):
    first = answer.rows[0]
    failed, others, lost_people = [], [], set()
    for person, touches in log.items():
        names = {t["name"] for t in touches}
        day = datetime.fromtimestamp(touches[1]["ts"] / 1e6, UTC).date().isoformat()
        done = "Application Submitted" in names
        if "Upload Failed" not in names:
            others.append(done)
        elif first["since"] <= day < first["until"]:
            failed.append(done)
            lost_people |= set() if done else {person}
    assert len(failed) > 90
    lost, usual = failed.count(False), others.count(False) / len(others)
    assert (first["people"], first["lost"]) == (len(failed), lost)
    assert first["excess_lost"] == pytest.approx(lost - usual * len(failed))
    assert first["low"] < first["excess_lost"] < first["high"]
    assert first["lost_share"] == pytest.approx(lost / len(failed))
    assert first["usual_share"] == pytest.approx(usual)
    # everybody who went on ordered once, for 100
    assert float(first["money"]) == pytest.approx(100 * first["excess_lost"], abs=1e-3)
    assert first["currency"] == "EUR"
    assert set(first["examples"].split(", ")) <= lost_people


def test_one_cause_is_told_once(answer):
    assert len(answer) == 1
    assert "unfinished" in answer.rows[0]["also"]


def test_without_an_error_touchpoint_the_rise_itself_is_found():
    answer = friction(view_of(applications(2, 2500, error=None), MODEL, AS_OF))
    first = answer.rows[0]
    assert (first["kind"], first["part"], first["stage"]) == ("unfinished", "phone", "try")
    assert first["since_earliest"] <= date(80) <= first["since_latest"]


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_nothing_is_told_where_nothing_was_planted(seed):
    answer = friction(view_of(applications(seed, broken=()), MODEL, AS_OF))
    assert answer.rows == []
    assert "Nothing was found" in answer.notes["remarks"][-1]
    assert answer.notes["tested"] > 0


def test_who_still_has_time_is_pending_and_not_lost(log):
    as_of = START + 90 * DAY
    view = view_of(log, MODEL, as_of)
    answer = friction(view)
    started = [t for ts in log.values() for t in ts if t["name"] == "Application Started"]
    recent = [t for t in started if as_of - 7 * DAY < t["ts"] <= as_of]
    assert recent
    assert answer.notes["cases_pending"] >= 2 * len(recent)
    for row in answer.rows:
        assert row["people"] <= len([t for t in started if t["ts"] <= as_of - 7 * DAY])


def test_a_friction_that_goes_on_has_no_end():
    answer = friction(view_of(applications(6, broken=range(150, DAYS)), MODEL, AS_OF))
    first = answer.rows[0]
    assert first["until"] is None
    assert " since " in first["text"]


def test_blocks_are_answers_of_their_own(log):
    whole = friction(view_of(log, MODEL, AS_OF, by="device"))
    assert whole.columns[0].name == "device"
    phone = [r for r in whole.rows if r["device"] == "phone"]
    alone = {p: t for p, t in log.items() if t[0]["device"] == "phone"}
    wanted = friction(view_of(alone, MODEL, AS_OF)).rows
    keys = ("rank", "kind", "people", "lost", "excess_lost", "since", "text")
    assert [[r[k] for k in keys] for r in phone] == [[r[k] for k in keys] for r in wanted]
    assert [r for r in whole.rows if r["device"] == "computer"] == []


@pytest.mark.parametrize(
    ("filters", "keeps"),
    [
        ({"people": ("first_device = 'phone'", "people")}, "phone"),
        ({"where": ("device = 'phone'", "touchpoint")}, "phone"),
        ({"only": ("device = 'phone'", "touchpoint")}, "phone"),
        ({"people": ("first_device = 'computer'", "people")}, None),
        ({"only": ("device = 'computer'", "touchpoint")}, None),
    ],
)
def test_filters_choose_whom_it_is_about(log, filters, keeps):
    asked = {name: parse(text, scope) for name, (text, scope) in filters.items()}
    rows = friction(view_of(log, MODEL, AS_OF, **asked)).rows
    assert bool(rows) == (keeps is not None)


def test_the_period_chooses_cycles_by_when_they_began(log):
    early = friction(view_of(log, MODEL, AS_OF, end=START + 70 * DAY))
    assert early.rows == []
    around = friction(view_of(log, MODEL, AS_OF, start=START + 70 * DAY, end=START + 130 * DAY))
    assert around.rows[0]["kind"] == "failed"


def test_two_currencies_are_two_rows_of_one_rank(log):
    mixed = {
        p: [
            {**t, "currency": "USD" if int(p[1:]) % 2 else "EUR"} if "value" in t else t for t in ts
        ]
        for p, ts in log.items()
    }
    rows = friction(view_of(mixed, MODEL, AS_OF)).rows
    assert [r["currency"] for r in rows] == ["EUR", "USD"]
    assert {r["rank"] for r in rows} == {1}
    assert sum(float(r["money"]) for r in rows) == pytest.approx(100 * rows[0]["excess_lost"], 1e-4)


def waiting(seed, slow_from=100, scores=True):
    """Orders that are delivered in a day or two, later in weeks; who waits is displeased."""
    made = Maker(seed)
    for number in range(900):
        who, day = f"p{number:04}", made.chance.randrange(DAYS)
        region = made.chance.choice(["north", "south"])
        at = START + day * DAY + made.chance.randrange(12 * HOUR)
        slow = day >= slow_from and region == "south"
        wait = made.chance.uniform(12, 20) if slow else made.chance.uniform(0.5, 2)
        made.write(who, at, "Order Completed", order_id=f"o{number}", value=10.0, currency="EUR",
                   properties={"region": region}, actor="person")  # fmt: skip
        done = at + int(wait * DAY)
        made.write(who, at + HOUR, "Order Shipped", order_id=f"o{number}", actor="business")
        made.write(who, done, "Order Delivered", order_id=f"o{number}", actor="business")
        if scores and made.chance.random() < 0.5:
            low = made.chance.random() < (0.7 if slow else 0.1)
            made.write(who, done + DAY, "Review Posted", actor="person",
                       properties={"rating": 1 if low else 5})  # fmt: skip
        elif made.chance.random() < (0.2 if slow else 0.6):
            made.write(who, done + 20 * DAY, "Order Completed", order_id=f"again{number}",
                       value=10.0, currency="EUR", actor="person")  # fmt: skip
    return made.log


def test_waits_far_over_the_usual_are_found_and_where_they_are():
    first = friction(view_of(waiting(1), MODEL, AS_OF)).rows[0]
    assert (first["kind"], first["part"], first["stage"]) == ("waits", "south", "buy")
    assert abs(datetime.fromisoformat(first["since"]) - datetime.fromisoformat(date(100))).days <= 2
    assert first["until"] is None
    assert "south (region)" in first["for_whom"]


def test_who_waited_and_gave_a_low_score_is_displeased_and_costs_no_money():
    made = {
        p: [t for t in ts if not t["event_id"] or "again" not in str(t.get("order_id"))]
        for p, ts in waiting(2).items()
    }
    (row,) = friction(view_of(made, MODEL, AS_OF)).rows
    assert row["kind"] == "sour waits"
    assert row["money"] is None
    assert row["text"].endswith("people displeased.")


def guides(seed):
    """A guide that is delivered at once until it is not; who waits for it does not go on."""
    made = Maker(seed)
    for number in range(900):
        who, day = f"p{number:04}", made.chance.randrange(DAYS)
        at = START + day * DAY + made.chance.randrange(12 * HOUR)
        content = made.chance.choice(["tea", "coffee"])
        silent = content == "tea" and day >= 120
        made.write(who, at, "Guide Requested", content=content, actor="person")
        if not silent:
            made.write(who, at + MINUTE, "Guide Delivered", content=content, actor="business")
        if made.chance.random() < (0.2 if silent else 0.6):
            made.write(who, at + 8 * DAY, "Order Completed", order_id=f"o{number}", actor="person")
    return made.log


def test_a_guide_that_never_comes_is_found():
    first = friction(view_of(guides(1), MODEL, AS_OF)).rows[0]
    assert (first["kind"], first["part"]) == ("silent", "tea")
    assert abs(datetime.fromisoformat(first["since"]) - datetime.fromisoformat(date(120))).days <= 2
    assert first["money"] is None, "nobody's order has a value"


def bought(seed, harm):
    """Half of the buyers never hear from the business."""
    made = Maker(seed)
    for number in range(600):
        who, at = f"p{number:04}", START + made.chance.randrange(DAYS * DAY)
        made.write(who, at, "Order Completed", order_id=f"o{number}", actor="person")
        heard = number % 2
        if heard:
            made.write(who, at + HOUR, "Message Sent", actor="business")
        if made.chance.random() < (0.5 if heard or not harm else 0.2):
            made.write(who, at + 20 * DAY, "Order Completed", order_id=f"a{number}", actor="person")
    return made.log


def test_who_buys_and_never_hears_from_us_is_found_only_where_it_costs_people():
    (row,) = friction(view_of(bought(1, harm=True), MODEL, AS_OF)).rows
    assert (row["kind"], row["since"]) == ("unheard", None)
    assert "within 2 days" in row["text"]
    assert friction(view_of(bought(1, harm=False), MODEL, AS_OF)).rows == []
    later = friction(view_of(bought(1, harm=True), MODEL, AS_OF), heard_within="30 minutes")
    assert "within 30 minutes" in " ".join(later.notes["remarks"])


def meeting(seed, name, harm, **more):
    """Some people meet something in their first days and go on less often."""
    made = Maker(seed)
    for number in range(800):
        who, at = f"p{number:04}", START + made.chance.randrange(DAYS * DAY)
        made.write(who, at, "Page Viewed", page="/", actor="person")
        hit = number % 4 == 0
        for n in range(4):
            met = (name, more) if hit else ("Page Viewed", {"page": f"/{n}"})
            made.write(who, at + (n + 1) * MINUTE, met[0], actor="person", **met[1])
        if made.chance.random() < (0.2 if hit and harm else 0.6):
            made.write(who, at + 14 * DAY, "Application Started", actor="person")
    return made.log


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        ("errors", "Server Error", {}),
        ("errors", "payment_declined", {}),
        ("errors", "Payment Tried", {"properties": {"status": "failed"}}),
        ("circles", "Page Viewed", {"page": "/prices"}),
    ],
)
def test_what_people_meet_before_they_leave_is_found(kind, name, more):
    rows = friction(view_of(meeting(1, name, True, **more), MODEL, AS_OF)).rows
    assert [r["kind"] for r in rows] == [kind]
    assert f"“{name}”" in rows[0]["text"]
    assert friction(view_of(meeting(1, name, False, **more), MODEL, AS_OF)).rows == []


def after_order(seed, name, harm, **more):
    """Some buyers ask for help, or give a low score, and then leave."""
    made = Maker(seed)
    for number in range(800):
        who, at = f"p{number:04}", START + made.chance.randrange(DAYS * DAY)
        made.write(who, at, "Order Completed", order_id=f"o{number}", actor="person")
        hit = number % 4 == 0
        if hit:
            made.write(who, at + 5 * DAY, name, actor="person", **more)
        if made.chance.random() < (0.2 if hit and harm else 0.6):
            made.write(who, at + 50 * DAY, "Order Completed", order_id=f"a{number}", actor="person")
    return made.log


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        ("support", "Support Opened", {}),
        ("support", "Complaint Filed", {}),
        ("low scores", "Survey Answered", {"properties": {"survey_id": "nps", "score": 3}}),
        ("low scores", "Review Posted", {"properties": {"rating": 2}}),
        ("low scores", "Mention Posted", {"sentiment": -0.8}),
    ],
)
def test_support_and_low_scores_before_leaving_are_found(kind, name, more):
    rows = friction(view_of(after_order(1, name, True, **more), MODEL, AS_OF)).rows
    assert [r["kind"] for r in rows] == [kind]
    assert friction(view_of(after_order(1, name, False, **more), MODEL, AS_OF)).rows == []


def test_a_stage_that_people_stop_leaving_is_found_with_its_days():
    made = Maker(7)
    for number in range(2000):
        who, day = f"p{number:04}", made.chance.randrange(DAYS)
        at = START + day * DAY
        made.write(who, at, "Page Viewed", actor="person", channel="Direct")
        if made.chance.random() < (0.25 if 60 <= day < 90 else 0.6):
            made.write(who, at + 3 * DAY, "Application Started", actor="person")
            made.write(who, at + 4 * DAY, "Application Submitted", actor="person")
    first = friction(view_of(made.log, MODEL, AS_OF)).rows[0]
    assert (first["kind"], first["stage"]) == ("stuck", "know")
    assert first["since_earliest"] <= date(60) <= first["since_latest"]
    assert first["text"].startswith("From ")
    assert "stayed in Know for over 30 days" in first["text"]


def hostile_logs():
    one_time = {
        f"p{n}": [
            {"event_id": f"{n}-{k}", "seq": n * 10 + k, "ts": START, "name": name}
            for k, name in enumerate(["Checkout Started", "Form Failed", "Order Completed"])
        ]
        for n in range(50)
    }
    nothing_sold = {"a": [{"event_id": "1", "seq": 1, "ts": START, "name": "Page Viewed"}]}
    odd = {
        "a": [
            {"event_id": "1", "seq": 1, "ts": START, "name": name, "value": value,
             "properties": said}
            for name, value, said in [
                ("", math.nan, {"rating": "NaN"}),
                ("Checkout Started", -5.0, {"rating": None}),
                ("Order Completed", -5.0, {"score": [1]}),
                ("→ Started", 1e15, {"rating": 1e300}),
                ("Started", 0.0, {"nps": True}),
                ("Order Refunded", -500.0, {"rating": {"a": 1}}),
            ]
        ]
    }  # fmt: skip
    return {"one time": one_time, "nothing sold": nothing_sold, "odd": odd}


@pytest.mark.parametrize("kind", hostile_logs())
@pytest.mark.parametrize("as_of", [START - DAY, START, AS_OF])
def test_hostile_logs_have_an_answer(kind, as_of):
    answer = friction(view_of(hostile_logs()[kind], MODEL, as_of))
    assert answer.notes["remarks"]
    for row in answer.rows:
        assert row["excess_lost"] > 0
        assert np.isfinite(row["p"])


def test_nobody_chosen_gives_no_rows():
    view = view_of(applications(1, 50), MODEL, AS_OF, people=parse("total_orders > 99", "people"))
    assert friction(view).rows == []


def test_somebody_with_very_many_touchpoints_is_taken_in_stride(log):
    names = ["Page Viewed", "Checkout Started", "Form Failed", "Order Completed", "Support Opened"]
    many = [
        {"event_id": f"m{n}", "seq": n, "ts": START + n * MINUTE, "name": names[n % 5]}
        for n in range(200_000)
    ]  # fmt: skip
    answer = friction(view_of({**log, "bot": many}, MODEL, AS_OF))
    assert answer.rows


@pytest.mark.parametrize("asked", [{"heard_within": "soon"}, {"top": 0}])
def test_what_makes_no_sense_is_refused(asked, log):
    with pytest.raises(QuestionError):
        friction(view_of(log, MODEL, AS_OF), **asked)


def test_top_shows_fewer_and_says_so():
    both = applications(1) | {f"w{p}": ts for p, ts in waiting(1).items()}
    view = view_of(both, MODEL, AS_OF)
    whole, one = friction(view), friction(view, top=1)
    assert len(whole.rows) > 1
    assert [r["text"] for r in one.rows] == [whole.rows[0]["text"]]
    assert "not shown" in one.notes["remarks"][-1]


def test_the_same_is_told_on_any_number_of_threads(log):
    view = view_of(log, MODEL, AS_OF, buckets=6)
    threaded = replace(view, engine=type(view.engine)(4))
    assert friction(view).rows == friction(threaded).rows
