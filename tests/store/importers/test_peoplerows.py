"""Rows that tell who somebody is become claims and traits, and never touchpoints."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.core.contacts import Contacts
from sojourn.errors import ImportFailed
from sojourn.store import claims, traits
from sojourn.store.importers import ImportOptions, preview

DAY = "2026-01-01T10:00:00Z"
NEXT = datetime(2026, 12, 1, 12, tzinfo=UTC)


def lines(*objects):
    return "".join(json.dumps(each) + "\n" for each in objects)


def claimed(desk):
    """Each claim's aliases, as `kind:id`."""
    rows = claims.read(desk.log.root).sort_by("ts").to_pylist()
    return [[f"{a['kind']}:{a['id']}" for a in row["aliases"]] for row in rows]


def told(desk):
    """(owner, trait, value, type) of every trait."""
    rows = traits.read(desk.log.root).to_pylist()
    return sorted((f"{r['kind']}:{r['id']}", r["name"], r["value"], r["type"]) for r in rows)


def call(kind, **fields):
    return {"type": kind, "timestamp": DAY, **fields}


# --- Segment's calls ----------------------------------------------------------------------


def test_identify_is_a_claim_with_traits_beside_the_touchpoints(desk):
    page = call("page", anonymousId="a1", messageId="1")
    identify = call(
        "identify", anonymousId="a1", userId="42", messageId="2",
        traits={"email": " Ann@Example.ORG", "plan": "gold", "age": 41, "vip": True, "zip": "007",
                "address": {"city": "Wien"}, "tags": ["a", "b"], "none": None},
    )  # fmt: skip
    report = desk.bring(lines(page, identify), "a.jsonl")
    assert (report.touchpoints, report.people_rows, report.rejected) == (1, 1, 0)
    assert claimed(desk) == [["device:a1", "email:ann@example.org", "user:42"]]
    assert told(desk) == [
        ("user:42", "address.city", "Wien", "text"),
        ("user:42", "age", "41", "number"),
        ("user:42", "plan", "gold", "text"),
        ("user:42", "tags", '["a", "b"]', "text"),
        ("user:42", "vip", "true", "text"),
        ("user:42", "zip", "007", "text"),
    ]


def test_traits_in_the_context_count_and_those_of_the_call_win(desk):
    desk.bring(
        lines(
            call("page", anonymousId="a1"),
            call("identify", userId="42", traits={"plan": "gold"},
                 context={"traits": {"plan": "old", "phone": "+43 660 1234567"}}),
        ),
        "a.jsonl",
    )  # fmt: skip
    assert claimed(desk) == [["phone:+436601234567", "user:42"]]
    assert told(desk) == [("user:42", "plan", "gold", "text")]


def test_alias_claims_the_previous_id_and_group_tells_the_account(desk):
    desk.bring(
        lines(
            call("page", anonymousId="a1"),
            call("alias", previousId="a2", userId="42"),
            call("group", userId="42", groupId="acme", traits={"name": "Acme", "employees": 20},
                 context={"traits": {"plan": "gold"}}),
        ),
        "a.jsonl",
    )  # fmt: skip
    assert sorted(claimed(desk)) == [["device:a2", "user:42"], ["user:42"]]
    assert told(desk) == [
        ("user:42", "account", "acme", "text"),
        ("user:42", "account.employees", "20", "number"),
        ("user:42", "account.name", "Acme", "text"),
        ("user:42", "plan", "gold", "text"),
    ]


def test_calls_in_a_csv_are_people_rows_too(desk):
    report = desk.bring(
        "type,timestamp,event,anonymous_id,user_id,context_traits_plan\n"
        f"track,{DAY},Order Completed,,42,\n"
        f"identify,{DAY},,a1,42,gold\n"
    )
    assert (report.touchpoints, report.people_rows) == (1, 1)
    assert claimed(desk) == [["device:a1", "user:42"]]
    assert told(desk) == [("user:42", "plan", "gold", "text")]


def test_a_call_that_says_nothing_of_whom_or_when_is_rejected_whole(desk):
    report = desk.bring(
        lines(
            call("page", anonymousId="a1"),
            call("identify", traits={"plan": "gold"}),
            call("identify", userId="anonymous", traits={"plan": "gold"}),
            {"type": "identify", "userId": "42", "traits": {"plan": "gold"}},
            {"type": "identify", "userId": "42", "timestamp": "2036-01-01"},
        ),
        "a.jsonl",
    )
    assert (report.rows_read, report.touchpoints, report.people_rows) == (5, 1, 0)
    assert desk.rejected == [
        (2, "nothing says who this is"),
        (3, "nothing says who this is"),
        (4, "the time is missing"),
        (5, "the time is more than a day in the future"),
    ]
    assert claims.version(desk.log.root) == -1


# --- tables of customers ------------------------------------------------------------------

TABLE = (
    "Customer ID,Email,Phone,Loyalty no,City,Spent,Created at\n"
    "0042,Ann@Example.org ,0660 1234567,7001,Wien,120.50,2020-01-05\n"
    "43,bob@example.org,ask Bob,7002,Graz,5,2021-01-06\n"
)


def bring_table(desk, content=TABLE, **options):
    columns = {"alias:card": "Loyalty no"} if "Loyalty" in content else {}
    return desk.bring(content, "crm.csv", people=True, columns=columns, **options)


def test_each_row_is_a_claim_between_its_ids_and_the_other_columns_are_traits(desk, now):
    report = bring_table(desk, contacts=Contacts("AT"))
    assert (report.rows_read, report.people_rows, report.touchpoints) == (2, 2, 0)
    assert report.people == 2
    assert claimed(desk) == [
        ["card:7001", "email:ann@example.org", "phone:+436601234567", "user:0042"],
        ["card:7002", "email:bob@example.org", "user:43"],
    ] or claimed(desk)[::-1] == [
        ["card:7001", "email:ann@example.org", "phone:+436601234567", "user:0042"],
        ["card:7002", "email:bob@example.org", "user:43"],
    ]
    assert told(desk) == [
        ("user:0042", "City", "Wien", "text"),
        ("user:0042", "Created at", "2020-01-05", "text"),
        ("user:0042", "Spent", "120.50", "number"),
        ("user:43", "City", "Graz", "text"),
        ("user:43", "Created at", "2021-01-06", "text"),
        ("user:43", "Phone", "ask Bob", "text"),
        ("user:43", "Spent", "5", "number"),
    ]
    assert set(traits.read(desk.log.root)["ts"].to_pylist()) == {now}


def test_numbers_that_cannot_be_read_stay_as_they_are_and_are_told_of(desk):
    report = bring_table(desk)
    assert any("1 telephone numbers could not be read" in line for line in report.warnings)
    assert any("phone:0660 1234567" in aliases for aliases in claimed(desk))


def test_the_times_of_the_rows_are_those_of_their_traits(desk, now):
    bring_table(
        desk, "id;plan;updated_at\n1;gold;2026-03-01\n1;basic;2026-02-01\n2;gold;\n3;x;soon\n"
    )
    when = {(r["id"], r["value"]): r["ts"] for r in traits.read(desk.log.root).to_pylist()}
    assert when == {
        ("1", "gold"): datetime(2026, 3, 1, tzinfo=UTC),
        ("1", "basic"): datetime(2026, 2, 1, tzinfo=UTC),
        ("2", "gold"): now,
    }
    assert desk.rejected == [(4, "this is no time between the years 1 and 9999")]


def test_two_columns_can_hold_ids_of_one_kind(desk):
    desk.bring(
        "id,Mobile,Home\n1,+43 660 1234567,+43 1 5551234\n",
        people=True,
        columns={"alias:phone": "Mobile", "alias:phone#2": "Home"},
    )
    assert claimed(desk) == [["phone:+4315551234", "phone:+436601234567", "user:1"]]


def test_json_customers_are_read_like_those_of_a_table(desk):
    desk.bring(
        lines({"customer_id": "1", "email": "A@b.org", "info": {"plan": "gold", "n": 2}}),
        "crm.jsonl",
        people=True,
    )
    assert claimed(desk) == [["email:a@b.org", "user:1"]]
    assert told(desk) == [
        ("user:1", "info.n", "2", "number"),
        ("user:1", "info.plan", "gold", "text"),
    ]


def test_a_frame_of_customers_keeps_the_types_of_its_columns(desk):
    frame = pa.table({"customer_id": [1], "age": [41.0], "vip": [True], "tags": [["a"]]})
    desk.bring(frame, people=True)
    assert told(desk) == [
        ("user:1", "age", "41", "number"),
        ("user:1", "tags", '["a"]', "text"),
        ("user:1", "vip", "true", "text"),
    ]


def test_a_table_without_ids_is_refused(desk):
    with pytest.raises(ImportFailed, match="No column says who"):
        desk.bring("plan,city\ngold,Wien\n", people=True)


def test_a_look_shows_who_would_be_one_person(desk):
    look = preview(desk.file(TABLE, "crm.csv"), ImportOptions(people=True))
    assert look.rows[0]["one person"].startswith("email:ann@example.org = ")
    assert look.rows[0]["traits.City"] == "Wien"
    assert "traits <- City" in str(look)


# --- the same again -----------------------------------------------------------------------


def test_importing_a_table_again_adds_nothing(desk):
    bring_table(desk)
    again = bring_table(desk, now=NEXT)
    assert (again.duplicates, again.people_rows, again.already) == (2, 0, True)


def test_of_a_newer_export_only_what_changed_is_new(desk):
    bring_table(desk)
    newer = TABLE.replace("Graz", "Linz") + "44,cat@example.org,,7003,Graz,1,\n"
    report = bring_table(desk, newer, now=NEXT)
    assert (report.duplicates, report.people_rows) == (1, 2)
    back = bring_table(desk, TABLE + "\n", now=NEXT + timedelta(days=1))
    assert (back.duplicates, back.people_rows) == (1, 1)
    cities = traits.read(desk.log.root).filter(pa.compute.field("name") == "City")
    bobs = sorted((r["ts"], r["value"]) for r in cities.to_pylist() if r["id"] == "43")
    assert [value for _, value in bobs] == ["Graz", "Linz", "Graz"]


def test_rows_that_say_the_same_in_one_file_count_once(desk):
    report = desk.bring("id,email\n1,a@b.org\n1,A@b.org\n", people=True)
    assert (report.people_rows, report.duplicates) == (1, 1)


def test_a_try_writes_nothing(desk):
    report = bring_table(desk, dry_run=True)
    assert report.people_rows == 2
    assert not desk.log.root.exists()


def test_an_import_that_was_cut_off_after_its_commit_is_finished_by_the_next(desk, monkeypatch):
    def cut(*_):
        raise OSError("no space")

    monkeypatch.setattr("sojourn.store.importers.leavings.take_in_told", cut)
    with pytest.raises(ImportFailed, match="is in the log"):
        bring_table(desk)
    monkeypatch.undo()
    assert claimed(desk) == []
    again = bring_table(desk)
    assert again.already
    assert len(claimed(desk)) == 2
    assert len(told(desk)) == 7


# --- any order, any files -----------------------------------------------------------------

SPOKEN = st.lists(
    st.tuples(
        st.sampled_from(["identify", "identify", "page", "page", "alias"]),
        st.sampled_from([None, "ann", "bob"]),
        st.sampled_from(["a1", "a2", None]),
        st.sampled_from([None, "x@example.org", "y@example.org"]),
    ),
    min_size=2,
    max_size=8,
)


def spoken(number, kind, user, device, email):
    """A call at a time of its own."""
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)).isoformat()
    found = {"type": kind, "timestamp": moment, "messageId": f"m{number}"}
    found |= {"userId": user, "anonymousId": device or "a3"}
    if kind == "alias":
        found |= {"previousId": "a2"}
    if email:
        found["traits" if kind == "identify" else "context"] = (
            {"email": email} if kind == "identify" else {"traits": {"email": email}}
        )
    return found


def answers(folder, files):
    """People and journeys after some files came in, one after the other."""
    workspace = sj.open(folder)
    for i, calls in enumerate(files):
        path = folder.parent / f"{folder.name}-{i}.jsonl"
        path.write_text(lines(*calls))
        workspace.add(path)
    try:
        rows = workspace.journey("sales").sojourns().rows
    except sj.SojournError as error:
        return str(error).splitlines()[0].replace(str(folder), ""), None
    people = workspace._people()
    spans = [s for s in people.all_spans() if s.alias.id != s.person.id]
    return [dict(row.items()) for row in rows], spans


@settings(max_examples=12, deadline=None)
@given(said=SPOKEN, data=st.data())
def test_people_and_journeys_are_the_same_however_the_rows_come_in_files(
    tmp_path_factory, said, data
):
    root = tmp_path_factory.mktemp("orders")
    calls = [spoken(i, *parts) for i, parts in enumerate(said)]
    where = data.draw(st.lists(st.integers(0, 2), min_size=len(calls), max_size=len(calls)))
    shuffled = data.draw(st.permutations(list(zip(where, calls, strict=True))))
    files = [[c for w, c in shuffled if w == i] for i in range(3)]
    whole = answers(root / "whole", [calls])
    assert answers(root / "parts", [file for file in files if file]) == whole
