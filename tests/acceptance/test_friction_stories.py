"""What was planted in the simulated shop is found, and nothing else is made up.

Every story that hinders people is among the five costliest findings, in its stage, for its device
or what else marks it, with its beginning within three days. (`viral-post` brings people who were
never going to buy; `helper` and `confounder` hinder nobody.) A few shops are tried by every run,
many by `make test-friction`.
"""

from datetime import date

import pytest

from sojourn.demo.shop import SETTINGS, simulate
from sojourn.workspace import read

TOP, DAYS_OFF = 5, 3
MARKED_BY = {
    "mobile-checkout": ("phone", {"try"}),
    "silent-guide": ("espresso-guide", {"trust"}),
    "slow-delivery": ("west", {"buy", "repeat"}),
}
"""What marks each story that hinders people, and in which stages of the hourglass it does."""
SEEDS = range(101, 121)


def shop(seed, stories=None, people=5000):
    told = simulate(people=people, seed=seed, stories=stories)
    answer = read(told.touchpoints, zone=SETTINGS["zone"]).journey("hourglass").friction()
    return told.truth["stories"], answer.rows


def seen(truth, rows, story):
    """Whether a story is told rightly."""
    mark, stages = MARKED_BY[story]
    began = date.fromisoformat(truth[story]["start"])
    return any(
        row["rank"] <= TOP
        and row["stage"] in stages
        and mark in (row["part"], *str(row["for_whom"]).split())
        and row["since"] is not None
        and abs((date.fromisoformat(row["since"]) - began).days) <= DAYS_OFF
        for row in rows
    )


@pytest.mark.parametrize("seed", [1])
def test_every_story_that_hinders_people_is_among_the_costliest_findings(seed):
    truth, rows = shop(seed)
    assert {story for story in MARKED_BY if not seen(truth, rows, story)} == set()


@pytest.mark.parametrize("seed", [2])
def test_a_shop_without_stories_has_one_finding_at_most(seed):
    _, rows = shop(seed, stories=())
    assert len(rows) <= 1


@pytest.mark.seeds
def test_stories_are_found_in_at_least_nine_of_ten_shops():
    found = dict.fromkeys(MARKED_BY, 0)
    for seed in SEEDS:
        truth, rows = shop(seed)
        for story in MARKED_BY:
            found[story] += seen(truth, rows, story)
    print(found, "of", len(SEEDS))
    assert min(found.values()) >= 0.9 * len(SEEDS), found


@pytest.mark.seeds
def test_shops_without_stories_have_one_finding_at_most_in_nineteen_of_twenty():
    findings = [len(shop(seed, stories=())[1]) for seed in SEEDS]
    print(findings)
    assert sum(count > 1 for count in findings) <= 0.05 * len(SEEDS), findings
