"""The triggers that guard a SQLite database: no table is held twice, one party sits at a table.

Rebuilding a table drops its triggers, so migrations do not own them: they are installed anew
whenever they differ. They hold for every writer: two servers, the CLI, the importer, a person at
an SQL prompt.
"""

from __future__ import annotations

from collections.abc import Iterator

from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE
from bakureserve.store.codec import one_of
from bakureserve.store.transaction import TABLE_OCCUPIED, TABLE_TAKEN

_HOLDS = one_of(HOLDS_A_TABLE)
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

_ONLY_FOR_THE_LIVING = f"""
create trigger occupancy_needs_a_live_reservation before insert on table_occupancy
when not exists (
    select 1 from reservation where id = new.reservation_id and status {_HOLDS}
)
begin select raise(abort, 'only a booked or seated reservation holds a table'); end"""

_FREE_THE_TABLE = f"""
create trigger reservation_that_ends_frees_its_table after update of status on reservation
when new.status not {_HOLDS}
begin delete from table_occupancy where reservation_id = new.id; end"""

# The foreign key does this as well, but SQLite's own prompt starts with foreign keys off.
_FREE_THE_TABLE_ON_DELETION = """
create trigger reservation_that_goes_frees_its_table after delete on reservation
begin delete from table_occupancy where reservation_id = old.id; end"""

_SEAT_ONE_PARTY = f"""
create trigger table_seats_one_party before insert on table_seating
when exists (select 1 from table_seating where table_key = new.table_key)
begin select raise(abort, '{TABLE_OCCUPIED}'); end"""

_MOVE_TO_AN_EMPTY_TABLE = f"""
create trigger table_takes_no_party_where_one_sits before update of table_key on table_seating
when new.table_key <> old.table_key
    and exists (select 1 from table_seating where table_key = new.table_key)
begin select raise(abort, '{TABLE_OCCUPIED}'); end"""

_SIT_DOWN = (
    "insert into table_seating (table_key, reservation_id, restaurant_id, seated_at, ends_at)"
    " values (new.table_key, new.id, new.restaurant_id, new.updated_at, new.ends_at)"
)
_COME_SEATED = f"""
create trigger reservation_entered_as_seated_sits_down after insert on reservation
when new.status = 'seated' and new.table_key is not null
begin {_SIT_DOWN}; end"""

_BECOME_SEATED = f"""
create trigger reservation_seated_sits_down after update of status, table_key on reservation
when new.status = 'seated' and new.table_key is not null
    and (old.status <> 'seated' or old.table_key is null)
begin {_SIT_DOWN}; end"""

_GET_UP = """
create trigger reservation_that_leaves_gets_up after update of status, table_key on reservation
when old.status = 'seated' and (new.status <> 'seated' or new.table_key is null)
begin delete from table_seating where reservation_id = new.id; end"""

_CHANGE_SEATS = """
create trigger reservation_moved_changes_seats after update of table_key, ends_at on reservation
when old.status = 'seated' and new.status = 'seated' and new.table_key is not null
    and (old.table_key <> new.table_key or old.ends_at <> new.ends_at)
begin
    update table_seating set table_key = new.table_key, ends_at = new.ends_at
    where reservation_id = new.id;
end"""

_GO_AND_GET_UP = """
create trigger reservation_that_goes_gets_up after delete on reservation
begin delete from table_seating where reservation_id = old.id; end"""

# One more than any restaurant's: what has changed since is then the end of an index.
_NEXT_REVISION = "(select coalesce(max(directory_revision), 0) + 1 from venue_ledger)"
_KEEP_IN_LEDGER = f"""
create trigger restaurant_enters_the_ledger after insert on restaurant
begin
    insert or ignore into venue_ledger (restaurant_id, directory_revision)
    values (new.id, {_NEXT_REVISION});
end"""

# A token says what was true when it was signed. Once a right is taken away, it must not count.
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
        for event, rows in (("insert", ["new"]), ("update", ["old", "new"]), ("delete", ["old"])):
            raises = " ".join(
                f"update venue_ledger set directory_revision = {_NEXT_REVISION}"
                f" where restaurant_id = {row}.{column};"
                for row in rows
            )
            yield (
                f"create trigger {table}_{event}_raises_directory_revision "
                f"after {event} on {table} begin {raises} end"
            )


_RAISE_OCCUPANCY_REVISION = (
    "update venue_ledger set occupancy_revision = occupancy_revision + 1 where restaurant_id ="
)


def _occupancy_revisions() -> Iterator[str]:
    for event, row in (("insert", "new"), ("delete", "old")):
        yield (
            f"create trigger table_occupancy_{event}_raises_occupancy_revision "
            f"after {event} on table_occupancy begin {_RAISE_OCCUPANCY_REVISION} "
            f"(select restaurant_id from dining_table where key = {row}.table_key); end"
        )
    for event, row in (("insert", "new"), ("update", "new"), ("delete", "old")):
        yield (
            f"create trigger table_seating_{event}_raises_occupancy_revision "
            f"after {event} on table_seating begin {_RAISE_OCCUPANCY_REVISION} "
            f"{row}.restaurant_id; end"
        )
    for event, happens, row, changed in (
        ("insert", "insert", "new", "new.holds_until is not null"),
        ("update", "update of holds_until", "new", "new.holds_until is not old.holds_until"),
        ("delete", "delete", "old", "old.holds_until is not null"),
    ):
        yield (
            f"create trigger arrival_trip_{event}_raises_occupancy_revision "
            f"after {happens} on arrival_trip when {changed} begin {_RAISE_OCCUPANCY_REVISION} "
            f"{row}.restaurant_id; end"
        )


def _delivery_tally() -> Iterator[str]:
    """Every combination has its row from the start."""
    for event, happens, counted in (
        ("insert", "insert", (("new", "+"),)),
        ("update", "update of channel, status", (("old", "-"), ("new", "+"))),
        ("delete", "delete", (("old", "-"),)),
    ):
        counts = "; ".join(
            f"update delivery_tally set number = number {sign} 1"
            f" where channel = {row}.channel and status = {row}.status"
            for row, sign in counted
        )
        yield (
            f"create trigger outbox_delivery_{event}_is_counted after {happens}"
            f" on outbox_delivery begin {counts}; end"
        )


def guards() -> dict[str, str]:
    """Every trigger by name, as the statement that creates it."""
    statements = [
        _REFUSE_OVERLAP,
        _REFUSE_UPDATE,
        _ONLY_FOR_THE_LIVING,
        _FREE_THE_TABLE,
        _FREE_THE_TABLE_ON_DELETION,
        _SEAT_ONE_PARTY,
        _MOVE_TO_AN_EMPTY_TABLE,
        _COME_SEATED,
        _BECOME_SEATED,
        _GET_UP,
        _CHANGE_SEATS,
        _GO_AND_GET_UP,
        _KEEP_IN_LEDGER,
        _OUTDATE_WHO_MAY_LESS,
        _OUTDATE_WHO_LEAVES,
        *_directory_revisions(),
        *_occupancy_revisions(),
        *_delivery_tally(),
    ]
    return {statement.split()[2]: statement.strip() for statement in statements}
