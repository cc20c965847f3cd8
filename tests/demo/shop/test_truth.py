"""Each story can be seen by plain counting, where it was planted and nowhere else."""

import json
from datetime import date

import pytest

from sojourn.demo.shop import STORIES, simulate


def story(shop, name: str) -> dict:
    return shop.truth["stories"][name]


def window(found: dict) -> str:
    return f"day >= date '{found['start']}' and day < date '{found['end']}'"


def test_the_truth_is_plain_and_names_every_story_with_its_dates(shop):
    assert json.loads(json.dumps(shop.truth)) == json.loads(json.dumps(shop.truth, default=str))
    assert shop.truth["stories"].keys() == STORIES.keys()
    for found in shop.truth["stories"].values():
        assert date.fromisoformat(found["start"]) < date.fromisoformat(found["end"])
        assert found["title"]


def test_a_shop_without_stories_says_so(plain_shop):
    assert plain_shop.truth["stories"] == {}
    assert {effect["rate_ratio"] for effect in plain_shop.truth["touchpoints"]} == {1.0}


def finished(count, where: str) -> tuple[int, float]:
    """How many checkouts were started on a device, and the share of them that became orders."""
    (row,) = count.rows(f"""
        select count(*) filter (name = 'Checkout Started') as started,
            count(*) filter (name = 'Order Completed') as finished
        from log where device_id is not null and {where}
    """)
    return row["started"], row["finished"] / row["started"]


def test_phones_cannot_check_out_in_the_three_weeks_and_only_phones(shop, count):
    found = story(shop, "mobile-checkout")
    started, share = finished(count, f"device = 'phone' and {window(found)}")
    assert started >= 15
    assert share < 0.25
    assert finished(count, f"device = 'phone' and not ({window(found)})")[1] > 0.55
    assert finished(count, f"device <> 'phone' and {window(found)}")[1] > 0.55
    reason = count.rows(f"""
        select count(*) as failures, avg(({window(found)})::int) as inside from log
        where name = 'Form Failed' and properties like '%payment sheet%'
    """)
    assert reason[0]["failures"] >= 12
    assert reason[0]["inside"] == 1.0


def test_without_the_story_phones_check_out_as_ever(shop, plain_count):
    found = story(shop, "mobile-checkout")
    assert finished(plain_count, f"device = 'phone' and {window(found)}")[1] > 0.4
    assert not plain_count.value("select count(*) from log where properties like '%payment sheet%'")


def arrivals_a_day(count, found: dict) -> tuple[float, float]:
    (row,) = count.rows(f"""
        select avg(n) filter ({window(found)}) as wave,
            median(n) filter (not ({window(found)})) as usual
        from (select first_day as day, count(*) as n from people group by 1)
    """)
    return row["wave"], row["usual"]


def test_the_viral_post_brings_several_times_the_usual_number_of_people(shop, count, plain_count):
    found = story(shop, "viral-post")
    wave, usual = arrivals_a_day(count, found)
    assert wave > 3 * usual
    wave, usual = arrivals_a_day(plain_count, found)
    assert wave < 2.5 * usual
    came = f"name = 'Post Viewed' and content = '{found['where']['content']}'"
    assert count.value(f"select avg(({window(found)})::int) from log where {came}") == 1.0
    assert not plain_count.value(f"select count(*) from log where {came}")


def deliveries(count, found: dict) -> dict:
    """Mean days to the door by whether the order was placed in the region, and in the window."""
    region = found["where"]["properties.region"]
    rows = count.rows(f"""
        with ordered as (select order_id, min(day) as day from log
            where name = 'Order Completed' group by 1),
        came as (select order_id, min(day) as came, any_value(properties) as properties
            from log where name = 'Order Delivered' group by 1)
        select (properties ->> 'region') = '{region}' as there, {window(found)} as slow,
            count(*) as n, avg(came - day) as days
        from ordered inner join came using (order_id) group by all
    """)
    return {(row["there"], row["slow"]): row["days"] for row in rows}


def test_parcels_to_the_region_come_late_since_the_date(shop, count, plain_count):
    found = story(shop, "slow-delivery")
    days = deliveries(count, found)
    assert days[True, True] > 9
    assert max(days[True, False], days[False, True], days[False, False]) < 3
    assert max(deliveries(plain_count, found).values()) < 3.5


def test_after_a_late_parcel_people_rate_lower_and_order_less(shop, count):
    found = story(shop, "slow-delivery")
    region = found["where"]["properties.region"]
    again = count.rows(f"""
        with ordered as (select person, order_id, min(day) as day from log
            where name = 'Order Completed' group by all),
        came as (select order_id, any_value(properties) as properties from log
            where name = 'Order Delivered' group by 1)
        select (properties ->> 'region') = '{region}' as there, avg((exists (
            select 1 from ordered as o where o.person = ordered.person
            and o.day > ordered.day and o.day <= ordered.day + 60))::int) as share
        from ordered inner join came using (order_id)
        where {window(found)} and day < date '{found["end"]}' - 62
        group by all
    """)
    share = {row["there"]: row["share"] for row in again}
    assert share[True] < 0.6 * share[False]
    stars = count.rows(f"""
        select region = '{region}' as there, avg((properties ->> 'rating')::int) as stars
        from log inner join people using (person)
        where name = 'Review Posted' and day > date '{found["start"]}' + 20 group by 1
    """)
    rating = {row["there"]: row["stars"] for row in stars}
    assert rating[True] < rating[False] - 0.5


def guides(count, where: str) -> dict[str, int]:
    rows = count.rows(f"""
        select name, count(*) as n from log where name like 'Guide %' and {where} group by 1
    """)
    return {row["name"]: row["n"] for row in rows}


def test_the_silent_guide_is_asked_for_and_never_comes(shop, count, plain_count):
    found = story(shop, "silent-guide")
    this = f"content = '{found['where']['content']}'"
    silent = guides(count, f"{this} and {window(found)}")
    assert silent.pop("Guide Requested") >= 15
    assert sum(silent.values()) <= 1, "a guide asked for on the eve may be opened inside"
    others = guides(count, f"not ({this}) and {window(found)}")
    assert others["Guide Delivered"] == pytest.approx(others["Guide Requested"], abs=2)
    usual = guides(plain_count, f"{this} and {window(found)}")
    assert usual["Guide Delivered"] == pytest.approx(usual["Guide Requested"], abs=2)
    assert usual["Guide Opened"] > 0.4 * usual["Guide Requested"]


def test_who_waits_for_the_guide_goes_on_less_often(shop, count):
    found = story(shop, "silent-guide")
    rows = count.rows(f"""
        select avg((next = 'try')::int) as moved, content = '{found["where"]["content"]}' as silent
        from stays inner join log using (person)
        where stage = 'trust' and name = 'Guide Requested' and day = entered and {window(found)}
        group by 2
    """)
    moved = {row["silent"]: row["moved"] for row in rows}
    assert moved[True] < moved[False]


CALL = "name = 'Call Made'"
BANNER = "name = 'Ad Viewed' and content = 'retargeting-banner'"
POST = "name = 'Post Viewed'"


def test_after_a_call_the_rate_of_buying_doubles(shop, large_count, try_to_buy):
    effect = next(each for each in shop.truth["touchpoints"] if each["name"] == "Call Made")
    assert effect["rate_ratio"] == 2.0
    counted = try_to_buy(large_count, CALL, by_call=False)
    assert 1.75 < counted.pooled() < 2.3


def test_the_banner_does_nothing(large_count, try_to_buy):
    assert 0.85 < try_to_buy(large_count, BANNER).pooled() < 1.15


def test_posts_look_as_if_they_helped_until_like_is_compared_with_like(large_count, try_to_buy):
    counted = try_to_buy(large_count, POST)
    assert counted.crude() > 1.5
    assert 0.85 < counted.pooled() < 1.15


def test_in_a_shop_without_stories_nothing_that_reaches_people_helps(plain_count, try_to_buy):
    for exposure in (CALL, BANNER, POST):
        counted = try_to_buy(plain_count, exposure, by_call=False)
        assert 0.7 < counted.crude() < 1.35, exposure
        assert 0.7 < counted.pooled() < 1.35, exposure


def test_stories_can_be_planted_one_by_one(recount, try_to_buy):
    told = simulate(people=2000, seed=2, stories=["viral-post"])
    assert told.truth["stories"].keys() == {"viral-post"}
    count = recount(told)
    assert count.value("select count(*) from log where content = 'latte-art-clip'") > 100
    assert not count.value("select count(*) from log where properties like '%payment sheet%'")
    assert try_to_buy(count, POST).crude() < 1.5
