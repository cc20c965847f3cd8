"""A fresh log, a fixed clock, and a way to bring a text into the log in one line."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from sojourn.store.importers import ImportOptions, import_file
from sojourn.store.log import Log
from sojourn.store.rejected import Rejected

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Desk:
    """Where files are brought into a log."""

    folder: object
    log: Log

    def file(self, content, name="touches.csv"):
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8", newline="")
        return path

    def bring(self, content, name="touches.csv", *, now=NOW, progress=None, **options):
        source = self.file(content, name) if isinstance(content, (str, bytes)) else content
        return import_file(self.log, source, ImportOptions(**options), progress, now=now)

    def rows(self, *columns):
        """The rows of the log in seq order, some columns of each."""
        table = self.log.reader(list({*columns, "seq"})).read_all().sort_by("seq")
        values = [table.column(name).to_pylist() for name in columns]
        return values[0] if len(values) == 1 else list(zip(*values, strict=True))

    @property
    def rejected(self):
        """(row, reason) of each rejected row, in order."""
        table = Rejected(self.log.root).list(10_000)
        return [(row["row"], row["reason"]) for row in table]


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "files").mkdir()
    return Desk(tmp_path / "files", Log(tmp_path / "shop"))


@pytest.fixture
def now():
    return NOW
