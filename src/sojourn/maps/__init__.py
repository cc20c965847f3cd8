"""The living journey map: a document that a team writes, filled by the log, drawn for a wall."""

from sojourn.maps.document import Cell, LaneChoice, MapDocument, document_of
from sojourn.maps.filled import Entry, FilledCell, FilledMap, Lane, Stage

__all__ = [
    "Cell",
    "Entry",
    "FilledCell",
    "FilledMap",
    "Lane",
    "LaneChoice",
    "MapDocument",
    "Stage",
    "document_of",
]
