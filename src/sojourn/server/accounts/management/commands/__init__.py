"""The commands that work on accounts."""
