"""Baku Reserve: restaurant reservations with a live driving ETA."""

__version__ = "0.1.0"
