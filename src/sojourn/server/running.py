"""`sojourn serve`: starts the collector and the worker, watches them, and stops them in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from sojourn.alerts import FILE as ALERTS
from sojourn.errors import MissingExtra, SettingsError, SojournError, WorkspaceBusy
from sojourn.server.config import PREFIX, WORKSPACE, Config
from sojourn.server.inbox import Inbox, taken
from sojourn.server.lifeline import die_with_parent
from sojourn.settings import FILE as SETTINGS
from sojourn.store.database import address_of, take_over, take_over_pages
from sojourn.store.lock import SERVING
from sojourn.store.secret import FILE as KEY

LOOK = 0.2
QUICK = 2.0
"""A process that ends sooner after its start than this many seconds is not worth starting again
and again: after `TRIES` of them in a row the server gives up."""

TRIES = 5
ENOUGH = 5
"""So many seconds requests may go on after the wish to stop; who listens to the feed is cut off."""


ROUND = 300.0
"""So many seconds pass between two looks for what is wrong."""


class ServerFailed(SojournError):
    """The server cannot run."""

    code = "server"


class Child:
    """A process of the server that is started again when it dies."""

    def __init__(
        self, name: str, command: list[str], env: dict[str, str], begin: Callable[[], None]
    ) -> None:
        self.name = name
        self.begin = begin
        self.command = command
        self.env = env
        self.failures = 0
        self.start()

    def start(self) -> None:
        """Start it; it dies with its parent, however that dies."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, env=self.env, preexec_fn=self.begin)  # noqa: S603

    def look(self, tell: Callable[[str], None]) -> None:
        """Start it again when it is dead."""
        ended = self.process.poll()
        if ended is None:
            return
        quick = time.monotonic() - self.started < QUICK
        self.failures = self.failures + 1 if quick else 0
        if self.failures >= TRIES:
            raise ServerFailed(f"The {self.name} ended {TRIES} times in a row (last: {ended}).")
        tell(f"the {self.name} ended ({ended}); starting it again")
        time.sleep(min(QUICK, 0.2 * 2**self.failures))
        self.start()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.terminate()
        self.process.wait()


class Chore:
    """A command that is run again and again while the server runs, one at a time."""

    def __init__(self, command: list[str], env: dict[str, str], every: float = ROUND) -> None:
        self.command = command
        self.env = env
        self.every = every
        self.process: subprocess.Popen[bytes] | None = None
        self._next = time.monotonic() + min(every, QUICK * 5)

    def look(self) -> None:
        """Start it when it is time, unless it still runs."""
        if self.process is not None and self.process.poll() is None:
            return
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.every
            self.process = subprocess.Popen(self.command, env=self.env, preexec_fn=_apart)  # noqa: S603

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def _apart() -> None:
    """What a child does first: Ctrl-C is its parent's business, whose death is its own."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _patient() -> None:
    """The worker's beginning: a wish to stop waits until it knows how to."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    _apart()


def prepare(root: Path) -> str | None:
    """Make the workspace's inbox and its first write key; the key when it is new.

    What lies in SQLite and belongs into PostgreSQL is taken over first. Raises WorkspaceBusy while
    a server elsewhere brings the same inbox into its log.
    """
    take_over(root)
    with closing(Inbox(root)) as inbox:
        ends = time.monotonic() + QUICK
        while not inbox.mine():
            if time.monotonic() > ends:
                raise taken(root)
            time.sleep(LOOK)
        return None if inbox.keys() else inbox.add_key("default")


def first_link(root: Path, config: Config) -> str | None:
    """Bring the pages' database up to date; the link to the first account while there is none."""
    path = _of_pages(root, config, "first")
    return address(config) + path if path else None


def prepare_pages(root: Path, config: Config) -> None:
    """Bring the pages' database up to date; a link that was told stays as it is."""
    _of_pages(root, config, "prepare")


def _of_pages(root: Path, config: Config, action: str) -> str:
    module = "sojourn.server.site.command"
    command = [sys.executable, "-m", module, str(root), "accounts", action]
    env = _environment(root, config)
    done = subprocess.run(command, env=env, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise ServerFailed(
            f"The pages' database cannot be used: {reason}",
            hint="See the settings with `sojourn config`.",
        )
    return done.stdout.strip()


def address(config: Config) -> str:
    """Where people reach the pages."""
    return config.site_url or f"http://{_nearest(config.host)}:{config.port}"


def serve(root: Path, config: Config, tell: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT; then bring what was received into the log, and end."""
    _check_installed()
    (root / SERVING).parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / SERVING)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WorkspaceBusy(
            f"Another server runs on the workspace {root}.", hint="Stop it, or name another folder."
        ) from None
    with lock:
        _check_address(config)
        key = prepare(root)
        news = [f"write key: {key}"] if key else []
        link = first_link(root, config)
        if take_over_pages(root):
            link = first_link(root, config)
        if link:
            news.append(f"make the first account: {link}")
        _run(root, config, news, tell)


def collect(root: Path, config: Config, tell: Callable[[str], None]) -> None:
    """Run a collector beside the workspace's server, which brings into the log what both receive.

    `root` is the workspace's folder, or one that has its `sojourn.toml` and `hash.key`. Raises
    SettingsError without a PostgreSQL database that both write to.
    """
    _check_installed()
    _check_beside(root)
    _check_address(config)
    with closing(Inbox(root)) as inbox:
        if not inbox.keys():
            raise ServerFailed(
                "No source may send yet.", hint="Start the workspace's own server first."
            )
    stopping, env = _stopping(), _environment(root, config)
    collector = Child("collector", _collector(config, "collecting"), env, _apart)
    try:
        for _ in _turns(
            config, stopping, [f"Sojourn collects at {address(config)} for {root}"], tell
        ):
            collector.look(tell)
    finally:
        collector.stop()


def _check_installed() -> None:
    if find_spec("granian") is None:
        raise MissingExtra("The server is not installed.", hint="pip install 'sojourn[server]'")


def _check_beside(root: Path) -> None:
    if address_of(root) is None:
        raise SettingsError(
            "A collector beside the server needs a database that both write to.",
            hint="Set database_url (SOJOURN_DATABASE_URL) to the same PostgreSQL for both.",
        )
    for name in (SETTINGS, KEY):
        if not (root / name).is_file():
            raise SettingsError(
                f"{root} has no {name}, by which a collector knows the workspace's rules.",
                hint=f"Copy {SETTINGS} and {KEY} from the workspace's folder.",
            )


def _stopping() -> list[int]:
    """A list that is filled when it is time to stop."""
    stopping: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping


def _environment(root: Path, config: Config) -> dict[str, str]:
    env = {**os.environ, WORKSPACE: str(root.absolute())}
    return env | {PREFIX + name.upper(): str(value) for name, value in vars(config).items()}


def _run(root: Path, config: Config, news: list[str], tell: Callable[[str], None]) -> None:
    stopping, env = _stopping(), _environment(root, config)
    collector = Child("collector", _collector(config), env, _apart)
    worker = Child(
        "worker", [sys.executable, "-m", "sojourn.server.worker", str(root)], env, _patient
    )
    alerts = Chore(_alerts(root), env | {PREFIX + "SITE_URL": address(config)})
    news = [f"Sojourn is at {address(config)} for {root}", *news]
    try:
        for _ in _turns(config, stopping, news, tell):
            collector.look(tell)
            worker.look(tell)
            if (root / ALERTS).exists():
                alerts.look()
        tell("stopping: what was received is brought into the log")
    finally:
        alerts.stop()
        collector.stop()
        worker.stop()


def _turns(
    config: Config, stopping: list[int], news: list[str], tell: Callable[[str], None]
) -> Iterator[None]:
    """One look after the other until it is time to stop; the news once somebody can connect."""
    said = False
    while not stopping:
        if not said and (said := _listens(config)):
            for line in news:
                tell(line)
        time.sleep(LOOK)
        yield


def _alerts(root: Path) -> list[str]:
    return [sys.executable, "-m", "sojourn.server.alerting", str(root)]


def _listens(config: Config) -> bool:
    """Whether somebody can connect to the collector by now."""
    try:
        with socket.create_connection((_nearest(config.host), config.port), timeout=1):
            return True
    except OSError:
        return False


def _nearest(host: str) -> str:
    """By which name this machine reaches a server that listens at a host."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104


def _collector(config: Config, entry: str = "application") -> list[str]:
    target = f"sojourn.server.site.entry:{entry}"
    place = ["--host", config.host, "--port", str(config.port)]
    end = ["--workers-kill-timeout", str(ENOUGH)]
    return [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", *place, *end,
            "--no-access-log", "--log-level", "warning", target]  # fmt: skip


def _check_address(config: Config) -> None:
    try:
        family, *_, place = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise ServerFailed(
            f"The server cannot listen at {config.host}:{config.port}: {error.strerror or error}.",
            hint="Take another port with --port, or stop who has it.",
        ) from None
