"""Take, change and end reservations, each in one unit of work."""
