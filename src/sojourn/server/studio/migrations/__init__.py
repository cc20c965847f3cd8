"""The history of the studio's tables."""
