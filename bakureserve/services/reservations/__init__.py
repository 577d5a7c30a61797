"""Taking, changing and ending reservations, each in one unit of work."""
