"""People can be looked at, explained, joined and parted, and everything can be taken back."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from people.conftest import CUSTOMERS, open_shop
from sojourn.errors import QuestionError, UnknownName, WorkspaceMissing


def ids(table):
    return table.column("person")


# --- looking ------------------------------------------------------------------------------


def test_everybody_who_did_something_is_listed_with_what_they_did(seen):
    table = seen.people.list(model="sales")
    rows = {row["person"]: row for row in table}
    assert sorted(rows) == ["42", "ann", "bob", "c1", "d3", "d4"]
    assert (rows["ann"]["touchpoints"], rows["ann"]["orders"]) == (4, 1)
    assert (rows["bob"]["touchpoints"], rows["d3"]["touchpoints"]) == (3, 3)
    assert rows["ann"]["stage"] == "purchase"
    assert f"{rows['ann']['first_seen']:%d %H}" == "01 08"
    assert table.notes["people"] == 6


def test_a_condition_chooses_people_and_a_text_searches_their_aliases(seen):
    assert ids(seen.people.list("total_orders >= 1")) == ["ann"]
    assert ids(seen.people.list("traits.plan = 'gold'")) == ["ann"]
    assert ids(seen.people.list(search="EXAMPLE.org")) == ["ann", "d3"]
    assert ids(seen.people.list("total_orders = 0", search="tablet")) == ["bob"]
    assert ids(seen.people.list(search="nowhere")) == []
    assert ids(seen.people.list(as_of="2026-01-03T12:00:00Z")) == ["ann", "bob"]


def test_a_person_is_shown_with_all_that_is_known(seen):
    ann = seen.people.show("ann@EXAMPLE.org", model="sales")
    assert (ann.id, ann.alias, ann.journey) == ("ann", "user:ann", "sales")
    assert {(a["kind"], a["id"]) for a in ann.aliases} == {
        ("user", "ann"), ("card", "42"), ("device", "d1"), ("device", "tablet"),
        ("email", "ann@example.org"),
    }  # fmt: skip
    [tablet] = [a for a in ann.aliases if a["id"] == "tablet"]
    assert (tablet["from"], f"{tablet['to']:%d %H}") == (None, "09 09")
    assert [t["value"] for t in ann.traits["plan"]] == ["basic", "gold"]
    assert [t["value"] for t in ann.traits["age"]] == [41]
    assert [t["name"] for t in ann.touchpoints][-2:] == ["Order Completed", "Page Viewed"]
    assert ann.stages[-1]["stage"] == "purchase"
    assert "plan: gold since 2026-01-05 00:00 (before: basic since 2026-01-01" in str(ann)


def test_as_of_cuts_traits_and_touchpoints(seen):
    ann = seen.people.show("ann", as_of="2026-01-01T12:00:00Z")
    assert [t["value"] for t in ann.traits["plan"]] == ["basic"]
    assert len(ann.touchpoints) == 2


def test_traits_that_became_known_after_the_last_touchpoint_count_unless_as_of_is_before(seen):
    assert ids(seen.people.list("traits.plan = 'late'")) == ["bob"]
    assert ids(seen.people.list("traits.plan = 'late'", as_of="2026-01-10T09:30:00Z")) == []
    assert [t["value"] for t in seen.people.show("bob").traits["plan"]] == ["late"]
    assert seen.people.show("bob", as_of="2026-01-10T09:30:00Z").traits == {}


def test_everything_of_a_person_is_json(seen):
    told = json.loads(json.dumps(seen.people.show("ann").to_json()))
    assert told["touchpoints"][0]["ts"] == "2026-01-01T08:00:00.000000Z"
    assert told["traits"]["age"] == [
        {"since": "2026-01-01T00:00:00.000000Z", "value": 41, "source": "file"}
    ]


def test_a_user_comes_before_a_card_with_the_same_id(seen):
    assert seen.people.show("42").alias == "user:42"
    assert seen.people.show("card:42").id == "ann"


def test_a_customer_without_touchpoints_can_be_shown(seen):
    cat = seen.people.show("cat")
    assert (cat.touchpoints, cat.stages) == ([], [])
    assert "no stage" in str(cat)


def test_unknown_ids_are_errors_that_name_the_nearest(seen):
    with pytest.raises(UnknownName, match="Nobody has the id 'anm'") as error:
        seen.people.show("anm")
    assert "'ann'" in error.value.hint
    with pytest.raises(UnknownName, match="several people's: ann until .*; bob from"):
        seen.people.show("tablet")
    with pytest.raises(UnknownName, match="'zzzzzzzzzzzz'"):
        seen.people.why("zzzzzzzzzzzz", "ann")


def test_why_goes_link_by_link(seen):
    table = seen.people.why("d1", "card:42")
    assert [(r["one"], r["other"], r["told_by"]) for r in table] == [
        ("device:d1", "ann", "touchpoints"),
        ("ann", "card:42", "file"),
    ]
    assert [f"{r['since']:%d %H}" for r in table] == ["01 09", "01 00"]
    assert [r["times"] for r in table] == [1, 2]
    assert seen.people.why("ann", "bob").notes["remarks"] == [
        "ann and bob are not one person at any time."
    ]


def test_claims_are_listed_with_their_times_and_sources(seen):
    rows = seen.people.claims("d3").rows
    assert [(r["aliases"], r["told_by"], r["stands"]) for r in rows] == [
        ("device:d3 = email:x@example.org", "touchpoints", True)
    ]
    assert len(seen.people.claims()) == 9


# --- saying -------------------------------------------------------------------------------


def test_two_users_are_one_only_when_a_human_says_so(shop):
    done = shop.people.merge("ann", "bob", by="Eva")
    assert ids(shop.people.list()) == ["42", "ann", "c1", "d3", "d4"]
    [link] = shop.people.why("ann", "bob").rows
    assert (link["claim"], link["told_by"]) == (done.act, "merge by Eva")
    with pytest.raises(QuestionError, match="one person already"):
        shop.people.merge("bob", "ann")
    shop.people.unmerge("bob", "ann")
    assert ids(shop.people.list()) == ["42", "ann", "bob", "c1", "d3", "d4"]
    with pytest.raises(UnknownName, match="No merge that stands"):
        shop.people.unmerge("bob", "ann")
    with pytest.raises(QuestionError, match="was taken back already"):
        shop.people.undo(done.act)


def test_somebody_without_a_user_id_can_be_merged_with_one_who_has(shop):
    shop.people.merge("d3", "42")
    row = next(r for r in shop.people.list() if r["person"] == "42")
    assert row["touchpoints"] == 4
    shop.people.merge("c1", "d4")
    assert ids(shop.people.list()) == ["42", "ann", "bob", "d4"]


def test_aliases_that_are_not_somebodys_become_a_person_of_their_own(shop):
    done = shop.people.split("ann", "card:42", "ann@example.org")
    assert shop.people.show("card:42").alias == "card:42"
    assert shop.people.show("ann@example.org").alias == "email:ann@example.org"
    assert {a["id"] for a in shop.people.show("ann").aliases} == {"ann", "d1", "tablet"}
    with pytest.raises(QuestionError, match="device:d2 is not ann's"):
        shop.people.split("ann", "d2")
    with pytest.raises(QuestionError, match="is a user id"):
        shop.people.split("ann", "ann")
    shop.people.undo(done.act)
    assert shop.people.show("card:42").id == "ann"


def test_a_split_holds_against_claims_that_come_later(shop, tmp_path):
    shop.people.split("d3", "x@example.org")
    later = tmp_path / "later.csv"
    later.write_text("device_id,email,ts,name\nd3,x@example.org,2026-02-01T00:00:00Z,Page Viewed\n")
    shop.add(later)
    assert shop.people.show("x@example.org").alias == "email:x@example.org"


def test_a_rejected_claim_is_as_if_it_had_never_been_made(shop):
    [claim] = shop.people.claims("d3").column("claim")
    done = shop.people.reject(claim)
    assert {"d3", "x@example.org"} <= set(ids(shop.people.list()))
    assert shop.people.claims("d3").column("stands") == [False, True]
    shop.people.undo(done.act)
    assert "x@example.org" not in ids(shop.people.list())
    with pytest.raises(UnknownName, match="There is no claim"):
        shop.people.reject("c0000000000")


def test_without_a_workspace_there_are_no_people(tmp_path):
    with pytest.raises(WorkspaceMissing, match="There is no workspace"):
        sj.open(tmp_path / "none").people.list()


# --- everything is reversible -------------------------------------------------------------

WHO = st.sampled_from(["ann", "bob", "42", "d3", "d4", "c1", "cat", "card:7"])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), WHO, WHO),
        st.tuples(st.just("split"), WHO, st.sampled_from(["d1", "card:42", "x@example.org"])),
        st.tuples(st.just("reject"), st.integers(0, 7)),
    ),
    min_size=1,
    max_size=3,
)


def answers(shop):
    """Who everybody is and what their journeys are."""
    spans = list(shop._people().all_spans())
    return spans, shop.people.list().rows, shop.journey("hourglass").sojourns().rows


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A shop that many hands change and change back."""
    shop = open_shop(tmp_path_factory.mktemp("changed"))
    claims = [row["claim"] for row in shop.people.claims()]
    return shop, claims, answers(shop)


@settings(max_examples=4, deadline=None)
@given(acts=ACTS, data=st.data())
def test_after_everything_is_taken_back_answers_are_exactly_as_before(changed, acts, data):
    shop, claims, before = changed
    done = []
    for kind, *parts in acts:
        try:
            if kind == "reject":
                done.append(shop.people.reject(claims[parts[0] % len(claims)]).act)
            else:
                done.append(getattr(shop.people, kind)(*parts).act)
        except (QuestionError, UnknownName):
            continue
    if done:
        middle = answers(shop)
        undone = shop.people.undo(done[-1])
        shop.people.undo(undone.act)
        assert answers(shop) == middle
    for act in data.draw(st.permutations(done)):
        shop.people.undo(act)
    assert answers(shop) == before


def test_a_customer_list_that_is_taken_back_leaves_nothing_of_itself(shop, tmp_path):
    before = answers(shop)
    (tmp_path / "more.csv").write_text("customer_id,cookie,plan\n42,d4,gold\n")
    shop.add(tmp_path / "more.csv", people=True, alias={"device": "cookie"})
    assert ids(shop.people.list("traits.plan = 'gold'")) == ["42", "ann"]
    [record] = [row for row in shop.imports() if row["file"] == "more.csv"]
    shop.undo(record["import_id"])
    assert answers(shop) == before
    assert ids(shop.people.list("traits.plan = 'gold'")) == ["ann"]


def test_a_shop_that_knows_only_customers_is_told_what_is_missing(tmp_path):
    (tmp_path / "crm.csv").write_text(CUSTOMERS)
    shop = sj.open(tmp_path / "shop")
    shop.add(tmp_path / "crm.csv", people=True)
    with pytest.raises(WorkspaceMissing, match="no touchpoints") as error:
        shop.people.list()
    assert "People are known, but not what they did" in error.value.hint
