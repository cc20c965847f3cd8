"""Files into the log: what they hold is found out, shown, and never silently misread."""

from sojourn.store.importers.leavings import recover
from sojourn.store.importers.options import ImportOptions, ImportReport, Mapped, Preview
from sojourn.store.importers.preview import preview
from sojourn.store.importers.replay import replay
from sojourn.store.importers.run import import_file
from sojourn.store.importers.undo import Undone, listed, undo

__all__ = [
    "ImportOptions",
    "ImportReport",
    "Mapped",
    "Preview",
    "Undone",
    "import_file",
    "listed",
    "preview",
    "recover",
    "replay",
    "undo",
]
