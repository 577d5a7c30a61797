"""Accounts, sessions, tokens and the links in letters."""
