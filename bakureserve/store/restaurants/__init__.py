"""Restaurants with their floors, and the sample ones."""
