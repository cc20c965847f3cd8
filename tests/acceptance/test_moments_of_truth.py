"""Moments of truth against the truth: shops in which it is known what helps and what does not.

Two shops by default; `make test-moments` (or SOJOURN_SEEDS=20) tries twenty and prints what it saw.
"""

import math
import os
from pathlib import Path

import pytest

from sojourn.cli.demo import configure
from sojourn.demo.shop import SETTINGS, simulate
from sojourn.workspace import Workspace

GUIDES = Path(__file__).parents[2] / "docs" / "guide"
SEEDS = int(os.environ.get("SOJOURN_SEEDS", "2"))
HELPER, CONFOUNDER, BANNER = "Call Made", "Post Viewed", "Ad Viewed"
NULL = (CONFOUNDER, BANNER)
"""What truth.json says does nothing to the rate of going from Try to Buy."""


def shop(folder, seed, stories=None):
    made = simulate(people=5000, seed=seed, stories=stories)
    workspace = Workspace(folder)
    configure(workspace, SETTINGS, {})
    workspace.add(made.touchpoints)
    workspace.add_traits(made.traits)
    return workspace, made.truth


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """Each shop's rows of Try by touchpoint, the truth, and the workspace to ask more."""
    found = []
    for seed in range(1, SEEDS + 1):
        workspace, truth = shop(tmp_path_factory.mktemp(f"shop{seed}"), seed)
        rows = workspace.journey("hourglass").moments().rows
        mine = {row["touchpoint"]: row for row in rows if row["stage"] == "try"}
        told = ", ".join(
            f"{name} {r['rate_ratio']:.2f} ({r['low']:.2f} to {r['high']:.2f}; naive "
            f"{r['naive_ratio']:.2f})"
            for name, r in mine.items()
            if name in (HELPER, *NULL)
        )
        print(f"\nseed {seed}: {told}")
        found.append((mine, truth, workspace))
    return found


def at_least(share):
    """So many of the shops; with few shops chance may take one more."""
    return math.floor(share * SEEDS) if SEEDS >= 10 else SEEDS - 1


def test_the_planted_helper_is_found(shops):
    for mine, truth, _ in shops:
        assert truth["stories"]["helper"]["rate_ratio"] == {"try to buy": 2.0}
        assert mine[HELPER]["rate_ratio"] > 1
    assert sum(mine[HELPER]["found"] for mine, _, _ in shops) >= at_least(0.9)


def test_intervals_of_touchpoints_that_do_nothing_hold_1(shops):
    covers = [mine[name]["low"] <= 1 <= mine[name]["high"] for mine, _, _ in shops for name in NULL]
    assert sum(covers) >= math.floor(0.9 * len(covers))
    assert not any(mine[name]["found"] for mine, _, _ in shops for name in NULL)


def test_the_confounder_fools_who_only_counts_but_not_us(shops):
    assert all(mine[CONFOUNDER]["naive_ratio"] > 1.5 for mine, _, _ in shops)
    covers = [mine[CONFOUNDER]["low"] <= 1 <= mine[CONFOUNDER]["high"] for mine, _, _ in shops]
    assert sum(covers) >= at_least(0.9)


def test_the_guide_tells_of_the_first_shop_what_it_says(shops):
    mine, _, workspace = shops[0]
    guide = (GUIDES / "moments.md").read_text(encoding="utf-8")
    for name in (HELPER, BANNER, CONFOUNDER):
        row = mine[name]
        told = " | ".join(f"{row[n]:.2f}" for n in ("rate_ratio", "low", "high"))
        assert f"| try | `{name}` |" in guide
        assert told in guide
        assert f"{row['naive_ratio']:.2f}" in guide
    curve = (GUIDES / "curve.md").read_text(encoding="utf-8")
    for row in workspace.journey("hourglass").curve():
        assert f"| {row['name']} | {row['entered']:,} | {row['moved_1d']:.1%}" in curve
        for days in (7, 30, 90):
            low, high = row[f"moved_{days}d_low"], row[f"moved_{days}d_high"]
            span = "" if low is None else f"<br>{low:.1%} to {high:.1%}"
            assert f"{row[f'moved_{days}d']:.1%}{span}" in curve


def test_without_stated_traits_the_confounder_would_fool_us_too(shops):
    _, _, workspace = shops[0]
    rows = workspace.journey("hourglass").moments(alike=["none"]).rows
    (post,) = [r for r in rows if (r["stage"], r["touchpoint"]) == ("try", CONFOUNDER)]
    assert post["low"] > 1


def test_in_a_shop_without_stories_the_call_does_nothing_and_is_not_found(tmp_path):
    workspace, _ = shop(tmp_path, 2, stories=())
    rows = {
        r["touchpoint"]: r
        for r in workspace.journey("hourglass").moments("content").rows
        if r["stage"] == "try"
    }
    for content in ("barista-call", "retargeting-banner"):
        assert rows[content]["low"] < 1 < rows[content]["high"]
        assert not rows[content]["found"]
