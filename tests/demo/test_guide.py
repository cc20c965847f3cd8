"""What the guide says of the demo data is what the demo data say."""

import re
from pathlib import Path

from sojourn.demo.shop import STORIES, simulate

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "demo.md").read_text(encoding="utf-8")


def test_the_stories_and_their_dates_are_those_of_the_truth():
    told = simulate(people=20, seed=1).truth["stories"]
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (\S+) \| (\S+) \|$", GUIDE, flags=re.MULTILINE)
    assert {story: (start, end) for story, start, end in rows} == {
        story: (found["start"], found["end"]) for story, found in told.items()
    }
    assert told.keys() == STORIES.keys()


def test_the_rates_that_the_guide_names_are_those_of_the_truth():
    told = simulate(people=20, seed=1).truth["stories"]
    completes = told["mobile-checkout"]["completes"]
    assert f"{completes['while broken']:.0%} of checkouts" in GUIDE
    assert f"instead of {completes['usually']:.0%}" in GUIDE
    late = told["slow-delivery"]
    assert f"{late['rate_ratio']['ordering again']} times the rate" in GUIDE
    assert "9 to 21 days instead of 1 to 6" in GUIDE
    assert late["days"] == {"usually": [1, 6], "slow": [9, 21]}
    assert f"{told['silent-guide']['rate_ratio']['trust to try']} times the rate" in GUIDE
    assert told["helper"]["rate_ratio"] == {"try to buy": 2.0}
