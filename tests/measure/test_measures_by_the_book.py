"""Every measure of this floor equals its plain definition, on random logs."""

from collections import Counter
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.durations import DAY
from sojourn.core.model import model_from_mapping
from sojourn.measure.flow import flow, flow_paths
from sojourn.measure.moves import moves
from sojourn.measure.sojourns import sojourns
from sojourn.measure.stages import stages
from support import plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
moments = st.sampled_from([START, START + 20 * DAY, START + 60 * DAY, START + 400 * DAY])


def by_key(rows):
    return sorted(
        rows, key=lambda row: (row["person"], row["cycle"], row["entered_at"], row["skipped"])
    )


@settings(max_examples=150, deadline=None)
@given(random_logs(), moments)
def test_sojourns_are_the_stays_of_the_plain_walk(log, as_of):
    found = sojourns(view_of(log, RANDOM, as_of)).rows
    assert by_key(found) == by_key(plain.sojourns(log, RANDOM, as_of))


@settings(max_examples=150, deadline=None)
@given(random_logs(), moments)
def test_stages_count_what_one_would_count_by_hand(log, as_of):
    found = stages(view_of(log, RANDOM, as_of)).rows
    expected = plain.stages(log, RANDOM, as_of)
    for row, wanted in zip(found, expected, strict=True):
        assert row.pop("moved_90d") == pytest.approx(wanted.pop("moved_90d"), abs=1e-12)
        assert row.pop("days_to_move") == pytest.approx(wanted.pop("days_to_move"))
        assert row == wanted


@settings(max_examples=100, deadline=None)
@given(random_logs(), moments)
def test_moves_count_every_way_of_leaving_a_stage(log, as_of):
    found = {
        (r["from_stage"], r["to_stage"], r["kind"]): (
            r["count"],
            r["people"],
            r["median_of_completed_days"],
        )
        for r in moves(view_of(log, RANDOM, as_of))
    }
    expected = plain.moves(log, RANDOM, as_of)
    assert found.keys() == expected.keys()
    for key, stays in expected.items():
        count, people, middle = found[key]
        assert (count, people) == (len(stays), len({person for person, _ in stays}))
        assert middle == pytest.approx(median(days for _, days in stays))


@settings(max_examples=100, deadline=None)
@given(random_logs(), moments)
def test_flow_counts_neighbours_within_a_cycle(log, as_of):
    view = view_of(log, RANDOM, as_of)
    counts, people = Counter(), {}
    for person, path in plain.paths(log, RANDOM, as_of):
        whole = ["(start)", *path, "(end)"]
        for pair in zip(whole, whole[1:], strict=False):
            counts[pair] += 1
            people.setdefault(pair, set()).add(person)
    found = flow(view, view.source.values("name")).rows
    assert {(r["from"], r["to"]): (r["count"], r["people"]) for r in found} == {
        pair: (count, len(people[pair])) for pair, count in counts.items()
    }


@settings(max_examples=100, deadline=None)
@given(random_logs(), moments, st.integers(1, 3))
def test_rare_nodes_become_other_and_paths_stay_whole(log, as_of, top):
    view = view_of(log, RANDOM, as_of)
    paths = [path for _, path in plain.paths(log, RANDOM, as_of)]
    often = Counter(name for path in paths for name in path)
    kept = sorted(often, key=lambda name: (-often[name], name))[:top]
    named = Counter(" > ".join(n if n in kept else "(other)" for n in path) for path in paths)
    found = flow_paths(view, view.source.values("name"), top=top)
    assert {row["path"]: row["count"] for row in found} == named
    assert sum(row["share"] for row in found) == pytest.approx(1 if paths else 0)


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments)
def test_a_column_without_a_value_is_shown_as_none(log, as_of):
    view = view_of(log, RANDOM, as_of)
    expected = Counter(
        tuple("(none)" if channel is None else channel for channel in path)
        for _, path in plain.paths(log, RANDOM, as_of, "channel")
    )
    found = flow_paths(view, view.source.values("channel"), of="channel").rows
    assert {tuple(row["path"].split(" > ")): row["count"] for row in found} == expected
