"""Lists and counts of reservations: by filter and page, or unsettled."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, NamedTuple

import msgspec

from bakureserve.domain.reservations.attention import NOT_SETTLED
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE, Reservation, Status
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.store.codec import NO_LIMIT, further, marked, one_of, to_us
from bakureserve.store.reservations.reservations import COLUMNS, FROM, from_row
from bakureserve.store.transaction import Transaction

_FIRST_US = -(2**63)
_UNSETTLED = (
    f"r.status {one_of(HOLDS_A_TABLE)} and (r.source <> 'import' or r.status = 'seated'"
    " or r.held_until > coalesce((select max(at) from import_run), 0)"
    f" or {marked(NOT_SETTLED)})"
)
_IS_BOOKED = further("r.status = 'booked'")
_HOUR_US = 3600 * 1_000_000

_AROUND = dt.timedelta(hours=48)
"""Wide enough for today's service anywhere on earth; read by the index on `starts_at`."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which reservations to list; None does not restrict.

    Those of `or_restaurants` come beside those of `owner_id`, hidden or not.
    """

    owner_id: str | None = None
    restaurant_id: str | None = None
    service_date: dt.date | None = None
    status: Status | None = None
    hidden: bool | None = None
    or_restaurants: tuple[str, ...] = ()


class ListPosition(msgspec.Struct, frozen=True):
    """A place in a list ordered by start and id: where the next page goes on."""

    starts_at: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    id: str


def position_of(reservation: Reservation) -> ListPosition:
    return ListPosition(to_us(reservation.start), reservation.id)


class DayCount(NamedTuple):
    """Reservations of one restaurant, service date and status, and their covers."""

    restaurant_id: str
    service_date: str
    status: str
    reservations: int
    covers: int


def days_around(transaction: Transaction, now: dt.datetime) -> list[DayCount]:
    """The counts of the days about `now`, of every restaurant."""
    rows = transaction.all(
        "select restaurant_id, service_date, status, count(*), sum(party_size) from reservation"
        " where starts_at between ? and ? group by 1, 2, 3",
        (to_us(now - _AROUND), to_us(now + _AROUND)),
    )
    return [DayCount(*row) for row in rows]


def page(
    transaction: Transaction,
    wanted: Filter,
    *,
    after: ListPosition | None = None,
    limit: int | None = None,
) -> list[Reservation]:
    """Reservations by start and id, beyond `after`, at most `limit`."""
    asked, parameters = _asked(wanted, after, NO_LIMIT if limit is None else limit)
    rows = transaction.all(
        f"select {COLUMNS}{FROM}{asked} order by r.starts_at, r.id limit ?", parameters
    )
    return [from_row(row) for row in rows]


def to_come(transaction: Transaction, restaurant_id: str, now: dt.datetime) -> list[Reservation]:
    """The restaurant's booked parties whose sitting is not over, by start and id."""
    rows = transaction.all(
        f"select {COLUMNS}{FROM} where r.restaurant_id = ? and r.starts_at > ? and r.ends_at > ?"
        f" and {_IS_BOOKED} order by r.starts_at, r.id",
        (restaurant_id, to_us(now - LONGEST_SITTING), to_us(now)),
    )
    return [from_row(row) for row in rows]


def unsettled_on(
    transaction: Transaction, restaurant_id: str, service_date: dt.date
) -> list[Reservation]:
    """Those of a service date that are still booked or seated, but for what was over already when
    it was imported."""
    earliest, latest = _instants_of(service_date)
    rows = transaction.all(
        f"select {COLUMNS}{FROM} where r.restaurant_id = ? and r.starts_at between ? and ?"
        f" and r.service_date = ? and {_UNSETTLED} order by r.starts_at, r.id",
        (restaurant_id, earliest, latest, service_date.isoformat()),
    )
    return [from_row(row) for row in rows]


def open_days(
    transaction: Transaction,
    *,
    since: dt.datetime | None,
    until: dt.datetime,
    restaurant: str | None,
    flagged: bool,
) -> list[tuple[str, dt.date]]:
    """The restaurants (or one) and service dates that have reservations from `since` on which
    began before `until` and are still booked or seated; unless `flagged`, without those that wait
    for a person to settle them."""
    of_one = " and r.restaurant_id = ?" if restaurant else ""
    unflagged = "" if flagged else f" and (r.status = 'seated' or not {marked(NOT_SETTLED)})"
    rows = transaction.all(
        "select distinct r.restaurant_id, r.service_date from reservation r"
        f" where r.starts_at >= ? and r.starts_at < ?{of_one} and {_UNSETTLED}{unflagged}"
        " order by r.service_date, r.restaurant_id",
        (
            _FIRST_US if since is None else to_us(since),
            to_us(until),
            *([restaurant] if restaurant else ()),
        ),
    )
    return [(id_, dt.date.fromisoformat(day)) for id_, day in rows]


def count(transaction: Transaction, wanted: Filter) -> int:
    """How many `page` would list without a limit."""
    asked, parameters = _asked(wanted, None, NO_LIMIT)
    row = transaction.one(f"select count(*) from reservation r{asked} limit ?", parameters)
    return int(row[0]) if row else 0


def _asked(wanted: Filter, after: ListPosition | None, limit: int) -> tuple[str, list[Any]]:
    """What to look for, and the parameters of that and of a limit behind it.

    Of several restaurants each and the owner are looked up by themselves, in the order of their
    indexes and no farther than the limit, so that a page costs a page.
    """
    if not wanted.or_restaurants:
        where, parameters = _where(wanted, after)
        return where, [*parameters, limit]
    own = msgspec.structs.replace(wanted, or_restaurants=())
    parts = [own, *(_of_restaurant(own, restaurant) for restaurant in wanted.or_restaurants)]
    selects, together = [], []
    for part in parts:
        where, parameters = _where(part, after)
        selects.append(
            "select * from (select r.id from reservation r"
            f"{where} order by r.starts_at, r.id limit ?) as part"
        )
        together += [*parameters, limit]
    return f" where r.id in ({' union '.join(selects)})", [*together, limit]


def _of_restaurant(own: Filter, restaurant: str) -> Filter:
    return msgspec.structs.replace(own, owner_id=None, hidden=None, restaurant_id=restaurant)


def _where(wanted: Filter, after: ListPosition | None) -> tuple[str, list[Any]]:
    conditions, parameters = _conditions(wanted)
    if after is not None:
        conditions.append("(r.starts_at, r.id) > (?, ?)")
        parameters += [after.starts_at, after.id]
    return (f" where {' and '.join(conditions)}" if conditions else ""), parameters


def _conditions(wanted: Filter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    for column, value in (  # those first that lead to fewer
        ("owner_id", wanted.owner_id),
        ("restaurant_id", wanted.restaurant_id),
        ("status", wanted.status),
        ("hidden", wanted.hidden),
    ):
        if value is not None:
            condition = f"r.{column} = ?"
            conditions.append(further(condition) if conditions else condition)
            parameters.append(value)
    if wanted.service_date is not None:
        earliest, latest = _instants_of(wanted.service_date)
        conditions.append("r.starts_at between ? and ? and r.service_date = ?")
        parameters += [earliest, latest, wanted.service_date.isoformat()]
    return conditions, parameters


def _instants_of(service_date: dt.date) -> tuple[int, int]:
    """Bounds on when a sitting of that date can start anywhere on earth, for the index to use.

    Zones reach from UTC-12 to UTC+14, and a service may run a day past its date.
    """
    midnight = to_us(dt.datetime.combine(service_date, dt.time(), dt.UTC))
    return midnight - 14 * _HOUR_US, midnight + 60 * _HOUR_US
