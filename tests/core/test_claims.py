from __future__ import annotations

from sojourn.core.claims import (
    Alias,
    Claim,
    connected,
    group_aliases,
    ownership,
    sightings,
    usable_claims,
)

ANN, BOB = Alias("user", "ann"), Alias("user", "bob")
PHONE, TABLET, MAIL = Alias("device", "p"), Alias("device", "t"), Alias("email", "m")


def usable(*claims):
    return usable_claims(claims, frozenset({"no"}), frozenset())


def test_rejected_claims_blocked_values_and_claims_of_users_alone_say_nothing():
    told = usable(
        Claim(1, [ANN, PHONE], id="no"),
        Claim(2, [ANN, ("device", "null")]),
        Claim(3, [ANN, BOB]),
        Claim(4, [("user", "-1"), TABLET, PHONE, PHONE]),
    )
    assert [(claim.ts, users, others) for claim, users, others in told] == [
        (4, [], [PHONE, TABLET])
    ]


def test_a_claim_without_a_name_is_not_rejected_by_an_empty_name():
    assert len(usable_claims([Claim(1, [PHONE])], frozenset({""}), frozenset())) == 1


def test_ownership_is_a_step_at_every_claim_and_starts_with_the_first_user():
    told = usable(
        Claim(30, [PHONE], "reset"),
        Claim(20, [BOB, PHONE]),
        Claim(40, [ANN, PHONE]),
        Claim(5, [MAIL, TABLET]),
    )
    owners, links = ownership(told)
    assert owners == {PHONE: ((None, BOB), (20, BOB), (30, None), (40, ANN))}
    assert [(link.a, link.b, link.ts) for link in links] == [(PHONE, BOB, 20), (PHONE, ANN, 40)]


def test_the_earliest_claim_is_the_proof_of_a_link():
    told = usable(Claim(9, [PHONE, MAIL], id="late"), Claim(8, [MAIL, PHONE], id="early"))
    assert [link.claim for link in group_aliases(told, {}, {})[1]] == ["early"]


def test_an_earlier_claim_goes_first_and_a_later_one_that_would_join_two_owned_is_refused():
    told = usable(Claim(2, [PHONE, MAIL]), Claim(1, [TABLET, MAIL]))
    owned = {PHONE: ((None, ANN),), TABLET: ((None, BOB),)}
    groups, links = group_aliases(told, owned, {})
    assert sorted(map(sorted, groups)) == [[PHONE], [TABLET, MAIL]]
    assert [(link.a, link.b) for link in links] == [(TABLET, MAIL)]


def test_an_alias_is_first_seen_on_a_touchpoint_or_in_a_claim_whichever_came_first():
    told = usable(Claim(5, [PHONE, MAIL]), Claim(3, [MAIL], "reset"))
    assert sightings(told, {PHONE: 2, MAIL: 4, TABLET: 1}) == {PHONE: 2, MAIL: 3}


def test_user_ids_connect_nothing_but_start_from_all_that_was_claimed_with_them():
    told = [Claim(1, [ANN, PHONE]), Claim(1, [ANN, TABLET]), Claim(1, [TABLET, MAIL])]
    assert connected(told, [PHONE]) == {PHONE}
    assert connected(told, [TABLET]) == {TABLET, MAIL}
    assert connected(told, [ANN]) == {PHONE, TABLET, MAIL}
    assert connected(told, [("card", "new")]) == {("card", "new")}
