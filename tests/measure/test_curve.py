"""The curves of leaving a stage: the same stays as `stages`, told whole and compared by block."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.competing import grouped, log_rank
from sojourn.core.condition import parse
from sojourn.core.durations import DAY
from sojourn.core.incidence import LAPSED, MOVED, STILL_HERE
from sojourn.core.model import model_from_mapping
from sojourn.measure.curve import HORIZONS, curves
from sojourn.measure.stages import stages
from support import plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
CAUSE = {"moved": MOVED, "restarted": MOVED, "lapsed": LAPSED}
moments = st.sampled_from([START, START + 20 * DAY, START + 60 * DAY, START + 400 * DAY])


def watched(log, as_of, stage):
    """How long each stay of a stage was watched, and how it ended, from the plain walk."""
    found = []
    for stay in plain.sojourns(log, RANDOM, as_of):
        if stay["stage"] == stage:
            end = stay["left_at"] or plain.instant(as_of)
            seconds = (end - stay["entered_at"]).total_seconds()
            found.append((round(seconds * 1_000_000), stay["outcome"]))
    return found


@settings(max_examples=100, deadline=None)
@given(random_logs(), moments)
def test_shares_within_some_days_are_those_of_the_plain_definition(log, as_of):
    for row in curves(view_of(log, RANDOM, as_of)).summary():
        stays = watched(log, as_of, row["stage"])
        assert row["entered"] == len(stays)
        assert row["lapsed"] == sum(how == "lapsed" for _, how in stays)
        assert row["moved"] == sum(how in ("moved", "restarted") for _, how in stays)
        assert row["here"] == row["entered"] - row["moved"] - row["lapsed"]
        for days in HORIZONS:
            share, _ = plain.incidence(stays, days * DAY)
            expected = share if stays else None
            assert row[f"moved_{days}d"] == pytest.approx(expected, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(random_logs(), moments, st.sampled_from([None, "channel"]))
def test_after_90_days_it_says_what_stages_says(log, as_of, by):
    view = view_of(log, RANDOM, as_of, by=by)
    drawn, table = curves(view).summary(), stages(view)
    for name in ("stage", "entered", "moved_90d", *([by] if by else [])):
        assert drawn.column(name) == pytest.approx(table.column(name), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(random_logs(), moments)
def test_points_rise_to_the_summary_and_their_intervals_hold_them(log, as_of):
    found = curves(view_of(log, RANDOM, as_of))
    points = found.points().rows
    for row in found.summary():
        mine = [p for p in points if p["stage"] == row["stage"]]
        within = [p["moved"] for p in mine if p["days"] <= 90]
        assert (within[-1] if within else 0.0) == pytest.approx(row["moved_90d"] or 0.0)
        for before, after in zip([None, *mine], mine, strict=False):
            assert before is None or before["days"] < after["days"]
            assert after["moved"] + after["lapsed"] <= 1 + 1e-12
            for way in ("moved", "lapsed"):
                if after[f"{way}_low"] is not None:
                    low, high = after[f"{way}_low"], after[f"{way}_high"]
                    assert 0 <= low <= after[way] <= high <= 1


@settings(max_examples=60, deadline=None)
@given(random_logs(most_people=6), moments)
def test_blocks_are_compared_stage_by_stage_and_corrected_over_the_stages(log, as_of):
    rows = curves(view_of(log, RANDOM, as_of, by="channel")).summary().rows
    expected = {}
    blocks = {row["channel"] for row in rows}
    for stage in RANDOM.stages:
        groups = []
        for block in blocks:
            filtered = block_of(log, as_of, block)
            stays = [(d, CAUSE.get(h, STILL_HERE)) for d, h in watched_in(filtered, stage.id)]
            groups.append(
                grouped(
                    np.array([d for d, _ in stays], np.int64),
                    np.array([c for _, c in stays], np.int64),
                )
            )
        test = log_rank(groups) if len(blocks) > 1 else None
        if test is not None:
            expected[stage.id] = test
    for row in rows:
        test = expected.get(row["stage"])
        assert row["log_rank"] == (None if test is None else pytest.approx(test.statistic))
        assert row["df"] == (None if test is None else test.df)
        if test is not None:
            assert row["p_value"] <= row["p_corrected"] <= 1


def block_of(log, as_of, block):
    """The plain stays of the cycles whose first touchpoint with a stage has this channel."""
    stays = plain.sojourns(log, RANDOM, as_of)
    channel = {t["event_id"]: t["channel"] or "(none)" for ts in log.values() for t in ts}
    first = {}
    for stay in stays:
        first.setdefault((stay["person"], stay["cycle"]), channel[stay["entered_by"]])
    return [(as_of, s) for s in stays if first[s["person"], s["cycle"]] == block]


def watched_in(stays, stage):
    return [
        (
            round(((s["left_at"] or plain.instant(as_of)) - s["entered_at"]).total_seconds() * 1e6),
            s["outcome"],
        )
        for as_of, s in stays
        if s["stage"] == stage
    ]


def stay_log(ends):
    """People who come at the same moment and order after so many days (None: never)."""
    log = {}
    for number, days in enumerate(ends):
        touches = [("Page Viewed", 0)] + ([("Order Completed", days)] if days is not None else [])
        log[f"p{number}"] = [
            {"event_id": f"{number}-{name}", "seq": number * 2 + i, "ts": START + d * DAY,
             "name": name, "channel": "Email" if number % 2 else "Direct"}
            for i, (name, d) in enumerate(touches)
        ]  # fmt: skip
    return log


TWO = model_from_mapping(
    {
        "id": "two",
        "lapse": "200 days",
        "stages": [
            {"id": "know", "evidence": "true"},
            {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'"},
        ],
    }
)


def test_ten_people_by_hand():
    view = view_of(stay_log([1, 3, 7, 7, 20, 60, None, None, None, None]), TWO, START + 300 * DAY)
    row = curves(view).summary().rows[0]
    assert [row[f"moved_{d}d"] for d in HORIZONS] == pytest.approx([0.1, 0.4, 0.5, 0.6])
    assert (row["lapsed_365d"], row["here_365d"]) == pytest.approx((0.4, 0.0))
    assert row["moved_90d_low"] < 0.6 < row["moved_90d_high"]
    assert row["longest_days"] == 200


def test_the_notes_say_how_and_what_is_not_known_yet():
    view = view_of(stay_log([1, 3, None]), TWO, START + 50 * DAY)
    remarks = " ".join(curves(view).summary().notes["remarks"])
    assert "delta-method" in remarks
    assert "3 stays have not ended yet" in remarks
    assert "Nobody has been watched for 90 days in Know, Buy" in remarks


def test_a_stage_that_everybody_has_left_early_is_known_to_the_end():
    view = view_of(stay_log([1, 3, 5]), TWO, START + 50 * DAY)
    remarks = " ".join(curves(view).summary().notes["remarks"])
    assert "watched for 90 days in Buy:" in remarks


def by_persona(**conditions):
    personas = {name: parse(text, "people") for name, text in conditions.items()}
    log = stay_log([1, 3, None, 5, 9, 2])
    return curves(view_of(log, TWO, START + 50 * DAY, by="persona", personas=personas)).summary()


def test_personas_that_overlap_are_not_tested():
    table = by_persona(all="true", direct="first_channel = 'Direct'")
    assert table.column("entered") == [6, 5, 3, 2]
    assert set(table.column("p_value")) == {None}
    assert any("overlap, so no log-rank" in remark for remark in table.notes["remarks"])


def test_personas_that_share_nobody_are_tested_as_any_blocks():
    table = by_persona(email="first_channel = 'Email'", direct="first_channel = 'Direct'")
    log = stay_log([1, 3, None, 5, 9, 2])
    blocks = curves(view_of(log, TWO, START + 50 * DAY, by="channel")).summary()
    assert table.column("log_rank")[0] == pytest.approx(blocks.column("log_rank")[0])
    assert table.column("df")[0] == 1


def test_nobody_at_all_is_a_table_too():
    table = curves(view_of({}, TWO, START)).summary()
    assert table.column("entered") == [0, 0]
    assert table.column("moved_90d") == [None, None]
    assert len(curves(view_of({}, TWO, START)).points()) == 0
