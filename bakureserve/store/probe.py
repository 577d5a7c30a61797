"""Trying out a store: a read and a write that are real, and leave nothing behind."""

from __future__ import annotations

from bakureserve.store.transaction import Transaction

_LARGEST = 2**31


def read_something(transaction: Transaction) -> None:
    """Read a page of the file that every database of ours has."""
    transaction.one("select max(id) from migratehistory")


def write_something(transaction: Transaction) -> None:
    """Count one number up in the file's head: as durable as a booking, and no larger each time.

    The number is SQLite's `user_version`, which nothing else here uses.
    """
    row = transaction.one("pragma user_version")
    number = (row[0] if row else 0) + 1
    transaction.execute(f"pragma user_version = {number % _LARGEST}")
