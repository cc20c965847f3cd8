"""The server's own tables: in SQLite files in the workspace, or in one PostgreSQL database.

Which of the two is one setting, `database_url`; who asks and writes need not know.
"""

from sojourn.store.database.address import SCHEMES, VARIABLE, Address, address_of, parsed
from sojourn.store.database.base import Database, Done
from sojourn.store.database.opening import NOTE, existing, last_given, opened
from sojourn.store.database.schema import BOOKS, FEED, FOLDER, PAGES, SERVER, Book
from sojourn.store.database.taking import dumped, take_over, take_over_pages, told_of

__all__ = [
    "BOOKS",
    "FEED",
    "FOLDER",
    "NOTE",
    "PAGES",
    "SCHEMES",
    "SERVER",
    "VARIABLE",
    "Address",
    "Book",
    "Database",
    "Done",
    "address_of",
    "dumped",
    "existing",
    "last_given",
    "opened",
    "parsed",
    "take_over",
    "take_over_pages",
    "told_of",
]
