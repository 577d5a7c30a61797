"""Driving times to a restaurant, from map services that may fail."""
