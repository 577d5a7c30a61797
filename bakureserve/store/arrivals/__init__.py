"""Guests on the way, and how accurate the predictions of their arrival were."""
