"""The simulated shop."""

from sojourn.demo.shop.simulation import SETTINGS, Simulation, simulate
from sojourn.demo.shop.stories import STORIES

__all__ = ["SETTINGS", "STORIES", "Simulation", "simulate"]
