"""Every page in a real browser: light and dark, narrow and wide, quiet, at home, and accessible."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from sojourn.server.studio import questions

PAGES = [
    "/",
    "/today/newcomers/",
    "/today/unheard/",
    "/journey/",
    "/journey/?by=channel",
    "/journey/?beside=sales",
    "/journey/stages/try/",
    "/journey/goals/",
    "/data/alerts/",
    "/data/privacy/",
    "/grow/channels/",
    "/grow/untagged/",
    "/grow/links/",
    "/grow/personas/",
    "/journey/series/?beside=year",
    "/journey/?people=nonsense",
    "/journey/?from=1999-01-01&to=1999-02-01",
    "/journey/maps/",
    "/journey/maps/first/",
    "/journey/maps/first/?beside_from=2025-01-01&beside_to=2025-06-01",
    "/journey/maps/first/yaml/",
    "/journey/maps/first/cell/goal/try/",
    *(f"/{question.route}/" for question in questions.ALL),
    "/people/",
    "/people/lists/",
    "/people/add/",
    "/data/",
    "/data/upload/",
    "/data/imports/",
    "/data/rejected/",
    "/data/health/",
    "/data/journeys/",
    "/data/journeys/hourglass/",
    "/data/personas/",
    "/data/settings/",
    "/accounts/",
]
axe = Axe()


def faults(page):
    """What axe-core finds, short enough to read."""
    found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {node['html'][:140]}" for each in found for node in each["nodes"][:3]]


def name_of(path):
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "today"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_quiet_at_home_and_accessible_in_every_light_and_width(visit, path):
    for scheme, width in (("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)):
        seen = visit(scheme, width)
        answer = seen.open(path)
        expected = 400 if "nonsense" in path else 200
        assert answer.status == expected
        seen.keep(name_of(path))
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels wide on a screen of {width}"
        if scheme == "light" or width == 1440:
            assert faults(seen.page) == []
        quiet = [each for each in seen.wrong if not (expected == 400 and "400" in each)]
        assert quiet == []
        seen.close()


def test_a_persons_page_too(visit):
    seen = visit()
    seen.open("/people/")
    seen.page.click("table.grid tbody a >> nth=0")
    seen.page.wait_for_selector(".drawing svg")
    seen.keep("person")
    assert faults(seen.page) == []
    assert seen.wrong == []


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/welcome/over/", "/nowhere/"])
def test_the_doors_are_accessible(browser, site, path):
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto(site.address + path)
        assert faults(page) == []
        context.close()


def test_everything_is_reached_by_keyboard(visit):
    seen = visit()
    seen.open("/journey/")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.className") == "skip"
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        reached.add(seen.page.evaluate("document.activeElement.name || ''"))
    assert {"journey", "from", "to"} <= reached
