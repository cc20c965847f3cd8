"""The commands that work on keys."""
