"""Guests on the way: what they say, what time alone brings about, and who follows it."""
