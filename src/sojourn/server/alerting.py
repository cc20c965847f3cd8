"""`python -m sojourn.server.alerting FOLDER`: one look for what is wrong, by `sojourn serve`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from sojourn.errors import SojournError
from sojourn.workspace import Workspace

log = logging.getLogger("sojourn.alerts")


def main() -> None:
    """Send the weekly mail if it is due, and what began to be wrong or is over."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s alerts %(levelname)s %(message)s")
    workspace = Workspace(Path(sys.argv[1]))
    if not workspace.exists:
        return
    for task in (workspace.alerts.mail_when_due, workspace.alerts.check):
        try:
            done = task()
            if done:
                log.info("sent: %s", done if isinstance(done, str) else len(done))
        except SojournError as error:
            log.warning("%s", error)


if __name__ == "__main__":
    main()
