"""People, one by one: who they are, why, what is known of them, and what a human says of it."""

from sojourn.people.person import Person
from sojourn.people.room import Done, PeopleRoom

__all__ = ["Done", "PeopleRoom", "Person"]
