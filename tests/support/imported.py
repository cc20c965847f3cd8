"""What an import left behind: the rows of the log, and those that were rejected."""

from sojourn.store.rejected import Rejected


def rows_of(log):
    """The rows of the log, in order."""
    rows = [row for batch in log.reader(LOG) for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: row["seq"])


def rejected_of(log):
    """The rejected rows, by their place."""
    rows = [row for batch in Rejected(log.root).batches() for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: (row["file"], row["row"]))


LOG = ["seq", "ts", "user_id", "aliases", "name", "channel", "source", "value", "order_id",
       "event_id", "properties"]  # fmt: skip
