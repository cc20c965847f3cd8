"""The list of people says of each what anybody would count by hand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse
from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.measure.roster import roster
from support import plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
moments = st.sampled_from([START, START + 40 * DAY, START + 4000 * DAY])


@settings(max_examples=40, deadline=None)
@given(random_logs(), moments)
def test_each_person_is_listed_with_what_they_did_and_where_they_are(log, as_of):
    found = {row["person"]: row for row in roster(view_of(log, RANDOM, as_of))}
    lives = {p: [t for t in touches if t["ts"] <= as_of] for p, touches in log.items()}
    assert sorted(found) == sorted(person for person, life in lives.items() if life)
    for person, row in found.items():
        life = plain.life(log[person], RANDOM, as_of)
        assert row["touchpoints"] == len(lives[person])
        assert row["first_seen"] == plain.instant(min(t["ts"] for t in lives[person]))
        for name in ("stage", "lapsed", "last_seen"):
            assert row[name] == life[name], name
        assert (row["cycles"], row["orders"]) == (life["cycle"], life["total_orders"])


@settings(max_examples=15, deadline=None)
@given(random_logs())
def test_a_condition_lists_those_for_whom_it_holds(log):
    as_of = START + 4000 * DAY
    everybody = roster(view_of(log, RANDOM, as_of)).rows
    chosen = view_of(log, RANDOM, as_of, people=parse("total_orders >= 1", "people"))
    assert roster(chosen).rows == [row for row in everybody if row["orders"] >= 1]


def test_an_empty_log_has_nobody():
    assert roster(view_of({}, RANDOM, START)).rows == []
