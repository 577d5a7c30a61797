"""Accounts: a person's own, and other people's for administrators."""
