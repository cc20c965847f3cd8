"""The people of a log are those that the rules of identity make of all its claims."""

from datetime import timedelta

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.contacts import Contacts
from sojourn.core.identity import Alias, Claim, resolve
from sojourn.store.claims import NAMED, SCHEMA
from sojourn.store.log import Log
from sojourn.store.people import FOUND, people_of
from support.logs import START
from support.table import EPOCH, append_log

users = st.sampled_from([None, "ada", "bob", "null"])
devices = st.sampled_from([None, "d1", "d2", "d3", "0000"])
others = st.lists(
    st.tuples(st.sampled_from(["email", "card", "user"]), st.sampled_from(["x", "y", "null"])),
    max_size=2,
)
rows = st.lists(st.tuples(st.integers(0, 6), users, devices, others), min_size=1, max_size=14)

everything = st.lists(
    st.tuples(
        st.sampled_from(["user", "device", "email"]),
        st.sampled_from(["ada", "bob", "d1", "d2", "x", "null"]),
    ),
    min_size=1,
    max_size=3,
)
kinds = st.sampled_from(["claim", "claim", "reset"])
beside = st.lists(st.tuples(st.integers(0, 6), everything, kinds), max_size=6)


def log_of(root, found):
    touches = [
        {
            "seq": i,
            "ts": START + ts,
            "name": "Page Viewed",
            "user_id": user,
            "device_id": device,
            "aliases": [{"kind": k, "id": v} for k, v in more] or None,
        }
        for i, (ts, user, device, more) in enumerate(found)
    ]
    append_log(root, touches)
    return [str(file.path) for file in Log(root).files()]


def aliases_of(user, device, more):
    pairs = [("user", user), ("device", device), *more]
    return sorted({Alias(kind, text) for kind, text in pairs if text is not None})


def times_of(aliases, ts, first_seen):
    for alias in aliases:
        first_seen[alias] = min(first_seen.get(alias, ts), ts)


def claims_table(told):
    """The rows of the claims table for some `(ts, aliases, kind)`."""
    rows = [
        {"ts": MOMENT(ts), "aliases": [{"kind": k, "id": i} for k, i in more], "kind": kind}
        for ts, more, kind in told
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def MOMENT(ts):  # noqa: N802 - a moment of the log's clock
    return EPOCH + timedelta(microseconds=START + ts)


@settings(max_examples=60, deadline=None)
@given(found=rows, told=beside)
def test_people_are_those_of_all_claims_taken_one_by_one(tmp_path_factory, found, told):
    root = tmp_path_factory.mktemp("people")
    paths = log_of(root, found)
    every, first_seen = [], {}
    for ts, user, device, more in found:
        mine = aliases_of(user, device, more)
        every.append(Claim(START + ts, mine))
        times_of(mine, START + ts, first_seen)
    for ts, more, kind in told:
        mine = aliases_of(None, None, more)
        every.append(Claim(START + ts, mine, kind))
        if kind == "claim":
            times_of([a for a in mine if a.kind != "user"], START + ts, first_seen)
    expected = resolve(every, first_seen=first_seen)
    people = people_of(paths, told=claims_table(told))
    for alias in {alias for claim in every for alias in claim.aliases}:
        for ts in range(-1, 8):
            at = START + ts
            assert people.person_of(alias, at) == expected.person_of(alias, at), (alias, ts)


@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_a_claim_says_the_same_on_a_touchpoint_and_in_the_table(tmp_path_factory, found):
    root = tmp_path_factory.mktemp("people")
    everybody = [aliases_of(user, device, more) for _, user, device, more in found]
    seen = [(ts, "", "seen", aliases) for (ts, *_), aliases in zip(found, everybody, strict=True)]
    on_touchpoints = people_of(log_of(root, [(t, None, None, a) for t, _, _, a in seen]))
    told = [(ts, aliases, "claim") for ts, _, _, aliases in seen]
    in_table = people_of([], told=claims_table(told))
    for alias in {alias for aliases in everybody for alias in aliases}:
        assert on_touchpoints.spans(alias) == in_table.spans(alias)


def test_what_a_human_said_counts_until_it_is_taken_back(tmp_path):
    paths = log_of(tmp_path, [(0, "ada", "d1", []), (1, "bob", "d2", []), (2, None, "d3", [])])
    device = {name: ("device", name) for name in ("d1", "d2", "d3")}

    def whose(*acts):
        table = pa.Table.from_pylist(list(acts), SCHEMA)
        people = people_of(paths, told=table)
        return [people.person_of(alias, START + 9).id for alias in device.values()]

    assert whose() == ["ada", "bob", "d3"]
    merge = act("m", "merge", [("user", "ada"), ("user", "bob")])
    assert whose(merge) == ["ada", "ada", "d3"]
    assert whose(merge, act("u", "undo", [], target="m", at=1)) == ["ada", "bob", "d3"]
    join = act("j", "merge", [("user", "bob"), device["d3"]])
    assert whose(join) == ["ada", "bob", "bob"]
    split = act("s", "split", [device["d1"]], apart=[("user", "ada")])
    assert whose(split) == ["d1", "bob", "d3"]
    refused = act("r", "reject", [], target=claim_of(paths, "d2"))
    assert whose(refused) == ["ada", "d2", "d3"]


def claim_of(paths, device):
    """The id of the only claim that a device is in."""
    with duckdb.connect() as con:
        name = NAMED.format("'claim'", FOUND)
        return con.sql(
            f"select {name} from read_parquet({paths}) where device_id = '{device}'"
        ).fetchall()[0][0]


def act(name, kind, aliases, apart=(), target=None, at=0):
    listed = [[{"kind": k, "id": i} for k, i in side] for side in (aliases, apart)]
    return {
        "claim_id": name, "kind": kind, "ts": MOMENT(0), "at": MOMENT(at), "target": target,
        "aliases": listed[0], "apart": listed[1],
    }  # fmt: skip


def test_addresses_and_numbers_that_came_in_as_they_were_are_read_in_their_one_form(tmp_path):
    local, full = ("phone", "0660 1234567"), ("phone", "+436601234567")
    odd, plain = ("email", " Ann+x@B.org"), ("email", "ann@b.org")
    paths = log_of(
        tmp_path,
        [(0, "ada", None, [local]), (1, None, "d1", [full]), (2, None, "d2", [odd])],
    )
    told = claims_table(
        [(3, [("device", "d3"), plain], "claim"), (4, [("user", "bob"), odd], "claim")]
    )
    as_given = people_of(paths, told=told)
    assert as_given.person_of(("device", "d1"), START).id == "d1"
    assert as_given.person_of(("device", "d2"), START).id == "bob"
    people = people_of(paths, told=told, contacts=Contacts("AT", email_tags=("b.org",)))
    for alias, whose in (
        (("device", "d1"), "ada"), (local, "ada"), (full, "ada"),
        (("device", "d2"), "bob"), (("device", "d3"), "bob"), (odd, "bob"), (plain, "bob"),
    ):  # fmt: skip
        assert people.person_of(alias, START + 9).id == whose, alias
    assert people.spans(local)[0].alias == full


def test_rows_after_a_number_are_not_known_yet(tmp_path):
    paths = log_of(tmp_path, [(0, None, "d1", []), (1, "ada", "d1", [])])
    assert people_of(paths).person_of(("device", "d1"), START) == ("user", "ada")
    assert people_of(paths, before_seq=0).person_of(("device", "d1"), START) == ("device", "d1")


def test_a_log_without_files_has_no_people():
    assert people_of([]).steps == {}
