"""Reservations, the tables they hold, and the answers to the calls that made them."""
