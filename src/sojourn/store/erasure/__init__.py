"""Erasing a person: every file of the workspace without them, and a proof of it.

A journal, `privacy/erasing.json`, says who is being erased from the first step to the last. Every
step can be done twice, so that what was cut off is done again from its beginning.
"""

from sojourn.store.erasure.again import erase_again
from sojourn.store.erasure.job import Job
from sojourn.store.erasure.proof import Found, Proof, look
from sojourn.store.erasure.run import Erasure, begin, finish, pending

__all__ = ["Erasure", "Found", "Job", "Proof", "begin", "erase_again", "finish", "look", "pending"]
