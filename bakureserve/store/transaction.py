"""What a unit of work is handed, whichever engine keeps the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol, TypeVar

from bakureserve.domain.errors import Unavailable

T = TypeVar("T")
Row = tuple[Any, ...]
Purpose = Literal["read", "write", "alter", "migrate"]
"""Of a connection. `alter` writes to a store that no other process has open."""
LOG_LIMIT_BYTES = 32 * 1024 * 1024
"""To what an engine's log of commits is cut once nothing needs its end any more. It grows beyond
while a reader takes long."""


class Transaction(Protocol):
    """Statements inside one transaction. Placeholders are `?`; engines keep statements prepared.

    Each raises BrokenRule when the schema refuses what it would change, Unavailable when the engine
    cannot serve, EngineError for what the engine does not understand.
    """

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes something; the number of rows it changed."""

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each of `rows`."""

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an insert into a table with a counter; the new row's number."""

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Every row of a query."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterable[Row]:
        """Like `all`, one row at a time, for results that should not be held whole."""


Unit = Callable[[Transaction], T]
"""A unit of work. It must not keep the transaction."""


class Connection(Transaction, Protocol):
    """What a store asks of an engine's connection: it begins and ends transactions as well."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. Engines may end one by themselves, on a full disk say."""

    def snapshot(self, unit: Unit[T]) -> T:
        """The result of a unit that changes nothing, and whose statements all see one moment."""

    def begin_reading(self) -> None:
        """Begin what `snapshot` does for one unit. Closing the connection ends it."""

    def begin_writing(self) -> None:
        """Begin a transaction, of which one runs at a time. Raises StoreBusy while another does."""

    def commit(self) -> None:
        """Make the transaction durable. Raises Unavailable with the code `store_outcome_unknown`
        when a crash decides what is kept."""

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""

    def close(self) -> None:
        """Close the connection, and undo what was not committed."""

    def never_wait(self) -> None:
        """Fail at once from now on where another connection holds a lock."""

    def change_mark(self) -> int:
        """A number that differs whenever another connection has committed since."""

    def open_log(self) -> None:
        """Make the engine's log of commits, if it has one and makes it with the first read."""

    def save_log(self) -> None:
        """Copy what only the log holds into the data, as far as that goes by itself."""

    def tables(self) -> tuple[str, ...]:
        """The names of the tables, in their order."""

    def triggers(self) -> dict[str, str]:
        """The triggers by name, as the statements that made them."""

    def replace_trigger(self, name: str, statement: str) -> None:
        """Create a trigger in place of one of that name, if there is one."""

    def damages(self, limit: int) -> list[str]:
        """What is damaged in the stored data, in the engine's words and at most `limit` of it."""

    def dangling(self) -> list[Row]:
        """Rows that refer to none: the table, the row's number if it has one, and the table
        referred to."""


class Turn(Protocol):
    """A place in front of the write lock, which one process has at a time. Nothing here waits."""

    def take(self) -> bool:
        """Whether the place is ours, now or since before: then the next turn is."""

    def leave(self) -> None:
        """Let another have the place."""

    def close(self) -> None:
        """Leave it for good. From now on there are no turns."""


class EngineError(Exception):
    """What the engine says of a statement that it could not run; `name` is its code for that."""

    def __init__(self, said: str, name: str = "") -> None:
        super().__init__(said)
        self.name = name


class BrokenRule(EngineError):
    """The schema refuses a change. `rule` is one of the names below, or what the engine says."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def engine_words(error: Unavailable) -> str | None:
    """What the engine said of the fault, for the log: it may name parts of the stored data."""
    cause = error.__cause__
    return f"{getattr(cause, 'name', '')}: {cause}" if cause else None


def outcome_unknown(reason: Unavailable) -> Unavailable:
    """The error of a commit that failed by `reason` when a crash decides whether it is kept."""
    unknown = Unavailable("store_outcome_unknown")
    unknown.__cause__ = reason
    return unknown


def reason_of(error: BaseException) -> BaseException:
    """The fault behind an unknown outcome; any other error itself."""
    is_unknown = isinstance(error, Unavailable) and error.code == "store_outcome_unknown"
    return error.__cause__ or error if is_unknown else error


TABLE_TAKEN = "table_taken"
"""The rule that no table is held twice at one time."""
TABLE_OCCUPIED = "table_occupied"
"""The rule that at a table where one party sits no second one is seated."""
EMAIL_IS_UNIQUE = "user_account.email is unique"
"""The rule that an address has one account. Every unique column's rule is called like this."""
