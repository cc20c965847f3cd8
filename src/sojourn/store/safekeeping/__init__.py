"""Safekeeping: a backup while everything runs, a workspace made of it, a check of both."""

from sojourn.store.safekeeping.archive import Kept, backup
from sojourn.store.safekeeping.checks import verify
from sojourn.store.safekeeping.restoring import restore

__all__ = ["Kept", "backup", "restore", "verify"]
