"""Accounts, the staff of each restaurant, and who is logged in where."""
