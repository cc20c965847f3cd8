"""The people of a log are those that the rules of identity make of all its claims."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.identity import Alias, Claim, resolve
from sojourn.store.log import Log
from sojourn.store.people import people_of
from support.logs import START
from support.table import append_log

users = st.sampled_from([None, "ada", "bob", "null"])
devices = st.sampled_from([None, "d1", "d2", "d3", "0000"])
others = st.lists(
    st.tuples(st.sampled_from(["email", "card", "user"]), st.sampled_from(["x", "y", "null"])),
    max_size=2,
)
rows = st.lists(st.tuples(st.integers(0, 6), users, devices, others), min_size=1, max_size=14)


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


@settings(max_examples=120, deadline=None)
@given(found=rows)
def test_people_are_those_of_all_claims_taken_one_by_one(tmp_path_factory, found):
    paths = log_of(tmp_path_factory.mktemp("people"), found)
    claims, first_seen = [], {}
    for ts, user, device, more in found:
        mine = aliases_of(user, device, more)
        claims.append(Claim(START + ts, mine))
        for alias in mine:
            first_seen[alias] = min(first_seen.get(alias, START + ts), START + ts)
    expected = resolve(claims, first_seen=first_seen)
    people = people_of(paths)
    for alias in first_seen:
        for ts in range(-1, 8):
            at = START + ts
            assert people.person_of(alias, at) == expected.person_of(alias, at), (alias, ts)


def test_rows_after_a_number_are_not_known_yet(tmp_path):
    paths = log_of(tmp_path, [(0, None, "d1", []), (1, "ada", "d1", [])])
    assert people_of(paths).person_of(("device", "d1"), START) == ("user", "ada")
    assert people_of(paths, before_seq=0).person_of(("device", "d1"), START) == ("device", "d1")


def test_a_log_without_files_has_no_people():
    assert people_of([]).steps == {}
