"""The booking rules once more, as simply as they can be said: one restaurant, one list.

Slow on purpose: every question is answered by looking at all bookings, so that there is no index,
cache or revision to be wrong. It refuses with the same families of errors as the program.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Forbidden, Invalid, NotFound
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant, TurnTime
from tests.kit.builders import a_restaurant, some_hours, some_tables
from tests.kit.houses import SAHIL

BAKU = dt.timezone(dt.timedelta(hours=4))
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
SLOT, BUFFER, LEAD, LAST_SEATING = 30 * MINUTE, 15 * MINUTE, 15 * MINUTE, 60 * MINUTE
CANCELLATION = 120 * MINUTE
HORIZON_DAYS = 3
MOST_BOOKINGS = 4
OVERSTAY = 30 * MINUTE
CAPACITY = {"t1": 2, "t2": 4, "t3": 4, "t4": 6}
LUNCH, DINNER = (10 * 60, 15 * 60), (18 * 60, 23 * 60)

ALIVE = {"booked", "seated"}
STATUS_CHANGES = {
    "confirm": {"cancelled": "booked", "booked": "booked"},
    "cancel": {"booked": "cancelled", "cancelled": "cancelled"},
    "seat": {"booked": "seated"},
    "complete": {"seated": "completed"},
    "no_show": {"booked": "no_show"},
    "undo": {"seated": "booked", "completed": "seated", "no_show": "booked"},
}

Sitting = tuple[dt.datetime, dt.datetime]


def model_house(closed: set[dt.date] | frozenset[dt.date] = frozenset()) -> Restaurant:
    """The restaurant that the model is a model of, closed on some dates."""
    return a_restaurant(
        hours=some_hours(
            "10:00-15:00 18:00-23:00", special={day.isoformat(): "" for day in closed}
        ),
        tables=some_tables(*CAPACITY.values()),
        turn_times=(TurnTime(up_to=2, minutes=90), TurnTime(up_to=6, minutes=120)),
        slot_minutes=SLOT // MINUTE,
        buffer_minutes=BUFFER // MINUTE,
        lead_minutes=LEAD // MINUTE,
        cancellation_minutes=CANCELLATION // MINUTE,
        last_seating_minutes=LAST_SEATING // MINUTE,
        horizon_days=HORIZON_DAYS,
    )


@dataclass(frozen=True, kw_only=True)
class Booked:
    """What the model knows of a reservation."""

    owner: str | None
    party: int
    table: str | None
    start: dt.datetime
    end: dt.datetime
    status: str = "booked"
    name: str = "Aysel"
    late: bool = False
    hidden: bool = False
    by: str | None = None
    stranded: bool = False
    unsettled: bool = False
    pinned: bool = False
    version: int = 1

    @classmethod
    def of(cls, reservation: Reservation) -> Booked:
        """What the program says, as the model would say it."""
        assert reservation.held_until == reservation.end + BUFFER
        assert reservation.service_date == reservation.start.astimezone(BAKU).date()
        return cls(
            owner=reservation.owner_id,
            party=reservation.party_size,
            table=reservation.table_id,
            start=reservation.start,
            end=reservation.end,
            status=reservation.status,
            name=reservation.guest_name,
            late=reservation.cancelled_late,
            hidden=reservation.hidden,
            by=reservation.cancelled_by,
            stranded="closed_that_day" in reservation.attention,
            unsettled="not_settled" in reservation.attention,
            pinned=reservation.pinned,
            version=reservation.version,
        )

    def is_seen_by(self, guest: Actor) -> bool:
        return self.owner == guest.subject and not self.hidden


@dataclass
class Model:
    """Every reservation by its id, since when those that sit do so, and the dates on which the
    house is closed."""

    clock: Callable[[], dt.datetime]
    bookings: dict[str, Booked] = field(default_factory=dict)
    seated_at: dict[str, dt.datetime] = field(default_factory=dict)
    closed: set[dt.date] = field(default_factory=set)

    def create(self, actor: Actor, asked: dict[str, Any], now: dt.datetime) -> Booked:
        """The booking that should come of it. Not yet in the list: only the program names it."""
        start, end = self._sitting(actor, asked["party_size"], asked["start"], asked["end"], now)
        self._require_room(actor, (start, end))
        table = self._table(asked["party_size"], (start, end), asked["table_id"])
        owner = None if _is_staff(actor) else actor.subject
        return Booked(
            owner=owner,
            party=asked["party_size"],
            table=table,
            start=start,
            end=end,
            pinned=asked["table_id"] is not None,
        )

    def change(self, actor: Actor, id_: str, wanted: dict[str, Any], now: dt.datetime) -> Booked:
        before = self.visible(actor, id_)
        if before.status not in ALIVE:
            raise Conflict("not alive")
        begun = before.status == "seated" or before.start <= now
        if begun and not _is_staff(actor) and _is_news(before, wanted):
            raise Conflict("begun")
        party = wanted.get("party_size", before.party)
        sitting = self._retimed(actor, before, party, wanted, now)
        if sitting != (before.start, before.end):
            self._require_room(actor, sitting, but=id_)
        table = self._table_after(id_, party, sitting, wanted)
        after = replace(
            before,
            party=party,
            table=table,
            start=sitting[0],
            end=sitting[1],
            name=wanted.get("guest_name", before.name),
            stranded=before.stranded and sitting == (before.start, before.end),
            unsettled=before.unsettled and sitting == (before.start, before.end),
        )
        after = replace(after, pinned=_is_pinned(before, after, wanted))
        if after.status == "seated" and self._somebody_else_sits_at(after.table, id_):
            raise Conflict("occupied")
        if after != before:  # asking for what is so already changes nothing
            self.bookings[id_] = replace(after, version=before.version + 1)
        return self.bookings[id_]

    def act(self, actor: Actor, id_: str, action: str, now: dt.datetime) -> Booked:
        before = self.visible(actor, id_)
        if action not in {"cancel", "confirm"} and not _is_staff(actor):
            raise Forbidden("staff only")
        status = STATUS_CHANGES[action].get(before.status)
        if status is None:
            raise Conflict("no such change")
        if status == before.status:
            return before
        if action == "cancel":
            return self._cancel(actor, id_, now)
        self._can_be_true(action, before, now)
        if status in ALIVE and before.status not in ALIVE:
            self._require_free(actor, action, before, now)
        if status == "seated":
            self._sit_down(id_, now)
        after = _stepped(before, status)
        if action == "confirm":
            after = replace(after, late=False, hidden=False, by=None)
        self.bookings[id_] = replace(after, stranded=self._is_stranded(after, now))
        return self.bookings[id_]

    def _is_stranded(self, booked: Booked, now: dt.datetime) -> bool:
        """Whether it is to come on a date on which the house is closed by now."""
        to_come = booked.status == "booked" and now < booked.end
        return to_come and booked.start.astimezone(BAKU).date() in self.closed

    def _require_free(self, actor: Actor, action: str, before: Booked, now: dt.datetime) -> None:
        if action == "confirm":
            self._require_bookable(actor, before, now)
        if before.table not in self.free((before.start, before.end)):
            raise Conflict("taken")

    def _cancel(self, actor: Actor, id_: str, now: dt.datetime, *, hidden: bool = False) -> Booked:
        before = self.bookings[id_]
        if before.end <= now:
            raise Conflict("over")
        self.bookings[id_] = replace(
            _stepped(before, "cancelled"),
            late=_is_late(before, now),
            hidden=hidden,
            by="staff" if _is_staff(actor) else "guest",
        )
        return self.bookings[id_]

    def settle(self, actor: Actor, date: dt.date, how: str, now: dt.datetime) -> int:
        """Close a day; how many bookings that changed."""
        if not _is_staff(actor):
            raise Forbidden("staff only")
        midnight = dt.datetime.combine(date + DAY, dt.time(), BAKU)
        if now < max((closes for _, closes in self._services(date)), default=midnight):
            raise Conflict("too early")
        before = dict(self.bookings)
        for id_, booked in before.items():
            if booked.start.astimezone(BAKU).date() == date and booked.status in ALIVE:
                self.bookings[id_] = _settled(booked, how)
        return sum(self.bookings[id_] != before[id_] for id_ in before)

    def _require_bookable(self, actor: Actor, before: Booked, now: dt.datetime) -> None:
        if not _is_staff(actor) and before.by == "staff":
            raise Conflict("not the guest's")
        self._require_room(actor, (before.start, before.end))
        try:
            closes = self._closing(before.start)
            if _is_staff(actor):
                if before.start < now - DAY:
                    raise Invalid("long ago")
            else:
                self._require_offered(before.party, before.start, now)
            if before.end > closes:
                raise Invalid("beyond closing")
        except Invalid as refusal:
            raise Conflict("not bookable") from refusal

    def _require_room(self, guest: Actor, sitting: Sitting, *, but: str = "") -> None:
        """A guest has so many bookings to come, and none that overlap."""
        if _is_staff(guest):
            return
        others = [
            other
            for id_, other in self.bookings.items()
            if id_ != but
            and other.owner == guest.subject
            and other.status in ALIVE
            and other.end > self.clock()
        ]
        if any(other.start < sitting[1] and sitting[0] < other.end for other in others):
            raise Conflict("already booked")
        if not but and sum(other.status == "booked" for other in others) >= MOST_BOOKINGS:
            raise Conflict("too many")

    def _can_be_true(self, action: str, booked: Booked, now: dt.datetime) -> None:
        date, today = booked.start.astimezone(BAKU).date(), now.astimezone(BAKU).date()
        if action == "no_show" and now < booked.start:
            raise Conflict("too early")
        if action in {"seat", "complete"} and today < date:
            raise Conflict("too early")
        if (action == "seat" or booked.status == "completed") and today > date:
            raise Conflict("day over")

    def _sit_down(self, id_: str, now: dt.datetime) -> None:
        if self._somebody_else_sits_at(self.bookings[id_].table, id_):
            raise Conflict("occupied")
        self.seated_at[id_] = now

    def _somebody_else_sits_at(self, table: str | None, id_: str) -> bool:
        return any(
            other.status == "seated" and other.table == table
            for other_id, other in self.bookings.items()
            if other_id != id_
        )

    def remove(self, actor: Actor, id_: str, now: dt.datetime) -> Booked:
        found = self.visible(actor, id_)
        if _is_staff(actor):
            if found.status == "no_show":
                raise Conflict("kept")
            return self.bookings.pop(id_)
        if found.status not in {"booked", "cancelled"}:
            raise Conflict("a visit")
        if found.status == "booked" and found.end <= now:
            raise Conflict("over")
        if not (found.late or _is_late(found, now)):
            return self.bookings.pop(id_)
        if found.status == "booked":
            return self._cancel(actor, id_, now, hidden=True)
        self.bookings[id_] = replace(found, hidden=True, version=found.version + 1)
        return self.bookings[id_]

    def close_or_open(self, date: dt.date, now: dt.datetime) -> None:
        """The house is closed on a date when it was open; those to come are marked, or not."""
        self.closed ^= {date}
        for id_, booked in self.bookings.items():
            stranded = booked.start.astimezone(BAKU).date() in self.closed
            if booked.status == "booked" and booked.end > now and booked.stranded != stranded:
                after = replace(booked, stranded=stranded, version=booked.version + 1)
                self.bookings[id_] = after

    def visible(self, actor: Actor, id_: str) -> Booked:
        found = self.bookings.get(id_)
        if found is None or not (_is_staff(actor) or found.is_seen_by(actor)):
            raise NotFound("unknown")
        return found

    def offered(self, date: dt.date, party: int, now: dt.datetime) -> list[Sitting]:
        """The sittings a guest can book, whether or not a table is free."""
        if date - HORIZON_DAYS * DAY > now.astimezone(BAKU).date() or not _takes(party):
            return []
        return [
            (start, min(start + _turn(party), closes))
            for opens, closes in self._services(date)
            for start in _every(SLOT, opens, closes - LAST_SEATING)
            if start >= now + LEAD
        ]

    def free(self, sitting: Sitting, *, but: str = "") -> list[str]:
        """The tables nobody has at that time, smallest first."""
        start, end = sitting
        kept = {
            other.table
            for id_, other in self.bookings.items()
            if id_ != but
            and other.status == "seated"
            and self.seated_at[id_] < end + BUFFER
            and start < self._sits_until(other)
        }
        taken = {
            other.table
            for id_, other in self.bookings.items()
            if id_ != but
            and other.status in ALIVE
            and other.start < end + BUFFER
            and start < other.end + BUFFER
        }
        had = self.bookings.get(but)
        if had and had.start <= start and end <= had.end:
            kept -= {had.table}  # who was there first on paper keeps it
        return [table for table in CAPACITY if table not in taken | kept]

    def _sits_until(self, party: Booked) -> dt.datetime:
        """Until when a party that sits is sure to keep its table."""
        now = self.clock()
        closes = [
            closes
            for opens, closes in self._services(party.start.astimezone(BAKU).date())
            if opens <= party.start < closes
        ]
        return max(party.end + BUFFER, min([now + OVERSTAY, *closes]))

    def _sitting(
        self,
        actor: Actor,
        party: int,
        start: dt.datetime,
        end: dt.datetime | None,
        now: dt.datetime,
    ) -> Sitting:
        if not _takes(party) or (end is not None and end <= start):
            raise Invalid("party or end")
        if not _is_staff(actor):
            for sitting in self.offered(start.astimezone(BAKU).date(), party, now):
                if sitting[0] == start and end in {None, sitting[1]}:
                    return sitting
            raise Invalid("not offered")
        for opens, closes in self._services(start.astimezone(BAKU).date()):
            if opens <= start < closes and start >= now - DAY:
                end = end or min(start + _turn(party), closes)
                if end <= closes:
                    return start, end
        raise Invalid("outside the hours")

    def _retimed(
        self, actor: Actor, before: Booked, party: int, wanted: dict[str, Any], now: dt.datetime
    ) -> Sitting:
        start, end = wanted.get("start", before.start), wanted.get("end")
        _require_taken(before, party)
        if start == before.start and end in {None, before.end}:
            return before.start, before.end
        if start != before.start and before.status == "seated":
            raise Conflict("seated")
        if end is not None and end <= start:
            raise Invalid("end")
        closes, moved = self._closing(start), start != before.start
        kept = min(start + (before.end - before.start), closes)
        if _is_staff(actor):
            if (end or kept) > closes or (moved and start < now - DAY):
                raise Invalid("beyond the hours or long ago")
            return start, end or kept
        if moved:
            self._require_offered(party, start, now)
        if end not in {None, kept, min(start + _turn(party), closes)}:
            raise Invalid("not the offered end")
        return start, end or kept

    def _closing(self, start: dt.datetime) -> dt.datetime:
        for opens, closes in self._services(start.astimezone(BAKU).date()):
            if opens <= start < closes:
                return closes
        raise Invalid("not open")

    def _require_offered(self, party: int, start: dt.datetime, now: dt.datetime) -> None:
        date = start.astimezone(BAKU).date()
        if start not in [sitting[0] for sitting in self.offered(date, party, now)]:
            raise Invalid("not offered")

    def _table_after(self, id_: str, party: int, sitting: Sitting, wanted: dict[str, Any]) -> str:
        before = self.bookings[id_]
        named, own, seated = wanted.get("table_id"), before.table, before.status == "seated"
        same = (party, sitting) == (before.party, (before.start, before.end))
        if own and same and ("table_id" not in wanted or named == own):
            return own
        outgrown = party != before.party and party > CAPACITY.get(own or "", 0)
        keeps = seated if named is None else named == own
        if own and keeps and not outgrown and own in self.free(sitting, but=id_):
            return own
        if seated and named is None:
            raise Conflict("the party sits")
        kept = None if outgrown or "table_id" in wanted else own
        return self._table(party, sitting, named, kept=kept, but=id_)

    def _table(
        self,
        party: int,
        sitting: Sitting,
        asked: str | None,
        *,
        kept: str | None = None,
        but: str = "",
    ) -> str:
        if asked is not None and party > CAPACITY.get(asked, 0):
            raise Invalid("no such table, or too small")
        free = [table for table in self.free(sitting, but=but) if CAPACITY[table] >= party]
        if asked is not None:
            free = [table for table in free if table == asked]
        if not free:
            raise Conflict("taken")
        return kept if kept in free else free[0]

    def _services(self, date: dt.date) -> Iterator[Sitting]:
        midnight = dt.datetime.combine(date, dt.time(), BAKU).astimezone(dt.UTC)
        for opens, closes in () if date in self.closed else (LUNCH, DINNER):
            yield midnight + opens * MINUTE, midnight + closes * MINUTE


def _is_pinned(before: Booked, after: Booked, wanted: dict[str, Any]) -> bool:
    """Whoever names a table wants that one; another that it is moved to is nobody's wish."""
    moves = {name: value for name, value in wanted.items() if name != "guest_name"}
    if "table_id" in wanted and _is_news(before, moves):
        return wanted["table_id"] is not None
    return before.pinned and after.table == before.table


def _stepped(before: Booked, status: str) -> Booked:
    """With another status, which ends all that was to be looked at."""
    return replace(
        before, status=status, stranded=False, unsettled=False, version=before.version + 1
    )


def _settled(booked: Booked, how: str) -> Booked:
    if booked.status == "seated" or how == "came":
        return _stepped(booked, "completed")
    if how == "no_show":
        return _stepped(booked, "no_show")
    if booked.unsettled:
        return booked
    return replace(booked, unsettled=True, version=booked.version + 1)


def _is_staff(actor: Actor) -> bool:
    return actor.kind == "admin" or SAHIL.id in actor.restaurants


def _takes(party: int) -> bool:
    return 1 <= party <= max(CAPACITY.values())


def _is_late(booked: Booked, now: dt.datetime) -> bool:
    return now >= booked.start - CANCELLATION


def _is_news(before: Booked, wanted: dict[str, Any]) -> bool:
    present = {
        "guest_name": before.name,
        "party_size": before.party,
        "start": before.start,
        "end": before.end,
        "table_id": before.table,
    }
    return any(value != present[name] for name, value in wanted.items())


def _require_taken(before: Booked, party: int) -> None:
    if party != before.party and not _takes(party):
        raise Invalid("party")


def _turn(party: int) -> dt.timedelta:
    return (90 if party <= 2 else 120) * MINUTE


def _every(step: dt.timedelta, first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    while first <= last:
        yield first
        first += step
