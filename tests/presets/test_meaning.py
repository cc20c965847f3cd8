"""What single rows of the vendors' files mean: the right person, day, money, words."""

import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes.choosing import How, choose
from support.samples import SAMPLES, Brought, bring, expected, money_of


def only(rows, **wanted):
    """The one row with such values."""
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, len(found))
    return found[0]


def ids(row):
    return {a["kind"]: a["id"] for a in row["aliases"] or ()}


def properties(row):
    return json.loads(row["properties"] or "{}")


def test_a_shopify_order_of_several_lines_is_one_touchpoint_with_its_products(brought):
    order = only(brought("shopify-orders.csv").named("Order Completed"), order_id="#1004")
    assert (order["value"], order["currency"]) == (Decimal("150.5000"), "EUR")
    assert [p["name"] for p in properties(order)["products"]] == [
        "Moka pot", "Kettle", "Espresso, dark roast 250 g"
    ]  # fmt: skip
    assert properties(order)["products"][2]["quantity"] == "4"


def test_a_shopify_order_of_the_till_is_in_store_and_phones_lose_their_apostrophe(brought):
    orders = brought("shopify-orders.csv").named("Order Completed")
    assert only(orders, order_id="#1002")["channel"] == "In Store"
    assert ids(only(orders, order_id="#1002")) == {"email": "ben@example.com"}
    assert ids(only(orders, order_id="#1010")) == {"phone": "+491701234567"}
    assert only(orders, order_id="#1005")["aliases"] in (None, [])


def test_a_shopify_refund_stands_at_the_cancellation_else_at_the_order(brought):
    refunds = brought("shopify-orders.csv").named("Order Refunded")
    assert str(only(refunds, order_id="#1003")["ts"]) == "2026-03-06 09:30:00+00:00"
    assert str(only(refunds, order_id="#1004")["ts"]) == "2026-03-28 22:30:00+00:00"


def test_a_voided_shopify_order_was_called_off_and_is_no_order(brought):
    rows = [r for r in brought("shopify-orders.csv").rows() if r["order_id"] == "#1008"]
    assert [row["name"] for row in rows] == ["Order Cancelled"]


def test_woocommerce_refunds_have_their_own_day_amount_and_reason(brought):
    refunds = brought("woocommerce-orders.csv").named("Order Refunded")
    broken = only(refunds, order_id="504")
    assert (str(broken["ts"]), broken["value"]) == ("2026-02-10 09:30:00+00:00", Decimal("-35.5"))
    assert broken["text"] == "broken"
    assert only(refunds, order_id="505")["value"] == Decimal("-15.25")


def test_a_woocommerce_guest_is_known_by_e_mail_and_times_are_the_shops(brought):
    orders = brought("woocommerce-orders.csv", tz="Europe/Copenhagen").named("Order Completed")
    first, guest = only(orders, order_id="501"), only(orders, order_id="502")
    assert str(first["ts"]) == "2026-02-01 09:00:00+00:00"
    assert ids(first) == {"email": "mia@example.com", "phone": "+4520123456", "woocommerce": "12"}
    assert ids(guest) == {"email": "noah@example.com"}
    assert first["device"] == "phone"


def test_a_stripe_renewal_is_no_new_order_and_a_refund_has_its_day(brought):
    rows = brought("stripe-payments.csv").rows()
    assert [str(r["ts"])[:10] for r in rows if r["name"] == "Subscription Renewed"] == [
        "2026-02-05", "2026-03-05"
    ]  # fmt: skip
    refund = only(rows, name="Order Refunded", order_id="ch_3D")
    assert (str(refund["ts"]), refund["currency"]) == ("2026-02-13 00:00:10+00:00", "USD")


def test_a_stripe_order_number_of_the_shop_joins_with_the_shops_own(brought):
    rows = brought("stripe-payments-older.csv").named("Order Completed")
    assert [row["order_id"] for row in rows] == ["W-11", "W-12"]


def test_a_stripe_trial_that_is_still_running_has_not_ended(brought):
    rows = brought("stripe-subscriptions.csv").rows()
    ended = {ids(row)["stripe"] for row in rows if row["name"] == "Trial Ended"}
    assert ended == {"cus_001", "cus_005"}
    assert (
        properties(only(rows, name="Subscription Cancelled"))["reason"] == "cancellation_requested"
    )


def test_mailchimp_files_are_campaigns_by_their_names(tmp_path):
    path = tmp_path / "1234_spring-letter.csv"
    path.write_bytes((SAMPLES / "mailchimp-clicks.csv").read_bytes())
    log = Log(tmp_path / "log")
    bring(log, path)
    rows = Brought(log, None).rows()
    assert {(row["campaign"], row["channel"]) for row in rows} == {("1234_spring-letter", "Email")}
    assert rows[2]["page"] == "https://shop.example/filters, papers"


def test_mailchimp_reasons_to_leave_are_texts(brought):
    left = brought("mailchimp-audience-unsubscribed.csv").named("Unsubscribed")
    assert [row["text"] for row in left] == [None, "Too many mails, honestly"]
    assert {row["campaign"] for row in left} == {"February letter"}


def test_brevo_bounces_are_hard_or_soft_and_days_come_before_months(brought):
    rows = brought("brevo-logs.csv").rows()
    bounced = {
        ids(r)["email"]: properties(r)["bounce"] for r in rows if r["name"] == "Email Bounced"
    }
    assert bounced == {"ben@example.com": "soft", "nobody@nowhere.example": "hard"}
    assert {str(row["ts"])[:7] for row in rows} == {"2026-03"}
    assert {row["campaign"] for row in rows} == {"spring", None}


def test_a_hubspot_deal_won_is_an_order_of_its_contact_and_lost_a_brand_dropped(brought):
    rows = brought("hubspot-deals.csv").rows()
    won = only(rows, name="Order Completed", order_id="201")
    assert (won["value"], won["account"]) == (Decimal("12000.0000"), "Holm AB")
    assert ids(won) == {"hubspot": "101", "email": "greta@firm.example"}
    lost = only(rows, name="Brand Dropped")
    assert (lost["text"], lost["account"]) == ("Too expensive for now", "Other, Inc.")


def test_google_reviews_keep_the_original_words_and_their_stars(brought):
    rows = brought("google-reviews.json").rows()
    assert [row["sentiment"] for row in rows] == [1.0, -1.0, 0.0]
    assert rows[1]["text"] == "Eine Stunde gewartet.\nNie wieder."
    assert {row["channel"] for row in rows} == {"Review Site"}


def test_a_trustpilot_reviewer_is_the_invited_customer_else_their_account(brought):
    rows = brought("trustpilot-reviews.csv").rows()
    assert ids(rows[0]) == {"email": "kim@example.com", "trustpilot": "u-1"}
    assert rows[0]["order_id"] == "#1001"
    assert [row["sentiment"] for row in rows] == [1.0, -1.0, 0.0, 0.5]
    assert rows[0]["text"].startswith("Fast and friendly: Ordered on Monday, here on Wednesday.\n")


def test_calendly_bookings_are_demos_or_consultations_and_keep_what_became_of_them(brought):
    rows = brought("calendly.csv", tz="Europe/Vienna").rows()
    assert [row["name"] for row in rows] == [
        "Demo Booked", "Consultation Booked", "Consultation Booked", "Demo Booked"
    ]  # fmt: skip
    assert str(rows[0]["ts"]) == "2026-03-02 08:12:00+00:00"
    assert (rows[0]["campaign"], rows[0]["channel"]) == ("spring", "Email")
    assert [properties(row)["canceled"] for row in rows] == ["false", "true", "false", "false"]
    assert properties(rows[3])["no_show"] == "Yes"


def test_segment_messages_keep_their_properties_and_not_the_browser(brought):
    order = brought("segment.jsonl").named("Order Completed")[0]
    assert (order["value"], order["order_id"]) == (Decimal("29.9000"), "W-1")
    assert properties(order)["products"] == [
        {"product_id": "ESP-250", "quantity": 2, "price": 14.95}
    ]
    everything = json.dumps([row["properties"] for row in brought("segment.jsonl").rows()])
    assert "203.0.113.1" not in everything
    assert "Mozilla" not in everything


def test_a_ga4_session_tells_the_campaign_of_all_of_its_events(brought):
    rows = brought("ga4.jsonl").rows()
    order = only(rows, name="Order Completed", order_id="W-1")
    assert (order["channel"], order["campaign"], order["device"]) == (
        "Paid Search",
        "spring",
        "phone",
    )
    assert properties(order)["products"][0]["item_id"] == "ESP-250"
    assert only(rows, name="Order Completed", device_id="555.666")["order_id"] is None
    assert only(rows, name="Order Refunded")["value"] == Decimal("-15")
    assert properties(only(rows, name="tea_finder_finished"))["answer"] == "green"


def nested(wrapped):
    """The GA4 sample as Parquet, its lists plain or wrapped as BigQuery writes them."""
    rows = [json.loads(line) for line in (SAMPLES / "ga4.jsonl").read_text().splitlines()]
    columns = dict.fromkeys(name for row in rows for name in row)
    rows = [{name: row.get(name) for name in columns} for row in rows]
    for row in rows:
        row["event_timestamp"] = int(row["event_timestamp"])
        for param in row["event_params"]:
            value = param["value"]
            value["int_value"] = int(value["int_value"]) if "int_value" in value else None
        if wrapped:
            row["event_params"] = {"list": [{"element": one} for one in row["event_params"]]}
    return pa.Table.from_pylist(rows)


@pytest.mark.parametrize("wrapped", [False, True])
def test_ga4_parquet_tells_the_same_as_json_lines(wrapped, brought, tmp_path):
    path = tmp_path / "events_20260301.parquet"
    pq.write_table(nested(wrapped), path)
    log = Log(tmp_path / "log")
    report = bring(log, path)
    assert report.recipe == "ga4"
    assert dict(report.names) == expected()["ga4.jsonl"]["names"]
    rows = Brought(log, report).rows()
    assert money_of(rows) == expected()["ga4.jsonl"]["money"]
    same = ("ts", "user_id", "device_id", "channel", "page", "order_id", "device")
    both = [[[row[key] for key in same] for row in r] for r in (rows, brought("ga4.jsonl").rows())]
    assert both[0] == both[1]
    assert properties(only(rows, name="tea_finder_finished"))["answer"] == "green"


def test_snowplow_structured_events_are_their_action_and_e_commerce_ones_orders(brought):
    rows = brought("snowplow.tsv").rows()
    basket = properties(only(rows, name="add-to-basket"))
    assert (basket["category"], basket["label"], basket["value"]) == ("shop", "ESP-250", "2")
    assert [row["order_id"] for row in rows if row["name"] == "Order Completed"] == ["W-1", "W-2"]
    link = properties(only(rows, name="link_click"))["event"]["data"]
    assert link["data"]["targetUrl"] == "https://other.example/"


def test_matomo_actions_have_the_source_of_their_visit(brought):
    rows = brought("matomo.json").rows()
    assert [row["channel"] for row in rows[:3]] == ["Organic Search"] * 3
    order = only(rows, name="Order Completed")
    assert (order["user_id"], order["channel"], order["campaign"]) == ("u-1", "Email", "spring")
    assert properties(only(rows, name="Products Searched"))["query"] == "espresso"


def test_matomo_visits_tell_the_same_as_csv_and_come_in_once(brought, tmp_path):
    log = Log(tmp_path / "log")
    bring(log, SAMPLES / "matomo.json")
    report = bring(log, SAMPLES / "matomo-visits.csv")
    assert (report.recipe, report.touchpoints, report.duplicates) == ("matomo-csv", 0, 10)
    columns = ("event_id", "ts", "user_id", "device_id", "name", "channel", "page", "order_id")
    both = [
        [[row[column] for column in columns] for row in brought(name).rows()]
        for name in ("matomo.json", "matomo-visits.csv")
    ]
    assert both[0] == both[1]


def test_posthog_devices_are_no_users_until_somebody_is_identified(brought):
    rows = brought("posthog.jsonl").rows()
    assert [(row["user_id"], row["device_id"]) for row in rows] == [
        (None, "0190-anon"), ("u-9", "0190-anon"), ("u-9", "phone-9")
    ]  # fmt: skip


def test_a_word_for_all_rows_wins_over_the_preset(tmp_path):
    log = Log(tmp_path / "log")
    said = {"currency": "=NOK", "campaign": "=fair"}
    report = bring(log, SAMPLES / "hubspot-deals.csv", columns=said)
    assert report.recipe == "hubspot-deals"
    orders = Brought(log, report).named("Order Completed")
    assert {(row["currency"], row["campaign"]) for row in orders} == {("NOK", "fair")}


def test_a_column_that_is_named_reads_the_file_as_any_other(tmp_path):
    options = ImportOptions(columns={"person": "Email"})
    assert choose(tmp_path, SAMPLES / "shopify-orders.csv", options, How()).recipe is None


def test_another_type_of_objects_can_be_the_people_of_a_process_log(tmp_path):
    pytest.importorskip("pm4py", reason="the extra `process` is not installed")
    log = Log(tmp_path / "log")
    said = {"person": "Order"}
    report = bring(log, SAMPLES / "orders.ocel.json", How(preset="ocel"), columns=said)
    assert report.touchpoints == 5
    assert {ids(row)["object"] for row in Brought(log, report).rows()} == {"o1", "o2"}


@pytest.mark.parametrize("as_text", [False, True])
def test_amounts_with_three_decimals_in_json_are_not_asked_about(brought, tmp_path, as_text):
    file = tmp_path / "segment.jsonl"
    row = {
        "type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m",
        "originalTimestamp": "2026-03-01T10:00:00Z", "receivedAt": "2026-03-01T10:00:01Z",
        "timestamp": "2026-03-01T10:00:00Z",
    }  # fmt: skip
    amounts = [1.234, 7, 12.345]
    lines = [
        row | {"messageId": f"m{i}", "properties": {"revenue": str(v) if as_text else v}}
        for i, v in enumerate(amounts)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = [str(r["value"]) for r in brought(file).rows()]
    assert found == ["1.2340", "7.0000", "12.3450"]


def test_amounts_with_a_comma_in_json_are_still_read_so(brought, tmp_path):
    file = tmp_path / "segment.jsonl"
    row = {
        "type": "track", "event": "Order Completed", "userId": "u1",
        "originalTimestamp": "2026-03-01T10:00:00Z", "receivedAt": "2026-03-01T10:00:01Z",
        "timestamp": "2026-03-01T10:00:00Z",
    }  # fmt: skip
    lines = [
        row | {"messageId": f"m{i}", "properties": {"revenue": v}}
        for i, v in enumerate(["1.234", "12,50"])
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [str(r["value"]) for r in brought(file).rows()] == ["1234.0000", "12.5000"]
