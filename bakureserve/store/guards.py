"""What the schema refuses, or does, by itself: triggers, installed anew whenever they differ.

Rebuilding a table drops its triggers, so migrations do not own them; this module does. They hold
for every writer: two servers, the CLI, the importer, a hand at the SQL prompt.
"""

from __future__ import annotations

from collections.abc import Iterator

TABLE_TAKEN = "table_taken"
"""The message with which the schema refuses an overlap."""

# Sittings at one table never overlap, so of those that start before the new one ends only the last
# can reach into it: one step back in the primary key, whatever the table's past holds.
_REFUSE_OVERLAP = f"""
create trigger occupancy_never_overlaps before insert on table_occupancy
when (
    select ends_at from table_occupancy
    where table_key = new.table_key and starts_at < new.ends_at
    order by starts_at desc limit 1
) > new.starts_at
begin select raise(abort, '{TABLE_TAKEN}'); end"""

_REFUSE_UPDATE = """
create trigger occupancy_is_replaced_never_updated before update on table_occupancy
begin select raise(abort, 'delete the occupancy row and insert another'); end"""

_ONLY_FOR_THE_LIVING = """
create trigger occupancy_needs_a_live_reservation before insert on table_occupancy
when not exists (
    select 1 from reservation where id = new.reservation_id and status in ('booked', 'seated')
)
begin select raise(abort, 'only a booked or seated reservation holds a table'); end"""

_FREE_THE_TABLE = """
create trigger reservation_that_ends_frees_its_table after update of status on reservation
when new.status not in ('booked', 'seated')
begin delete from table_occupancy where reservation_id = new.id; end"""

# The foreign key does this as well, but SQLite's own prompt starts with foreign keys off.
_FREE_THE_TABLE_OF_NOBODY = """
create trigger reservation_that_goes_frees_its_table after delete on reservation
begin delete from table_occupancy where reservation_id = old.id; end"""

_KEEP_IN_LEDGER = """
create trigger restaurant_enters_the_ledger after insert on restaurant
begin insert or ignore into venue_ledger (restaurant_id) values (new.id); end"""

# What a token says was true when it was signed; a right that is taken away makes it a lie.
_OUTDATE_WHO_MAY_LESS = """
create trigger account_that_may_less_outdates_its_tokens after update of role, disabled_at
on user_account when (old.role = 'admin' and new.role <> 'admin')
  or (old.disabled_at is null and new.disabled_at is not null)
begin update user_account set rights = old.rights + 1 where id = new.id; end"""

_OUTDATE_WHO_LEAVES = """
create trigger staff_that_leaves_outdates_its_tokens after delete on venue_staff
begin update user_account set rights = rights + 1 where id = old.user_id; end"""

_DIRECTORY_TABLES = {
    "restaurant": "id",
    "area": "restaurant_id",
    "dining_table": "restaurant_id",
    "opening_period": "restaurant_id",
    "special_day": "restaurant_id",
}


def _directory_revisions() -> Iterator[str]:
    for table, column in _DIRECTORY_TABLES.items():
        for event, changed in (
            ("insert", f"(new.{column})"),
            ("update", f"(new.{column}, old.{column})"),
            ("delete", f"(old.{column})"),
        ):
            yield (
                f"create trigger {table}_{event}_raises_directory_revision "
                f"after {event} on {table} begin "
                "update venue_ledger set directory_revision = directory_revision + 1 "
                f"where restaurant_id in {changed}; end"
            )


def _occupancy_revisions() -> Iterator[str]:
    for event, row in (("insert", "new"), ("delete", "old")):
        yield (
            f"create trigger table_occupancy_{event}_raises_occupancy_revision "
            f"after {event} on table_occupancy begin "
            "update venue_ledger set occupancy_revision = occupancy_revision + 1 "
            "where restaurant_id = "
            f"(select restaurant_id from dining_table where key = {row}.table_key); end"
        )


def guards() -> dict[str, str]:
    """Every trigger by name, as the statement that creates it."""
    statements = [
        _REFUSE_OVERLAP,
        _REFUSE_UPDATE,
        _ONLY_FOR_THE_LIVING,
        _FREE_THE_TABLE,
        _FREE_THE_TABLE_OF_NOBODY,
        _KEEP_IN_LEDGER,
        _OUTDATE_WHO_MAY_LESS,
        _OUTDATE_WHO_LEAVES,
        *_directory_revisions(),
        *_occupancy_revisions(),
    ]
    return {statement.split()[2]: statement.strip() for statement in statements}
