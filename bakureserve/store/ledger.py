"""The ledger of every restaurant that ever existed, and of how often each has changed.

Triggers keep it (`guards`), so that a change by another process or at an SQL prompt counts as well.
Caches compare its numbers with those they were made at.
"""

from __future__ import annotations

from bakureserve.store.transaction import Transaction


def known_ids(transaction: Transaction) -> set[str]:
    """Every restaurant that ever existed, deleted ones included."""
    return {row[0] for row in transaction.all("select restaurant_id from venue_ledger")}


def directory_mark(transaction: Transaction) -> int:
    """A number that rises with every change to any restaurant."""
    row = transaction.one("select coalesce(sum(directory_revision), 0) from venue_ledger")
    return int(row[0]) if row else 0


def directory_revision(transaction: Transaction, restaurant_id: str) -> int | None:
    """One restaurant's revision; None when it never existed."""
    row = transaction.one(
        "select directory_revision from venue_ledger where restaurant_id = ?", (restaurant_id,)
    )
    return row[0] if row else None


def occupancy_revision(transaction: Transaction, restaurant_id: str) -> int:
    """A number that rises whenever one of the restaurant's tables is taken or freed."""
    row = transaction.one(
        "select occupancy_revision from venue_ledger where restaurant_id = ?", (restaurant_id,)
    )
    return row[0] if row else 0
