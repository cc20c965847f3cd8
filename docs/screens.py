"""Take the screenshots of the documentation: `make screenshots` (needs Debian's package chromium).

A server is started on a simulated shop, its first account made, and each page taken as it is.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from sojourn.cli.demo import fill_shop
from sojourn.workspace import Workspace

FOLDER = Path(__file__).parent / "images" / "pages"
CHROMIUM = "/usr/bin/chromium"
PORT = 8719
PAGES = {
    "today": ("/?as_of=2025-12-01", "light", 1280, 620),
    "journey": ("/journey/", "light", 1280, 1180),
    "journey-dark": ("/journey/", "dark", 1280, 1180),
    "journey-phone": ("/journey/", "dark", 390, 1100),
    "map": ("/journey/maps/first/", "light", 1440, 1500),
    "stage": ("/journey/stages/try/", "light", 1280, 1180),
    "friction": ("/journey/friction/", "light", 1280, 1100),
    "channels": ("/grow/channels/", "light", 1280, 1000),
}
"""Each picture's page, light, width and height."""


def wait_for(log: Path, server: subprocess.Popen[bytes]) -> str:
    """What the server said once it runs."""
    for _ in range(900):
        if "first account" in log.read_text() or server.poll() is not None:
            break
        time.sleep(0.1)
    return log.read_text()


def take(browser: Browser, said: str) -> None:
    """Make the first account, and take every picture."""
    address = re.search(r"Sojourn is at (\S+)", said)
    link = re.search(r"make the first account: (\S+)", said)
    if address is None or link is None:
        raise SystemExit(said)
    context = browser.new_context()
    page = context.new_page()
    page.goto(link[1])
    page.fill("#id_email", "olive@example.com")
    page.fill("#id_name", "Olive")
    page.fill("#id_password", "a long sentence 42")
    page.click("button.primary")
    page.wait_for_selector("h1")
    state = context.storage_state()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (path, scheme, width, height) in PAGES.items():
        seen = browser.new_context(
            storage_state=state,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
        ).new_page()
        seen.goto(address[1] + path)
        seen.wait_for_load_state("networkidle")
        seen.screenshot(path=str(FOLDER / f"{name}.png"))
        print(FOLDER / f"{name}.png")


def main() -> None:
    """Everything, in a folder that goes when it is done."""
    with TemporaryDirectory() as temporary:
        folder, log = Path(temporary) / "shop", Path(temporary) / "log"
        workspace = Workspace(folder)
        fill_shop(workspace, people=5000, seed=1)
        workspace.maps.new("first", title="First-time buyers")
        command = [sys.executable, "-m", "sojourn.cli.main", "-w", str(folder), "serve"]
        with log.open("wb") as out:
            command += ["--port", str(PORT)]
            server = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603
        try:
            said = wait_for(log, server)
            with sync_playwright() as playwright:
                take(playwright.chromium.launch(executable_path=CHROMIUM), said)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


if __name__ == "__main__":
    main()
