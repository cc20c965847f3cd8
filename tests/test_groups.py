"""Personas and saved lists: who is in them, live or fixed, and every measure asked of them."""

from collections import Counter

import pyarrow as pa
import pytest

import sojourn as sj
from sojourn.errors import ConditionError, SettingsError, UnknownName

ROWS = [
    ("ada", "2026-01-05T10:00:00Z", "Page Viewed", "phone", "Direct"),
    ("ada", "2026-01-06T10:00:00Z", "Order Completed", "phone", "Direct"),
    ("ada", "2026-01-13T10:00:00Z", "Order Completed", "computer", "Email"),
    ("bo", "2026-01-07T23:30:00Z", "Page Viewed", "phone", "Email"),
    ("cy", "2026-01-08T10:00:00Z", "Order Completed", "computer", "Display"),
    ("dee", "2026-01-09T10:00:00Z", "Page Viewed", None, None),
]
PERSONAS = {"buyers": "total_orders >= 1", "phone": "first_device = 'phone'"}


def frame(rows=ROWS):
    columns = ("user_id", "ts", "name", "device", "channel")
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows])


@pytest.fixture
def shop(tmp_path):
    workspace = sj.open(tmp_path / "shop")
    workspace.add(frame())
    workspace.configure(personas=PERSONAS, zone="Europe/Berlin")
    return workspace


def people(workspace, **filters):
    return sorted(set(workspace.journey("sales", **filters).sojourns().column("person")))


def test_a_persona_chooses_people_for_every_measure(shop):
    assert people(shop, persona="buyers") == ["ada", "cy"]
    assert people(shop, persona="buyers", people="first_device = 'phone'") == ["ada"]
    funnel = shop.journey("sales", persona="phone").funnel(["Page Viewed", "Order Completed"])
    assert funnel.column("people") == [2, 1]
    assert funnel.notes["persona"] == "phone"


def test_sizes_count_overlapping_people_once_among_those_of_one_persona(shop):
    table = shop.personas()
    assert [(r["persona"], r["people"], r["only_here"]) for r in table] == [
        ("buyers", 2, 1), ("phone", 2, 1), ("(none of them)", 1, 1),
    ]  # fmt: skip
    assert table.column("share") == [0.5, 0.5, 0.25]


def test_overlaps_are_shares_of_the_first(shop):
    found = {(r["persona"], r["other"]): (r["people"], r["share"])
             for r in shop.journey().overlaps()}  # fmt: skip
    assert found == {("buyers", "phone"): (1, 0.5), ("phone", "buyers"): (1, 0.5)}


def test_an_unknown_persona_names_the_nearest(shop):
    with pytest.raises(UnknownName, match="Did you mean 'buyers'"):
        shop.journey(persona="buyer")


def test_habits_are_counted_once_a_person(shop):
    table = shop.journey("sales", persona="buyers").habits()
    found = {(r["section"], r["item"]): (r["figure"], r["everybody"]) for r in table}
    assert found["channel", "Direct"] == (0.5, 0.5)
    assert found["channel", "Email"] == (0.5, 0.5)
    assert found["device", "computer"] == (1.0, 0.5)
    assert found["first channel", "Display"] == (0.5, 0.25)
    assert found["numbers", "who have ordered"] == (1.0, 0.5)
    assert found["numbers", "between two orders, median"] == (7.0, 7.0)
    assert found["numbers", "orders of those, mean"] == (1.5, 1.5)
    assert found["stage", "Retention"] == (0.5, 0.25)


def test_habits_equal_a_plain_count(shop):
    table = shop.journey().habits()
    used = {(person, device) for person, _, _, device, _ in ROWS if device}
    by_device = Counter(device for _, device in used)
    shown = {r["item"]: r["people"] for r in table if r["section"] == "device"}
    assert shown == dict(by_device)
    days = {r["item"]: r["people"] for r in table if r["section"] == "weekday"}
    assert days == {"Tuesday": 1, "Thursday": 2, "Friday": 1}
    parts = {r["item"]: r["people"] for r in table if r["section"] == "time of day"}
    assert parts == {"morning (6-12)": 3, "night (0-6)": 1}


def test_habits_of_nobody_are_empty_and_do_not_fail(shop):
    table = shop.journey(people="total_orders > 99").habits()
    assert [row["figure"] for row in table if row["section"] == "channel"] == []
    assert table.notes["people"] == 0


def test_a_live_list_is_asked_anew(shop):
    assert shop.lists.save("buyers of ours", "total_orders >= 1") == 2
    shop.add(frame([("bo", "2026-01-20T10:00:00Z", "Order Completed", "phone", "Email")]))
    assert people(shop, in_list="buyers of ours") == ["ada", "bo", "cy"]
    assert people(shop, in_list="buyers of ours", as_of="2026-01-07") == ["ada"]


def test_a_fixed_list_stays_as_it_was(shop):
    assert shop.lists.save("then", "total_orders >= 1", fixed=True) == 2
    shop.add(frame([("bo", "2026-01-20T10:00:00Z", "Order Completed", "phone", "Email")]))
    assert people(shop, in_list="then") == ["ada", "cy"]


def test_a_list_of_a_persona_follows_the_persona(shop):
    shop.lists.save("on phones", persona="phone")
    assert people(shop, in_list="on phones") == ["ada", "bo"]
    shop.configure(personas={**PERSONAS, "phone": "first_device = 'computer'"})
    assert people(shop, in_list="on phones") == ["cy"]


def test_other_filters_make_a_list_fixed(shop):
    shop.lists.save("january 8th", start="2026-01-08", end="2026-01-09")
    (row,) = shop.lists.table().rows
    assert (row["kind"], row["people"]) == ("fixed", 2)
    assert people(shop, in_list="january 8th") == ["bo", "cy"]


def test_somebody_who_signs_in_later_stays_in_a_fixed_list(tmp_path):
    workspace = sj.open(tmp_path)
    before = {"device_id": ["d1"], "ts": ["2026-01-01T00:00Z"], "name": ["Page Viewed"]}
    workspace.add(pa.table(before))
    workspace.lists.save("seen", people="true", fixed=True)
    later = {"device_id": ["d1"], "user_id": ["ada"], "ts": ["2026-01-02T00:00Z"],
             "name": ["Signed In"]}  # fmt: skip
    workspace.add(pa.table(later))
    assert people(workspace, in_list="seen") == ["ada"]


def test_a_list_of_given_ids_says_how_many_are_known(shop):
    assert (
        shop.lists.save("vip", ids=["ada", "user:cy", "nobody knows", "email:x@example.org"]) == 2
    )
    assert people(shop, in_list="vip") == ["ada", "cy"]


def test_a_list_narrows_what_other_filters_choose(shop):
    shop.lists.save("buyers", "total_orders >= 1")
    assert people(shop, in_list="buyers", persona="phone") == ["ada"]
    told = shop.export("touchpoints", shop.folder / "x.csv", in_list="buyers")
    assert told.rows == 4
    assert shop.journey(in_list="buyers").view.about["list"] == "buyers"


def test_ids_with_commas_quotes_and_line_breaks_survive(tmp_path):
    workspace = sj.open(tmp_path)
    odd = 'a,"b"\nc'
    given = {"user_id": [odd], "ts": ["2026-01-01T00:00Z"], "name": ["Page Viewed"]}
    workspace.add(pa.table(given))
    workspace.lists.save("odd", people="true", fixed=True)
    assert people(workspace, in_list="odd") == [odd]


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a\\b", "x" * 81, "dot."])
def test_a_name_that_is_no_file_name_is_refused(shop, name):
    with pytest.raises(SettingsError, match="cannot name a list"):
        shop.lists.save(name, "true")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "expected a mapping"),
        ("kind: lively\npeople: 'true'", "expected 'live' or 'fixed'"),
        ("kind: live", "needs `people` or `persona`"),
        ("kind: live\npeopel: 'true'", "Did you mean 'people'"),
        ("kind: {a: [", "not YAML"),
        ("kind: live\npeople: 7", "expected a mapping of texts"),
    ],
)
def test_a_file_that_is_no_list_says_what_is_wrong(shop, text, words):
    (shop.folder / "lists").mkdir()
    (shop.folder / "lists" / "mine.yaml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        shop.lists.keys("mine")
    assert words in str(caught.value)


def test_the_people_of_a_fixed_list_gone_missing_are_missed(shop):
    shop.lists.save("then", "true", fixed=True)
    (shop.folder / "lists" / "then.csv").unlink()
    with pytest.raises(SettingsError, match="is missing"):
        shop.lists.keys("then")


def test_a_condition_that_cannot_be_read_saves_nothing(shop):
    with pytest.raises(ConditionError):
        shop.lists.save("wrong", "total_orderz > 1")
    assert shop.lists.names() == []


def test_a_removed_list_is_gone(shop):
    shop.lists.save("then", "true", fixed=True)
    shop.lists.remove("then")
    assert list((shop.folder / "lists").iterdir()) == []
    with pytest.raises(UnknownName, match="There is no list 'then'"):
        shop.lists.remove("then")
