"""How long pages take on a big log: asked for the first time, and again. `make bench-pages`.

Server time: from the request to the last byte of the answer, in one process, without a network.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import synthetic
from sojourn.workspace import Workspace

PAGES = (
    "/", "/journey/", "/journey/stages/try/", "/journey/series/", "/journey/goals/",
    "/journey/pace/", "/journey/flow/", "/journey/funnel/", "/journey/return/",
    "/journey/feelings/", "/journey/friction/", "/journey/moments/", "/journey/forecast/",
    "/people/", "/grow/channels/", "/grow/credit/", "/grow/content/", "/grow/untagged/",
    "/grow/referrals/", "/grow/lifetime/", "/data/", "/data/health/",
)  # fmt: skip


def filled(folder: Path, rows: int) -> Workspace:
    """A workspace of so many synthetic touchpoints."""
    file = folder / "touchpoints.parquet"
    synthetic.write(rows, file, None)
    workspace = Workspace(folder / "shop")
    workspace.add(file)
    file.unlink()
    return workspace


def main(words: list[str]) -> None:
    """Print a row a page: seconds for the first time, milliseconds again, and the bytes."""
    parser = argparse.ArgumentParser("python -m benchmarks.pages", description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--workspace", type=Path, help="a workspace that is there already")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        root = asked.workspace or filled(Path(folder), asked.rows).folder
        print("| page | first, s | again, ms | kB |\n|---|---|---|---|")
        for page, first, again, size in timed(root):
            print(f"| {page} | {first:.2f} | {again * 1000:.0f} | {size / 1000:.0f} |", flush=True)


def timed(root: Path) -> Iterator[tuple[str, float, float, int]]:
    """Each page with its two times in seconds and its size in bytes."""
    os.environ["SOJOURN_WORKSPACE"] = str(root)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sojourn.server.site.settings"
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    (root / "server").mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    who = users.filter(email="bench@example.com").first() or users.create_user(
        "bench@example.com", None, role="owner"
    )
    client = Client()
    client.force_login(who)
    for page in PAGES:
        times, size = [], 0
        for _ in range(4):
            begun = time.perf_counter()
            answer = client.get(page, SERVER_NAME="localhost")
            times.append(time.perf_counter() - begun)
            size = len(answer.content)
            if answer.status_code != 200:
                raise SystemExit(f"{page}: {answer.status_code}")
        yield page, times[0], min(times[1:]), size


if __name__ == "__main__":
    main(sys.argv[1:])
