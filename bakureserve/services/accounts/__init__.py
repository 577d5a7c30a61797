"""Accounts, sessions, tokens and the links in e-mails."""
