"""Friction: where and why people are lost. A detector a kind, tested and ranked together."""

from sojourn.measure.friction.question import HEARD_WITHIN, friction

__all__ = ["HEARD_WITHIN", "friction"]
