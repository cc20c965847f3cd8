"""What the shop's log looks like to somebody who knows only its columns."""

import json
from collections import Counter

import pyarrow as pa
import pytest

from sojourn.core.identity import Alias, Claim, person_of_touchpoint, resolve


@pytest.fixture(scope="module")
def rows(small_shop) -> list[dict]:
    ts = small_shop.touchpoints["ts"].cast(pa.int64())
    return small_shop.touchpoints.append_column("at", ts).to_pylist()


def aliases(row: dict) -> list[Alias]:
    pairs = [("user", row["user_id"]), ("device", row["device_id"])]
    pairs += [(alias["kind"], alias["id"]) for alias in row["aliases"] or ()]
    return [Alias(kind, text) for kind, text in pairs if text is not None]


def orders(rows: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in rows:
        if row["name"] == "Order Completed":
            found.setdefault(row["order_id"], []).append(row)
    return found


def test_the_identity_rules_find_the_people_who_truly_are_there(rows, small_shop):
    people = resolve([Claim(row["at"], aliases(row)) for row in rows if len(aliases(row)) > 1])
    truth = small_shop.people.to_pylist()
    owner = {device: person for person in truth for device in person["devices"]}
    holders = Counter(device for person in truth for device in person["devices"])
    right = wrong = 0
    for row in rows:
        person = owner.get(row["device_id"])
        if person is None or person["user_id"] is None or holders[row["device_id"]] > 1:
            continue
        mine = person_of_touchpoint(
            people, row["user_id"], row["device_id"], aliases(row)[2:], row["at"]
        )
        good = mine == Alias("user", person["user_id"])
        right, wrong = right + good, wrong + (not good)
    assert right > 1000
    assert wrong / right < 0.02


def test_every_address_and_card_is_seen_together_with_its_user_id(count):
    for kind in ("email", "card"):
        used = count.rows(f"""
            select aliases[1].id as id, count(user_id) as tied from log
            where aliases[1].kind = '{kind}' group by 1
        """)
        assert len(used) > 50
        assert all(row["tied"] for row in used)


def test_some_people_share_a_tablet_and_are_signed_in_on_it(count):
    shared = "(select device_id from log where user_id is not null group by 1 \
        having count(distinct user_id) > 1)"
    assert count.value(f"select count(*) from {shared}") >= 2
    on_it = count.rows(f"select device, user_id from log where device_id in {shared}")
    assert {row["device"] for row in on_it} == {"tablet"}
    assert all(row["user_id"] for row in on_it)


def test_people_are_seen_on_several_devices_and_before_they_are_known(count):
    several = "select person from log where device_id is not null and device <> 'bot' \
        group by 1 having count(distinct device_id) > 1"
    assert count.value(f"select count(*) from ({several})") > 100
    anonymous = "select person from log where person is not null group by 1 \
        having count(user_id) = 0"
    assert count.value(f"select count(*) from ({anonymous})") > 1000


def test_many_online_orders_are_reported_twice_and_none_more_often(rows):
    reports = orders(rows).values()
    twice = [both for both in reports if len(both) == 2]
    online = [each for each in reports if each[0]["channel"] != "In Store"]
    assert {len(each) for each in reports} == {1, 2}
    assert 0.4 < len(twice) / len(online) < 0.8
    for browser, server in twice:
        assert browser["user_id"] == server["user_id"]
        assert browser["value"] == server["value"]
        assert 0 < server["at"] - browser["at"] <= 5_000_000
        assert json.loads(server["properties"]) == {"reported_by": "server"}


def test_refunds_are_negative_come_later_and_never_exceed_their_order(count):
    refunds = count.rows("""
        select r.value as refund, o.value, r.ts > o.ts as later, r.person = o.person as same
        from log as r inner join (select order_id, any_value(value) as value, min(ts) as ts,
            any_value(person) as person from log where name = 'Order Completed' group by 1) as o
            using (order_id)
        where r.name = 'Order Refunded'
    """)
    assert len(refunds) > 20
    for row in refunds:
        assert -row["value"] <= row["refund"] < 0
        assert row["later"]
        assert row["same"]
    assert any(-row["refund"] < row["value"] for row in refunds)


def test_parcels_leave_after_the_order_and_arrive_after_they_left(count):
    steps = count.rows("""
        select order_id,
            min(ts) filter (name = 'Order Completed') as ordered,
            min(ts) filter (name = 'Order Shipped') as shipped,
            min(ts) filter (name = 'Order Delivered') as delivered,
            any_value(channel) filter (name = 'Order Completed') as channel
        from log where order_id is not null group by 1
    """)
    sent = [row for row in steps if row["shipped"]]
    assert len(sent) > 300
    assert all(row["ordered"] < row["shipped"] for row in sent)
    assert all(row["shipped"] < row["delivered"] for row in sent if row["delivered"])
    assert not any(row["channel"] == "In Store" for row in sent)


def test_money_has_a_currency_and_nothing_else_has(rows):
    for row in rows:
        assert (row["value"] is None) == (row["currency"] is None)
    assert {row["currency"] for row in rows} == {None, "EUR"}
    assert all(found[0]["value"] > 0 for found in orders(rows).values())


def test_who_was_referred_names_somebody_who_had_invited(count):
    clicks = count.rows("""
        select c.person, c.ts, min(i.ts) as invited, p.referred_by = c.referred_by as agrees
        from log as c inner join people as p on p.person = c.person
        left join log as i on i.name = 'Referral Invited' and i.user_id = c.referred_by
        where c.name = 'Referral Clicked' group by all
    """)
    assert len(clicks) > 20
    for row in clicks:
        assert row["invited"] < row["ts"]
        assert row["agrees"]


def test_a_reward_follows_a_friend_s_first_order(count):
    rewards = count.rows("""
        select r.ts, min(o.ts) as bought from log as r
        inner join people as p on p.referred_by = r.user_id
        inner join log as o on o.person = p.person and o.name = 'Order Completed'
        where r.name = 'Reward Granted' group by r.event_id, r.ts
    """)
    assert rewards
    assert all(row["bought"] < row["ts"] for row in rewards)


def test_word_of_mouth_is_good_and_bad_and_in_words(count):
    said = count.rows("select sentiment, text from log where name = 'Mention Posted'")
    assert all(row["text"] and -1 <= row["sentiment"] <= 1 for row in said)
    assert (
        min(row["sentiment"] for row in said) < -0.2 < 0.3 < max(row["sentiment"] for row in said)
    )


def test_scores_keep_to_their_scales(count):
    for name, key, survey, low, high in (
        ("Review Posted", "rating", None, 1, 5),
        ("Survey Answered", "score", "csat", 1, 5),
        ("Survey Answered", "score", "nps", 0, 10),
    ):
        rows = count.rows(f"""
            select properties from log where name = '{name}'
            and ('{survey}' = 'None' or properties like '%"{survey}"%')
        """)
        scores = {json.loads(row["properties"])[key] for row in rows}
        assert len(scores) > 2
        assert low <= min(scores) <= max(scores) <= high


def test_a_referrer_stands_only_where_somebody_landed(rows):
    landed = [row for row in rows if row["referrer"]]
    assert landed
    assert {row["channel"] for row in landed} <= {
        "Organic Search", "Paid Search", "Organic Social", "Paid Social", "Referral", "Review Site",
    }  # fmt: skip
    origins = {(row["channel"], row["source"], row["medium"]) for row in rows}
    assert len(origins) == len({channel for channel, _, _ in origins})


def test_properties_are_json_objects(rows):
    told = {row["properties"] for row in rows} - {None}
    assert told
    assert all(isinstance(json.loads(text), dict) for text in told)


def test_at_the_counter_people_are_there_in_person(rows):
    for row in rows:
        assert (row["device"] == "in person") == (row["channel"] == "In Store")


def test_office_managers_act_for_a_firm_and_nobody_else_does(count):
    firms = count.rows("""
        select persona, count(account) > 0 as has from log inner join people using (person)
        where log.user_id is not null group by 1
    """)
    assert {row["persona"]: row["has"] for row in firms} == {
        "hobby": False, "gift": False, "neighbour": False, "office": True,
    }  # fmt: skip
