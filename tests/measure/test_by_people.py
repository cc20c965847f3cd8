"""Questions about whole people, divided by what they first were: each block is its own question."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

import sojourn as sj
from sojourn.errors import QuestionError

START = datetime(2025, 1, 1, tzinfo=UTC)
PERSONAS = {"often": "total_orders >= 4", "all": "total_orders >= 0", "none": "total_orders > 999"}


def shop_log(seed=5, people=240):
    """People who come by Email or not at all by a known channel, and order now and then."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        channel = ("Email", "Direct", None)[number % 3]  # who says nothing came directly
        at = START + timedelta(days=float(random.uniform(0, 200)))
        rows.append((f"p{number}", at, "Page Viewed", channel, None))
        pace = 10 if channel == "Email" else 40
        while (at := at + timedelta(days=float(random.exponential(pace)))) < START + timedelta(300):
            rows.append((f"p{number}", at, "Order Completed", "Direct", "10"))
            if random.uniform() < 0.2:
                break
    names = ("user_id", "ts", "name", "channel", "value")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    lines = "\n".join(f'{name} = "{text}"' for name, text in PERSONAS.items())
    (folder / "sojourn.toml").write_text(f"[personas]\n{lines}\n")
    workspace = sj.open(folder)
    workspace.add(shop_log())
    return workspace


def first_by(channel):
    return f"first_channel = '{channel}'"


def test_the_people_of_all_blocks_are_all_people(shop):
    whole, parts = shop.journey().lifetime(), shop.journey().lifetime(by="channel")
    assert sum(row["people"] for row in parts) == len(whole)
    assert sum(row["orders"] for row in parts) == sum(row["orders"] for row in whole)
    assert parts.column("channel") == ["Direct", "Email"]
    assert "first touchpoint" in " ".join(parts.notes["remarks"])


def test_a_block_of_lifetime_is_the_answer_about_its_people(shop):
    rows = {row["channel"]: row for row in shop.journey().lifetime(by="channel")}
    alone = shop.journey(people=first_by("Email")).lifetime()
    email = rows["Email"]
    assert email["people"] == len(alone)
    assert email["bought_again"] == sum(row["frequency"] > 0 for row in alone)
    for name in ("expected_orders", "expected_orders_low", "expected_orders_high"):
        assert email[name] == pytest.approx(alone.notes[name] / len(alone))
    assert email["expected_value"] == pytest.approx(alone.notes["expected_value"] / len(alone))


def test_too_few_people_have_no_estimate_and_a_note(shop):
    found = shop.journey().lifetime(by="persona")
    rows = {row["persona"]: row for row in found}
    assert rows["none"]["people"] == 0
    assert rows["none"]["expected_orders"] is None
    assert rows["all"]["expected_orders"] > 0
    said = " ".join(found.notes["remarks"])
    assert "Too few data in none" in said
    assert "Personas may overlap" in said


def test_a_hold_out_cannot_be_divided(shop):
    with pytest.raises(QuestionError, match="hold-out is of all people"):
        shop.journey().lifetime(by="channel", holdout="30 days")


def test_a_block_of_a_forecast_is_the_forecast_of_its_people(shop):
    found = shop.journey().forecast(2, by="channel")
    alone = shop.journey(people=first_by("Email")).forecast(2)
    mine = [row for row in found if row["channel"] == "Email"]
    assert [{k: row[k] for k in alone.rows[0]} for row in mine] == alone.rows
    assert set(found.notes["back_test_by"]) == {"Email", "Direct"}
    assert found.notes["back_test_by"]["Email"] == alone.notes["back_test"]


def test_a_forecast_of_personas_has_all_of_them_and_says_that_they_overlap(shop):
    found = shop.journey().forecast(1, by="persona")
    assert list(dict.fromkeys(found.column("persona"))) == list(PERSONAS)
    nobody = [r for r in found if r["persona"] == "none" and r["figure"] == "people"]
    assert {row["as_last"] for row in nobody} == {0}
    assert "Personas may overlap" in " ".join(found.notes["remarks"])


def test_a_back_test_can_be_divided(shop):
    found = shop.journey().forecast(2, by="channel", backtest=True)
    whole = shop.journey().forecast(2, backtest=True)
    orders = [r["actual"] for r in found if r["figure"] == "orders" and r["week"] == 1]
    assert sum(orders) == next(r["actual"] for r in whole if r["figure"] == "orders")


def test_too_many_blocks_are_refused(shop):
    shop.add(pa.table({
        "user_id": [f"x{n}" for n in range(70)], "name": ["Page Viewed"] * 70,
        "ts": [START] * 70, "order_id": [f"o{n}" for n in range(70)],
    }))  # fmt: skip
    with pytest.raises(QuestionError, match="71 blocks"):
        shop.journey().referrals(by="order_id")


def test_a_change_that_happens_only_to_some_changes_nothing_for_the_others(shop):
    found = shop.journey().forecast(1, by="persona", change="know>buy +50%")
    nobody = [row for row in found if row["persona"] == "none"]
    assert {row["difference"] for row in nobody} == {0}
    assert any(row["difference"] for row in found if row["persona"] == "all")
    with pytest.raises(QuestionError, match="Nobody moved from buy to know"):
        shop.journey().forecast(1, by="persona", change="buy>know +50%")
