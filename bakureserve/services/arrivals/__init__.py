"""Guests on the way: their announcements and locations, timed alerts, and live streams."""
