"""A real server with a small shop, and a real browser in front of it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sojourn.cli.demo import fill_shop
from sojourn.workspace import Workspace

CHROMIUM = Path("/usr/bin/chromium")
sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright
KEPT = os.environ.get("SOJOURN_SCREENSHOTS")
"""A folder in which pictures of all pages are kept, to be looked at."""


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install --no-install-recommends chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield chromium
        chromium.close()


class Site:
    """A running server: its address, its workspace, and the link to its first account."""

    def __init__(self, folder, said):
        self.folder = folder
        self.address = re.search(r"Sojourn is at (\S+)", said).group(1)
        found = re.search(r"make the first account: (\S+)", said)
        self.first = found.group(1) if found else None
        self.state = None


def free_port():
    """A port that nobody listens at."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def site(tmp_path_factory, browser):
    """The pages of a small simulated shop, and its owner signed in."""
    folder = tmp_path_factory.mktemp("browser") / "shop"
    workspace = Workspace(folder)
    fill_shop(workspace, people=400, seed=3)
    workspace.maps.new("first", title="First-time buyers")
    log = folder.parent / "serve.log"
    command = [sys.executable, "-m", "sojourn.cli.main", "-w", str(folder), "serve"]
    with log.open("w") as out:
        server = subprocess.Popen([*command, "--port", str(free_port())], stdout=out, stderr=out)
    try:
        for _ in range(600):
            if "first account" in log.read_text() or server.poll() is not None:
                break
            time.sleep(0.1)
        made = Site(folder, log.read_text())
        made.state = first_account(browser, made)
        yield made
        assert "Traceback" not in log.read_text()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def first_account(browser, site):
    """Open the first link, make an account, and give the state that stays signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.first)
    page.fill("#id_email", "olive@example.com")
    page.fill("#id_name", "Olive Owner")
    page.fill("#id_password", "a long sentence 42")
    page.click("button.primary")
    page.wait_for_selector("h1")
    state = context.storage_state()
    context.close()
    return json.loads(json.dumps(state))


class Visit:
    """A page in one light and width, and everything that it complained of or asked elsewhere."""

    def __init__(self, browser, site, scheme="light", width=1440):
        self.site, self.scheme, self.width = site, scheme, width
        self.context = browser.new_context(
            storage_state=site.state, color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        self.page = self.context.new_page()
        self.wrong = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._request)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.type}: {message.text[:200]}")

    def _request(self, request):
        if not request.url.startswith((self.site.address, "data:", "blob:")):
            self.wrong.append(f"asked elsewhere: {request.url}")

    def open(self, path):
        """Go to a page of the site; gives the answer."""
        answer = self.page.goto(self.site.address + path)
        self.page.wait_for_load_state("load")
        return answer

    def keep(self, name):
        """Keep a picture of the page, where somebody wants to look at them."""
        if KEPT:
            Path(KEPT).mkdir(parents=True, exist_ok=True)
            file = Path(KEPT) / f"{name}-{self.scheme}-{self.width}.png"
            self.page.screenshot(path=str(file), full_page=True)

    def close(self):
        """Leave."""
        self.context.close()


@pytest.fixture
def visit(browser, site):
    """Gives visits, and leaves them all in the end."""
    made = []

    def begin(scheme="light", width=1440):
        made.append(Visit(browser, site, scheme, width))
        return made[-1]

    yield begin
    for each in made:
        each.close()
