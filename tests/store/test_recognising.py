"""People recognised as claims come in are the people that all claims together give."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.contacts import Contacts
from sojourn.core.identity import Alias
from sojourn.core.touchpoint import ALIASES, TIME
from sojourn.store import claims
from sojourn.store import recognising as rooms
from sojourn.store.log import Log
from sojourn.store.recognising import Asked, recognised, recognised_since
from support.logs import START
from support.table import append_log


def touch(seq, ts=None, **rest):
    return {"seq": seq, "ts": START + (seq if ts is None else ts), "name": "A", **rest}


def email(text):
    return [{"kind": "email", "id": text}]


def tell(root, *pairs, ts=0, kind="claim"):
    rows = [[{"kind": k, "id": i} for k, i in pairs]]
    when = pa.array([START + ts], TIME)
    told = {"ts": when, "aliases": pa.array(rows, ALIASES), "kind": [kind]}
    claims.append(root, pa.table(told))


def say(root, kind, aliases, apart=(), target=None):
    """A human's word, in the table's own columns."""
    number = claims.version(root)
    row = {"claim_id": f"act{number}", "kind": kind, "ts": START, "at": START + number}
    row |= {"aliases": _listed(aliases), "apart": _listed(apart), "target": target}
    claims.write(root, pa.Table.from_pylist([row], claims.SCHEMA).drop_columns(
        ["source_id", "import_id"]), "hand", f"hand{number}")  # fmt: skip


def _listed(aliases):
    return [{"kind": kind, "id": text} for kind, text in aliases]


def named(*aliases):
    """The id of a claim of these."""
    found = claims.SORTED.format("$aliases")
    name = claims.NAMED.format("'claim'", found)
    return duckdb.execute(f"select {name}", {"aliases": _listed(aliases)}).fetchall()[0][0]


def asked(root, blocked=(), **contacts):
    log, version = Log(root), claims.version(root)
    return Asked(root, log.files(), version, tuple(blocked), Contacts(**contacts))


@pytest.fixture
def no_look_at_all(monkeypatch):
    """The log's older rows cannot be asked from now on."""

    def begin():
        def looked(*_, **__):
            raise AssertionError("older rows were looked at")

        monkeypatch.setattr(rooms, "resolved", looked)
        monkeypatch.setattr(rooms, "_near", looked)

    return begin


def same(one, other):
    assert dict(one.people.steps) == dict(other.people.steps)
    assert dict(one.people.merged) == dict(other.people.merged)
    assert (one.covered, one.told, one.files) == (other.covered, other.told, other.files)


users = st.sampled_from([None, "ann", "bob", "cy", "null"])
devices = st.sampled_from([None, "d1", "d2", "d3"])
emails = st.sampled_from([None, "x", "y"])
kinds = ["touch", "touch", "claim", "reset", "merge", "split", "reject"]
rows = st.tuples(st.sampled_from(kinds), st.integers(0, 6), users, devices, emails)


@settings(max_examples=40, deadline=None)
@given(first=st.lists(rows, min_size=1, max_size=5), later=st.lists(rows, min_size=1, max_size=8))
def test_what_comes_in_later_gives_the_people_of_all_claims(tmp_path_factory, first, later):
    root = tmp_path_factory.mktemp("people")
    append_log(root, [touch(0, 3, user_id="ann", device_id="d1"), touch(1, 4, device_id="d2")])
    known, seq = None, 2
    for kind, ts, user, device, mail in [*first, *later]:
        pairs = [("user", user), ("device", device), ("email", mail)]
        said = [(k, i) for k, i in pairs if i]
        if kind == "merge":
            say(root, kind, [("user", "ann"), ("user", "bob")])
        elif kind == "split" and len(said) > 1:
            say(root, kind, said[:1], said[1:])
        elif kind == "reject" and len(said) > 1:
            say(root, kind, [], target=named(*said))
        elif kind == "touch" or len(said) < 2:
            listed = email(mail) if mail else None
            append_log(root, [touch(seq, ts, user_id=user, device_id=device, aliases=listed)])
            seq += 1
        else:
            tell(root, *said, ts=ts, kind=kind)
        found = None if known is None else recognised_since(known, asked(root))
        now = recognised(asked(root)) if found is None else found[0]
        if found is not None:
            others = {*known.people.steps, *now.people.steps} - found[1]
            assert all(known.people.steps.get(a) == now.people.steps.get(a) for a in others)
        known = now
    same(known, recognised(asked(root)))


def test_one_users_own_devices_need_no_look_at_older_rows(tmp_path, no_look_at_all):
    append_log(tmp_path, [touch(0, user_id="ann", device_id="d1"), touch(1, device_id="d2")])
    known = recognised(asked(tmp_path))
    append_log(tmp_path, [
        touch(2, user_id="ann", device_id="d1"),
        touch(3, user_id="bob", device_id="d2", aliases=email("bob@example.org")),
        touch(4, device_id="d9"),
    ])  # fmt: skip
    no_look_at_all()
    found, changed = recognised_since(known, asked(tmp_path))
    assert changed == {Alias("device", "d2"), Alias("email", "bob@example.org")}
    assert found.people.person_of(("device", "d2"), 0) == Alias("user", "bob")


def test_a_shared_device_is_looked_into_once_and_not_at_every_visit(tmp_path, no_look_at_all):
    append_log(tmp_path, [touch(0, user_id="ann", device_id="d1")])
    known = recognised(asked(tmp_path))
    append_log(tmp_path, [touch(1, user_id="bob", device_id="d1")])
    known, changed = recognised_since(known, asked(tmp_path))
    assert Alias("device", "d1") in changed
    append_log(tmp_path, [touch(2, user_id="bob", device_id="d1")])
    no_look_at_all()
    found, changed = recognised_since(known, asked(tmp_path))
    assert not changed
    assert found.people.steps == known.people.steps


def test_only_the_connected_group_is_resolved(tmp_path):
    append_log(tmp_path, [
        touch(0, device_id="d1", aliases=email("x")),
        touch(1, device_id="d7", aliases=email("z")),
    ])  # fmt: skip
    known = recognised(asked(tmp_path))
    append_log(tmp_path, [touch(2, device_id="d2", aliases=email("x"))])
    found, changed = recognised_since(known, asked(tmp_path))
    assert {alias.id for alias in changed} == {"d1", "d2", "x"}
    same(found, recognised(asked(tmp_path)))


def test_a_rejected_claim_says_nothing_when_it_comes_again(tmp_path):
    append_log(tmp_path, [touch(0, user_id="ann", device_id="d1")])
    say(tmp_path, "reject", [], target=named(("user", "ann"), ("device", "d1")))
    known = recognised(asked(tmp_path))
    append_log(tmp_path, [touch(1, user_id="ann", device_id="d1")])
    found, changed = recognised_since(known, asked(tmp_path))
    assert found.people.person_of(("device", "d1"), 0) == Alias("device", "d1")
    assert not changed


@pytest.mark.parametrize("how", ["words", "undo", "rules", "form"])
def test_everybody_is_asked_again_where_the_new_alone_does_not_tell(tmp_path, how):
    append_log(tmp_path, [touch(0, user_id="ann", device_id="d1"), touch(1, user_id="bob")])
    tell(tmp_path, ("user", "ann"), ("device", "d5"))
    known = recognised(asked(tmp_path))
    more = {}
    if how == "words":
        said = claims.read(tmp_path).slice(0, 1).select(["claim_id", "ts", "aliases"])
        claims.write(tmp_path, said.append_column("kind", pa.array(["merge"])), "hand", "hand")
    elif how == "undo":
        claims.remove_import(tmp_path, claims.BY_HAND)
    elif how == "rules":
        more = {"blocked": ("d1",)}
    else:
        append_log(tmp_path, [touch(2, user_id="ann", aliases=email("ANN@Example.org"))])
    assert recognised_since(known, asked(tmp_path, **more)) is None


def test_much_that_is_new_is_no_news_but_a_log(tmp_path, monkeypatch):
    append_log(tmp_path, [touch(0, user_id="ann", device_id="d1")])
    known = recognised(asked(tmp_path))
    monkeypatch.setattr(rooms, "MOST_ROWS", 2)
    append_log(tmp_path, [touch(i, user_id="ann") for i in range(1, 4)])
    assert recognised_since(known, asked(tmp_path)) is None
