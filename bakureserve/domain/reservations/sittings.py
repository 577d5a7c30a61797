"""Which sittings a restaurant offers, and whether a requested one is among them.

One rule set answers both. From each service's opening a sitting can start every `slot_minutes` of
elapsed time, so a DST change neither skips nor repeats one. It lasts the party's turn time and fits
before closing whole; or, where the policy names a last seating, it starts no later than that and is
shortened to end at closing. A guest is offered the
part of this grid that starts at least the lead time from now, on service dates that the booking
horizon has reached.

All times are UTC; `seating` finds which tables are free.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.domain.localtime import at_minute, calendar_text, clock_text, local_date
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.hours import Service, service_at, services_on
from bakureserve.domain.restaurants.restaurant import (
    DAYS_REMEMBERED,
    LONGEST_SITTING,
    MINUTES_A_DAY,
    BookingPolicy,
    Restaurant,
)

STAFF_LOOKBACK = dt.timedelta(hours=24)
"""Staff may enter a sitting that began up to this long ago, to record a running service."""

SIZES_REMEMBERED = 50
"""Party sizes per restaurant whose durations are remembered."""

_MOMENT = dt.datetime.resolution
_start = attrgetter("start")


class Sitting(msgspec.Struct, frozen=True, gc=False):
    """A party at a table in [start, end); the table is held until `held_until`. In UTC."""

    start: dt.datetime
    end: dt.datetime
    held_until: dt.datetime
    service_date: dt.date


def sitting_of(booked: Reservation) -> Sitting:
    """The sitting of a reservation."""
    return Sitting(booked.start, booked.end, booked.held_until, booked.service_date)


def turn_minutes(policy: BookingPolicy, party_size: int) -> int:
    """How long a party sits: as long as the first turn time that reaches its size, or the last."""
    for turn in policy.turn_times:
        if party_size <= turn.up_to:
            return turn.minutes
    return policy.turn_times[-1].minutes


def party_limits(restaurant: Restaurant) -> tuple[int, int]:
    """The smallest and the largest party it takes; none is larger than the largest table."""
    policy = restaurant.policy
    largest = restaurant.tables_by_size[-1].capacity if restaurant.tables else 0
    if policy.max_party is not None:
        largest = min(largest, policy.max_party)
    return max(1, policy.min_party), largest


def check_party(restaurant: Restaurant, party_size: int) -> None:
    """Raises Invalid: venue_without_tables, party_too_small, party_too_large."""
    smallest, largest = party_limits(restaurant)
    if largest < 1:
        raise Invalid("venue_without_tables", field="restaurant_id", name=restaurant.name)
    if party_size < smallest:
        raise Invalid("party_too_small", field="party_size", smallest=smallest)
    if party_size > largest:
        raise Invalid("party_too_large", field="party_size", largest=largest)


def sittings_on(
    restaurant: Restaurant, service_date: dt.date, party_size: int
) -> tuple[Sitting, ...]:
    """The whole grid of a service date for a party, ascending, whatever the time is now."""
    grid = _grid(restaurant, party_size)
    return tuple(
        grid.sitting(service, start)
        for service in services_on(restaurant, service_date)
        for start in grid.starts(service)
    )


def booking_opens(restaurant: Restaurant, service_date: dt.date) -> dt.datetime:
    """When the horizon reaches a service date: local midnight, `horizon_days` before it."""
    remembered = restaurant.remembered.openings
    opens = remembered.get(service_date)
    if opens is None:
        if len(remembered) >= DAYS_REMEMBERED:
            remembered.clear()
        before = -restaurant.policy.horizon_days * MINUTES_A_DAY
        opens = remembered[service_date] = at_minute(service_date, before, restaurant.zone)
    return opens


def offered_on(
    restaurant: Restaurant, service_date: dt.date, party_size: int, now: dt.datetime
) -> tuple[Sitting, ...]:
    """The sittings of a service date that a guest can book at `now`, ascending.

    None for a party outside the restaurant's limits.
    """
    if not (_takes(restaurant, party_size) and _opened(restaurant, service_date, now)):
        return ()
    sittings = sittings_on(restaurant, service_date, party_size)
    return sittings[bisect_left(sittings, _first_start(restaurant, now), key=_start) :]


def next_change(
    restaurant: Restaurant, service_date: dt.date, party_size: int, now: dt.datetime
) -> dt.datetime | None:
    """The first instant after `now` at which `offered_on` changes; None if never.

    That is when the horizon reaches the date, or just after the first offered sitting's lead time
    has begun.
    """
    opens = booking_opens(restaurant, service_date)
    offered = offered_on(restaurant, service_date, party_size, max(now, opens))
    if not offered:
        return None
    return opens if now < opens else offered[0].start - _lead(restaurant) + _MOMENT


def offered_sitting(
    restaurant: Restaurant,
    party_size: int,
    start: dt.datetime,
    end: dt.datetime | None,
    now: dt.datetime,
) -> Sitting:
    """The offered sitting that a guest requests; `end` may be left out.

    Accepts exactly what `offered_on` lists. Otherwise raises Invalid with what would be accepted:
    party_too_small, party_too_large, venue_without_tables, end_before_start, start_in_past,
    start_too_soon, start_beyond_horizon, closed_that_day, outside_hours, service_too_short,
    after_last_seating, start_off_grid, end_not_offered.
    """
    check_party(restaurant, party_size)
    check_order(restaurant, start, end)
    sitting = sitting_in(
        restaurant, party_size, offered_service(restaurant, party_size, start, now), start
    )
    if end is not None and end != sitting.end:
        raise end_not_offered(restaurant, sitting.end)
    return sitting


def offered_service(
    restaurant: Restaurant, party_size: int, start: dt.datetime, now: dt.datetime
) -> Service:
    """The service in which a guest can book a sitting of any length from `start`.

    Raises Invalid as `offered_sitting` does for a start.
    """
    _check_lead(restaurant, start, now)
    service = service_at(restaurant, start)
    _check_horizon(restaurant, service, start, now)
    if service is None:
        raise _not_open(restaurant, start)
    _check_grid(restaurant, service, _grid(restaurant, party_size), start, now)
    return service


def sitting_in(
    restaurant: Restaurant,
    party_size: int,
    service: Service,
    start: dt.datetime,
    end: dt.datetime | None = None,
) -> Sitting:
    """The sitting of a service from `start` to `end`, or for the turn time shortened to closing."""
    return _grid(restaurant, party_size).sitting(service, start, end)


def staff_sitting(
    restaurant: Restaurant,
    party_size: int,
    start: dt.datetime,
    end: dt.datetime | None,
    now: dt.datetime,
) -> Sitting:
    """The sitting that staff request: any interval inside the hours, without grid, lead or horizon.

    It may have begun, but not more than STAFF_LOOKBACK ago. Without `end` it lasts the turn time,
    shortened to closing. Raises Invalid: party_too_small, party_too_large, venue_without_tables,
    end_before_start, start_in_past, closed_that_day, outside_hours, end_after_closing,
    sitting_too_long.
    """
    check_party(restaurant, party_size)
    check_order(restaurant, start, end)
    check_lookback(restaurant, start, now)
    return interval(restaurant, party_size, open_service(restaurant, start), start, end)


def check_lookback(restaurant: Restaurant, start: dt.datetime, now: dt.datetime) -> None:
    """Raises Invalid (start_in_past) for a start more than STAFF_LOOKBACK ago."""
    if start < now - STAFF_LOOKBACK:
        raise _in_past(restaurant, now - STAFF_LOOKBACK)


def open_service(restaurant: Restaurant, start: dt.datetime) -> Service:
    """The service that is open at `start`. Raises Invalid: closed_that_day, outside_hours."""
    service = service_at(restaurant, start)
    if service is None:
        raise _not_open(restaurant, start)
    return service


def interval(
    restaurant: Restaurant,
    party_size: int,
    service: Service,
    start: dt.datetime,
    end: dt.datetime | None,
) -> Sitting:
    """The sitting from `start` to `end`, if hours and schema allow it.

    Raises Invalid: end_after_closing, sitting_too_long.
    """
    sitting = sitting_in(restaurant, party_size, service, start, end)
    check_closing(restaurant, service, sitting.end)
    if sitting.held_until - start > LONGEST_SITTING:
        longest = LONGEST_SITTING // dt.timedelta(minutes=1) - restaurant.policy.buffer_minutes
        raise Invalid("sitting_too_long", field="end", longest_minutes=longest)
    return sitting


def check_closing(restaurant: Restaurant, service: Service, end: dt.datetime) -> None:
    """Raises Invalid (end_after_closing) if the restaurant closes before `end`."""
    if end > service.open_until:
        closes = calendar_text(service.open_until, restaurant.zone)
        raise Invalid("end_after_closing", field="end", closes=closes)


class _SlotGrid(msgspec.Struct, frozen=True):
    """The policy's durations for one party size."""

    slot: dt.timedelta
    turn: dt.timedelta
    buffer: dt.timedelta
    last_seating: dt.timedelta
    """How long before closing the last sitting can start."""

    @classmethod
    def of(cls, policy: BookingPolicy, party_size: int) -> _SlotGrid:
        turn = dt.timedelta(minutes=turn_minutes(policy, party_size))
        last = policy.last_seating_minutes
        return cls(
            dt.timedelta(minutes=policy.slot_minutes),
            turn,
            dt.timedelta(minutes=policy.buffer_minutes),
            turn if last is None else dt.timedelta(minutes=last),
        )

    def slots(self, service: Service) -> int:
        """How many sittings can start in a service."""
        latest = min(service.open_until - self.last_seating, service.closes - _MOMENT)
        return max(0, (latest - service.opens) // self.slot + 1)

    def starts(self, service: Service) -> Sequence[dt.datetime]:
        opens, slot = service.opens, self.slot
        return [opens + slot * number for number in range(self.slots(service))]

    def sitting(
        self, service: Service, start: dt.datetime, end: dt.datetime | None = None
    ) -> Sitting:
        end = end or min(start + self.turn, service.open_until)
        return Sitting(start, end, end + self.buffer, service.service_date)


def _grid(restaurant: Restaurant, party_size: int) -> _SlotGrid:
    remembered: dict[int, _SlotGrid] = restaurant.remembered.grids
    grid = remembered.get(party_size)
    if grid is None:
        if len(remembered) >= SIZES_REMEMBERED:
            remembered.clear()
        grid = remembered[party_size] = _SlotGrid.of(restaurant.policy, party_size)
    return grid


def _takes(restaurant: Restaurant, party_size: int) -> bool:
    smallest, largest = party_limits(restaurant)
    return smallest <= party_size <= largest


def _opened(restaurant: Restaurant, service_date: dt.date, now: dt.datetime) -> bool:
    return booking_opens(restaurant, service_date) <= now


def _lead(restaurant: Restaurant) -> dt.timedelta:
    return dt.timedelta(minutes=restaurant.policy.lead_minutes)


def _first_start(restaurant: Restaurant, now: dt.datetime) -> dt.datetime:
    return now + _lead(restaurant)


def check_order(restaurant: Restaurant, start: dt.datetime, end: dt.datetime | None) -> None:
    """Raises Invalid (end_before_start) unless `end` is later than `start`."""
    if end is not None and end <= start:
        shown = calendar_text(start, restaurant.zone)
        raise Invalid("end_before_start", field="end", start=shown)


def end_not_offered(restaurant: Restaurant, offered: dt.datetime) -> Invalid:
    """The error for an end, with the one that is offered."""
    return Invalid(
        "end_not_offered", field="end", offered=offered.astimezone(restaurant.zone).isoformat()
    )


def _check_lead(restaurant: Restaurant, start: dt.datetime, now: dt.datetime) -> None:
    first = _first_start(restaurant, now)
    if start < now:
        raise _in_past(restaurant, first)
    if start < first:
        raise Invalid(
            "start_too_soon",
            field="start",
            lead_minutes=restaurant.policy.lead_minutes,
            earliest=_whole_minute(restaurant, first),
        )


def _check_horizon(
    restaurant: Restaurant, service: Service | None, start: dt.datetime, now: dt.datetime
) -> None:
    date = service.service_date if service else local_date(start, restaurant.zone)
    if not _opened(restaurant, date, now):
        days = restaurant.policy.horizon_days
        latest = local_date(now, restaurant.zone) + dt.timedelta(days=days)
        raise Invalid(
            "start_beyond_horizon",
            field="start",
            horizon_days=days,
            latest=latest.isoformat(),
        )


def _check_grid(
    restaurant: Restaurant, service: Service, grid: _SlotGrid, start: dt.datetime, now: dt.datetime
) -> None:
    starts = grid.slots(service)
    if not starts:
        minutes = grid.turn // dt.timedelta(minutes=1)
        raise Invalid("service_too_short", field="start", minutes=minutes)
    before, beyond = divmod(start - service.opens, grid.slot)
    if before >= starts or (before == starts - 1 and beyond):
        latest = clock_text(service.opens + grid.slot * (starts - 1), restaurant.zone)
        raise Invalid("after_last_seating", field="start", latest=latest)
    if beyond:
        around = [service.opens + grid.slot * number for number in (before, before + 1)]
        first = _first_start(restaurant, now)
        nearest = [clock_text(moment, restaurant.zone) for moment in around if moment >= first]
        raise Invalid("start_off_grid", field="start", nearest=nearest)


def _in_past(restaurant: Restaurant, earliest: dt.datetime) -> Invalid:
    return Invalid("start_in_past", field="start", earliest=_whole_minute(restaurant, earliest))


def _whole_minute(restaurant: Restaurant, earliest: dt.datetime) -> str:
    """Rounded up, so that what is shown is not too early itself."""
    return calendar_text(earliest + dt.timedelta(minutes=1) - _MOMENT, restaurant.zone)


def _not_open(restaurant: Restaurant, start: dt.datetime) -> Invalid:
    date = local_date(start, restaurant.zone)
    services = services_on(restaurant, date)
    if not services:
        return Invalid("closed_that_day", field="start", date=date.isoformat())
    zone = restaurant.zone
    hours = [
        f"{clock_text(service.opens, zone)}–{clock_text(service.closes, zone)}"
        for service in services
    ]
    return Invalid("outside_hours", field="start", date=date.isoformat(), hours=hours)
