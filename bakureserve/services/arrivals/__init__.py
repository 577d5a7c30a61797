"""Guests on the way: what they say, what is due by the clock, and who follows it."""
