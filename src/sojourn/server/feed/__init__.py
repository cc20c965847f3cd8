"""The feed: every change of a person's journey, told once and in order, as it becomes known."""
