"""People against the rules as they are written, claim by claim and alias by alias."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.identity import (
    Alias,
    Change,
    Claim,
    Link,
    Span,
    Split,
    changed_spans,
    connected,
    person_of_touchpoint,
    resolve,
)

ANN, BOB, CAT = Alias("user", "ann"), Alias("user", "bob"), Alias("user", "cat")
TABLET, PHONE, MAIL, CARD = (
    Alias("device", "tablet"),
    Alias("device", "phone"),
    Alias("email", "a@example.org"),
    Alias("card", "7"),
)
USERS = [ANN, BOB, CAT, Alias("user", "null")]
OTHERS = [
    TABLET,
    PHONE,
    MAIL,
    CARD,
    Alias("device", "0000"),
    Alias("device", "watch"),
    Alias("email", "b@example.org"),
    Alias("email", "me"),
]
USABLE = [alias for alias in [*USERS, *OTHERS] if alias.id not in ("null", "0000", "me")]
TIMES = range(7)
MOMENTS = range(-1, 8)
LIMITS = {"device": 2, "email": 1, "*": 5}
OWN_BLOCKED = ("ME ",)

claims = st.lists(
    st.builds(
        Claim,
        st.sampled_from(TIMES),
        st.frozensets(st.sampled_from([*USERS, *OTHERS]), min_size=1, max_size=4),
        st.sampled_from(["claim", "claim", "claim", "reset"]),
        st.sampled_from("abcdef"),
    ),
    max_size=12,
)
first_seen = st.dictionaries(st.sampled_from(USABLE), st.sampled_from(TIMES))
merges = st.lists(st.tuples(*[st.sampled_from(["ann", "bob", "cat"])] * 2), max_size=2)


sides = st.frozensets(st.sampled_from(USABLE), min_size=1, max_size=3)
splits = st.lists(st.builds(Split, sides, sides), max_size=2)
limits = st.sampled_from([LIMITS, {"device": 0}, {"*": 1}, {}])


def people_of(claims_, max_per_kind=LIMITS, **settings):
    return resolve(claims_, max_per_kind=max_per_kind, blocked=OWN_BLOCKED, **settings)


# --- the rules once more, quadratic, as they are written ------------------------------------


class Plainly:
    """The rules of identity read out loud."""

    def __init__(self, claims_, max_per_kind, merges, rejected, first_seen, splits):
        self.splits = splits
        self.claims = []
        for claim in claims_:
            aliases = {a for a in claim.aliases if a in USABLE}
            if claim.id not in rejected:
                self.claims.append((claim.ts, claim.kind, aliases))
        self.max_per_kind, self.merges, self.first_seen = max_per_kind, merges, first_seen
        self.groups = self._groups()

    def users_of(self, alias):
        """Every (time, user id) at which the alias was claimed; a reset claims for nobody, ''."""
        said = []
        for ts, kind, aliases in self.claims:
            if alias in aliases and kind == "reset":
                said.append((ts, ""))
            elif alias in aliases:
                users = [a for a in aliases if a.kind == "user"]
                said += [(ts, user.id) for user in users if not self.parted({alias}, {user})]
        return sorted(said) if any(user for _, user in said) else []

    def owner(self, alias, moment):
        said = self.users_of(alias)
        before = [user for ts, user in said if ts <= moment]
        return before[-1] if before else next(user for _, user in said if user)

    def parted(self, these, those):
        """Whether some split has one of these on one side and one of those on the other."""
        pairs = [(a, b) for a in these for b in those]
        return any(
            (a in s.one and b in s.other) or (a in s.other and b in s.one)
            for s in self.splits
            for a, b in pairs
        )

    def with_owners(self, group):
        owners = [Alias("user", user) for a in group for _, user in self.users_of(a) if user]
        return {*group, *owners}

    def _groups(self):
        times = {}
        for ts, kind, aliases in self.claims:
            if kind == "claim" and not any(a.kind == "user" for a in aliases):
                for pair in combinations(sorted(aliases), 2):
                    times[pair] = min(ts, times.get(pair, ts))
        groups = [{alias} for alias in OTHERS]
        for _, (a, b) in sorted((ts, pair) for pair, ts in times.items()):
            one, two = (next(g for g in groups if c in g) for c in (a, b))
            union = one | two
            parted = one != two and self.parted(self.with_owners(one), self.with_owners(two))
            if self._fits(union) and not parted:
                groups = [g for g in groups if not g & union] + [union]
        return groups

    def _fits(self, group):
        owned = [alias for alias in group if self.users_of(alias)]
        kinds = [alias.kind for alias in group]
        rest = self.max_per_kind.get("*", 99)
        few = all(kinds.count(k) <= self.max_per_kind.get(k, rest) for k in kinds)
        return few and len(owned) <= 1

    def seen(self, alias):
        told = [ts for ts, _, aliases in self.claims if alias in aliases]
        return min([*told, *([self.first_seen[alias]] if alias in self.first_seen else [])])

    def person(self, alias, moment):
        if alias.kind == "user":
            return self.merged(alias.id)
        group = next(g for g in self.groups if alias in g)
        for member in group:
            if self.users_of(member) and self.owner(member, moment):
                return self.merged(self.owner(member, moment))
        if len(group) == 1:
            return alias
        return min(group, key=lambda a: (self.seen(a), a))

    def merged(self, user):
        same = {user}
        for _ in self.merges:
            for pair in self.merges:
                if self.parted({Alias("user", pair[0])}, {Alias("user", pair[1])}):
                    continue
                if same & set(pair):
                    same |= set(pair)
        return min((Alias("user", u) for u in same), key=lambda a: (self.first_seen.get(a, 99), a))


@given(claims, limits, merges, st.sets(st.sampled_from("abcdef"), max_size=2), first_seen, splits)
def test_people_are_what_the_rules_say(claims_, most, merges_, rejected, seen, splits_):
    settings = {"max_per_kind": most, "merges": merges_, "rejected": rejected, "first_seen": seen}
    settings["splits"] = splits_
    people, plainly = people_of(claims_, **settings), Plainly(claims_, **settings)
    for alias in USABLE:
        for moment in MOMENTS:
            assert people.person_of(alias, moment) == plainly.person(alias, moment)


@given(claims.flatmap(lambda c: st.tuples(st.just(c), st.permutations(c))), merges, first_seen)
def test_the_order_of_arrival_changes_nothing(both, merges_, seen):
    told, shuffled = both
    shuffled += told[:2]
    assert people_of(told, merges=merges_, first_seen=seen) == people_of(
        shuffled, merges=[(b, a) for a, b in reversed(merges_)], first_seen=seen
    )


@given(claims, st.sets(st.sampled_from("abcdef")))
def test_a_rejected_claim_leaves_the_people_there_would_have_been_without_it(claims_, rejected):
    without = [claim for claim in claims_ if claim.id not in rejected]
    assert people_of(claims_, rejected=rejected) == people_of(without)


@given(claims)
def test_user_ids_never_merge_by_themselves(claims_):
    people = people_of(claims_)
    assert [people.person_of(user, 3) for user in (ANN, BOB, CAT)] == [ANN, BOB, CAT]


@given(claims)
def test_spans_cover_all_time_without_gap_or_overlap(claims_):
    people = people_of(claims_)
    for alias in USABLE:
        spans = people.spans(alias)
        assert spans[0].start is None
        assert spans[-1].end is None
        for span, following in pairwise(spans):
            assert span.end == following.start
            assert span.person != following.person
        for moment in MOMENTS:
            [whose] = [s.person for s in spans if _covers(s, moment)]
            assert whose == people.person_of(alias, moment)


@given(claims)
def test_all_spans_leave_out_only_aliases_that_are_people_of_their_own(claims_):
    people = people_of(claims_)
    listed = list(people.all_spans())
    for alias in USABLE:
        spans = people.spans(alias)
        own = spans == (Span(alias, None, None, alias),)
        assert [s for s in listed if s.alias == alias] == ([] if own else list(spans))


# --- one group at a time --------------------------------------------------------------------


@given(claims, claims.filter(len).map(lambda c: c[0]), first_seen)
def test_a_new_claim_changes_only_its_connected_group(claims_, new, seen):
    before, after = (people_of(c, first_seen=seen) for c in (claims_, [*claims_, new]))
    group = connected([*claims_, new], new.aliases)
    for alias in set(USABLE) - group:
        assert before.spans(alias) == after.spans(alias)


@given(claims, st.sampled_from(OTHERS), first_seen, merges)
def test_a_group_can_be_told_from_its_own_claims_alone(claims_, alias, seen, merges_):
    everybody = people_of(claims_, first_seen=seen, merges=merges_)
    group = connected(claims_, [alias])
    own = [claim for claim in claims_ if group & set(claim.aliases)]
    alone = people_of(own, first_seen=seen, merges=merges_)
    assert alias in group
    for member in group:
        assert alone.spans(member) == everybody.spans(member)


@given(claims, st.sampled_from(USABLE[:3]), st.sampled_from(USABLE[:3]))
def test_a_merge_changes_only_what_was_claimed_with_its_users(claims_, a, b):
    before, after = people_of(claims_), people_of(claims_, merges=[(a.id, b.id)])
    group = connected(claims_, [a, b])
    for alias in set(OTHERS) & set(USABLE) - group:
        assert before.spans(alias) == after.spans(alias)


@given(claims, claims, first_seen)
def test_changed_spans_turn_the_old_people_into_the_new(old, new, seen):
    before, after = people_of(old), people_of(new, first_seen=seen)
    changes = changed_spans(before, after, USABLE)
    for alias in USABLE:
        for moment in MOMENTS:
            was, now = before.person_of(alias, moment), after.person_of(alias, moment)
            here = [c for c in changes if c.alias == alias and _covers(c, moment)]
            assert [(c.before, c.after) for c in here] == ([] if was == now else [(was, now)])


@given(claims, claims)
def test_changed_spans_are_as_long_as_they_can_be(old, new):
    changes = changed_spans(people_of(old), people_of(new), USABLE)
    assert changes == sorted(changes, key=lambda c: (c.alias, c.end is None, c.end or 0))
    for one, other in pairwise(changes):
        assert (one.alias, one.end, *one[3:]) != (other.alias, other.start, *other[3:])


# --- why ------------------------------------------------------------------------------------


@given(claims, merges, st.sampled_from(USABLE), st.sampled_from(USABLE))
def test_why_shows_a_chain_from_one_alias_to_the_other(claims_, merges_, a, b):
    people = people_of(claims_, merges=merges_)
    chain = people.why(a, b)
    persons = [{span.person for span in people.spans(alias)} for alias in (a, b)]
    assert bool(chain) == (a != b and bool(persons[0] & persons[1]))
    here = a
    for link in chain:
        assert here in (link.a, link.b)
        here = link.b if here == link.a else link.a
        if link.ts is None:
            assert (link.a.id, link.b.id) in {*merges_, *((y, x) for x, y in merges_)}
        else:
            told = [c for c in claims_ if c.ts == link.ts and c.id == link.claim]
            assert any({link.a, link.b} <= set(c.aliases) and c.kind == "claim" for c in told)
    assert not chain or here == b


def test_why_goes_through_the_device_that_both_were_claimed_with():
    people = resolve([Claim(5, [ANN, PHONE], id="x"), Claim(6, [PHONE, MAIL], id="y")])
    assert people.why(ANN, MAIL) == (Link(PHONE, ANN, 5, "x"), Link(PHONE, MAIL, 6, "y"))


def test_two_users_of_one_tablet_are_not_one_person_so_there_is_no_chain():
    people = resolve([Claim(5, [ANN, TABLET]), Claim(6, [BOB, TABLET])])
    assert people.why(ANN, BOB) == ()


def test_why_takes_the_long_way_round_rather_than_through_strangers():
    merged = [("a", "b"), ("b", "c"), ("c", "d")]
    told = [
        *(Claim(1, [("user", user), PHONE]) for user in ("a", "x")),
        *(Claim(1, [("user", user), TABLET]) for user in ("x", "y")),
        *(Claim(1, [("user", user), CARD]) for user in ("y", "d")),
    ]
    chain = resolve(told, merges=merged).why(PHONE, CARD)
    assert [(link.a.id, link.b.id) for link in chain] == [
        ("phone", "a"),
        *merged,
        ("7", "d"),
    ]


# --- the examples that the rules were made for ----------------------------------------------


def test_a_shared_tablet_stays_two_people_each_with_what_was_done_while_signed_in():
    people = resolve(
        [
            Claim(100, [ANN, TABLET]),
            Claim(200, [BOB, TABLET]),
            Claim(300, [ANN, TABLET]),
            Claim(400, [TABLET], "reset"),
        ]
    )
    assert people.spans(TABLET) == (
        Span(TABLET, None, 200, ANN),
        Span(TABLET, 200, 300, BOB),
        Span(TABLET, 300, 400, ANN),
        Span(TABLET, 400, None, TABLET),
    )


def test_of_two_users_at_the_same_moment_the_later_in_the_alphabet_has_the_device():
    people = resolve([Claim(10, [BOB, TABLET]), Claim(10, [ANN, TABLET])])
    assert [people.person_of(TABLET, ts) for ts in (9, 10)] == [ANN, BOB]


def test_a_user_who_signs_in_at_the_moment_of_a_reset_has_the_device():
    people = resolve([Claim(10, [TABLET], "reset"), Claim(10, [ANN, TABLET])])
    assert people.person_of(TABLET, 10) == ANN


def test_a_reset_of_a_device_that_nobody_ever_owned_changes_nothing():
    joined = [Claim(10, [PHONE, MAIL])]
    assert resolve([*joined, Claim(20, [PHONE], "reset")]) == resolve(joined)


def test_a_group_without_a_user_is_shown_by_its_alias_first_seen():
    told = [Claim(50, [PHONE, MAIL])]
    assert resolve(told).person_of(PHONE, 60) == PHONE
    assert resolve(told, first_seen={PHONE: 40, MAIL: 30}).person_of(PHONE, 60) == MAIL


def test_a_group_belongs_to_whoever_owns_its_one_owned_alias():
    people = resolve([Claim(10, [PHONE, MAIL]), Claim(20, [ANN, PHONE]), Claim(30, [BOB, PHONE])])
    assert [people.person_of(MAIL, ts) for ts in (0, 25, 30)] == [ANN, ANN, BOB]


def test_claims_never_join_two_owned_aliases():
    people = resolve([Claim(1, [ANN, PHONE]), Claim(2, [BOB, MAIL]), Claim(3, [PHONE, MAIL])])
    assert [people.person_of(alias, 9) for alias in (PHONE, MAIL)] == [ANN, BOB]


def test_an_address_typed_on_too_many_devices_does_not_make_them_one_person():
    counter = [Claim(i, [MAIL, ("device", f"d{i:02}")]) for i in range(4)]
    people = resolve(counter, max_per_kind={"device": 3})
    persons = {people.person_of(("device", f"d{i:02}"), 9) for i in range(4)}
    assert persons == {Alias("device", "d00"), Alias("device", "d03")}


def test_a_blocked_user_id_owns_nothing():
    people = resolve([Claim(1, [("user", "undefined"), PHONE]), Claim(2, [("user", ""), MAIL])])
    assert people == resolve([])


def test_merged_users_are_the_one_first_seen_else_the_first_in_the_alphabet():
    merged = [("bob", "cat"), ("cat", "ann")]
    told = [Claim(10, [CAT, PHONE])]
    assert resolve(told, merges=merged).person_of(PHONE, 0) == ANN
    seen = {CAT: 5, BOB: 4}
    assert resolve(told, merges=merged, first_seen=seen).person_of(PHONE, 0) == BOB


@pytest.mark.parametrize(
    ("user", "device", "others", "person"),
    [
        ("cat", "tablet", [MAIL], CAT),
        (None, "tablet", [MAIL], ANN),
        ("null", "0000", [MAIL, CARD], CARD),
        ("anonymous", None, [MAIL], BOB),
        (None, "new", [], Alias("device", "new")),
        (None, "tablet", [CAT], CAT),
        ("-1", "", [("email", "NULL")], None),
        (None, None, None, None),
    ],
)
def test_a_touchpoint_is_its_own_users_else_its_aliases_owners(user, device, others, person):
    people = resolve([Claim(1, [ANN, TABLET]), Claim(1, [BOB, MAIL])])
    assert person_of_touchpoint(people, user, device, others, 5) == person


def test_a_workspaces_own_blocked_value_is_no_alias_of_a_touchpoint():
    people = resolve([], blocked=["Kiosk"])
    assert person_of_touchpoint(people, None, "kiosk ", [], 5) is None


def test_a_change_of_hands_names_both_people():
    before, after = resolve([]), resolve([Claim(7, [ANN, PHONE]), Claim(9, [BOB, PHONE])])
    assert changed_spans(before, after, [PHONE, MAIL]) == [
        Change(PHONE, None, 9, PHONE, ANN),
        Change(PHONE, 9, None, PHONE, BOB),
    ]


def _covers(span, moment):
    started = span.start is None or span.start <= moment
    return started and (span.end is None or moment < span.end)
