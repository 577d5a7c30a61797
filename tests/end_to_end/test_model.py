"""Random operations on two runtimes over one database file, against the simple model.

The two stand for two processes: each has caches of its own, and neither is told what the other
does.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Invalid, ReserveError
from bakureserve.domain.reservations.lifecycle import ACTIONS, Action, Unsettled
from bakureserve.domain.reservations.reservation import BookingChange, BookingRequest, Reservation
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.services.reservations.idempotency import IdempotentCall
from bakureserve.settings import Settings
from bakureserve.store.maintenance.check import check
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.reservations.reservation_lists import Filter
from tests.end_to_end.model import (
    BAKU,
    CAPACITY,
    DAY,
    MINUTE,
    MOST_BOOKINGS,
    Booked,
    Model,
    model_house,
)
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import NOW, SetClock, furnish

RUNS, STEPS = int(os.environ.get("MODEL_RUNS", "50")), 100
OPERATIONS = 91 * RUNS

SIDES = st.integers(0, 1)
ACTORS = st.sampled_from([GUEST, OTHER_GUEST, HOST, ADMIN])
PARTIES = st.sampled_from([2, 2, 3, 4, 4, 5, 6, 1, 2, 3, 7, 0])
RECENT = st.integers(0, 9)
"""How far back in the list of bookings; the last one stands for a booking that is not there."""
TABLES = st.sampled_from([None, *CAPACITY, "t9"])
DAYS = st.sampled_from([1, 1, 1, 0, 0, 0, 0, 0, 2, 3, -1, 4])
OFTEN_ON_THE_GRID = st.sampled_from([*range(1080, 1320 + 1, 30)] * 2 + [600, 630, 570, 613, 900])
STARTS = st.tuples(DAYS, OFTEN_ON_THE_GRID)
LASTS = st.sampled_from([None, None, None, 90, 120, -30, 300])
WRITINGS = st.sampled_from([BAKU, dt.UTC, None])

Outcome = tuple[str, Any]


def _has_bookings(machine: BookingMachine) -> bool:
    return bool(machine.ids)


def _has_keys(machine: BookingMachine) -> bool:
    return bool(machine.kept)


class BookingMachine(RuleBasedStateMachine):
    """Each rule does one thing to both, and compares what came of it."""

    def __init__(self, template: Path, done: Counter[str]) -> None:
        super().__init__()
        self.done = done
        self.folder = Path(tempfile.mkdtemp(dir=template.parent))
        self.house = Settings(data_dir=self.folder, seed=False, bookings_per_guest=MOST_BOOKINGS)
        shutil.copy(template, self.house.database_path)
        self.clock = SetClock(NOW)
        self.model = Model(self.clock)
        self.ids: list[str] = []
        self.gone = "never there"
        self.kept: list[
            tuple[Actor, dict[str, Any], IdempotentCall[Reservation], Answer | None]
        ] = []
        self.numbers = itertools.count(1)
        self.runner = asyncio.Runner()
        self.open = AsyncExitStack()
        self.runtimes = [self.run(self._opened()) for _ in range(2)]

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    async def _opened(self) -> Runtime:
        return await self.open.enter_async_context(open_runtime(self.house, clock=self.clock))

    def teardown(self) -> None:
        try:
            for runtime in self.runtimes:
                self._list(runtime, ADMIN)
            found = check(self.house.database_path, self.clock())
            assert [finding for finding in found if finding.level == "fault"] == []
        finally:
            self.run(self.open.aclose())
            self.runner.close()
            shutil.rmtree(self.folder)

    @initialize(minutes=st.integers(0, 1440))
    def begin_some_time(self, minutes: int) -> None:
        self.clock.pass_minutes(minutes)

    @rule(side=SIDES, actor=ACTORS, party=PARTIES, start=STARTS, lasts=LASTS, table=TABLES,
          writing=WRITINGS)  # fmt: skip
    def create(self, side: int, actor: Actor, writing: dt.tzinfo | None, **asked: Any) -> None:
        request = self._request(**asked)
        booked = self._agree(
            "create",
            lambda: self.model.create(actor, request, self.clock()),
            self._create(side, actor, request, writing),
        )
        if booked is not None:
            self._know(*booked)

    @rule(actor=ACTORS, party=PARTIES, start=STARTS, table=TABLES)
    def create_on_both_sides_at_once(self, actor: Actor, **asked: Any) -> None:
        """One actor on both, since nobody can say who will be first."""
        request = self._request(lasts=None, **asked)

        async def both() -> list[Any]:
            return await asyncio.gather(
                *(self._create(side, actor, request, BAKU) for side in (0, 1)),
                return_exceptions=True,
            )

        # Whoever has a table came first; of two who have, whoever has the smaller one.
        results = self.run(both())
        for result in sorted(results, key=lambda each: getattr(each, "table_id", "without")):
            expected = _outcome(lambda: self.model.create(actor, request, self.clock()))
            self.done[f"create at once: {expected[0]}"] += 1
            assert _seen(result) == expected
            if isinstance(result, Reservation):
                self._know(result, expected[1])

    @rule(side=SIDES, actor=ACTORS, party=PARTIES, start=STARTS, table=TABLES)
    def create_with_a_key(self, side: int, actor: Actor, **asked: Any) -> None:
        request = self._request(lasts=None, **asked)
        once = _once(actor, f"key-{next(self.numbers)}", request)
        booked = self._agree(
            "create with a key",
            lambda: self.model.create(actor, request, self.clock()),
            self._create(side, actor, request, BAKU, once),
        )
        if booked is not None:
            self._know(*booked)
            self.kept.append((actor, request, once, once.answer))

    @precondition(_has_keys)
    @rule(side=SIDES, which=RECENT)
    def retry(self, side: int, which: int) -> None:
        self.done["retry"] += 1
        actor, request, once, answer = self.kept[-1 - which % len(self.kept)]
        assert self.run(self._create(side, actor, request, BAKU, once)) == answer

    @precondition(_has_keys)
    @rule(side=SIDES, which=RECENT)
    def use_a_key_for_something_else(self, side: int, which: int) -> None:
        self.done["reuse a key"] += 1
        actor, request, once, _ = self.kept[-1 - which % len(self.kept)]
        other = msgspec.structs.replace(once, fingerprint=b"another request")
        with pytest.raises(Invalid):
            self.run(self._create(side, actor, request, BAKU, other))

    @precondition(_has_bookings)
    @rule(
        side=SIDES, actor=ACTORS, which=RECENT,
        wanted=st.fixed_dictionaries({}, optional={
            "party_size": PARTIES, "start": STARTS, "lasts": LASTS, "table_id": TABLES,
            "guest_name": st.sampled_from(["Nigar", "Elçin"]),
        }),
    )  # fmt: skip
    def change(self, side: int, actor: Actor, which: int, wanted: dict[str, Any]) -> None:
        id_, wanted = self._id(which), dict(wanted)
        lasts = wanted.pop("lasts", None)
        if "start" in wanted:
            wanted["start"] = self._moment(*wanted["start"])
            if lasts is not None:
                wanted["end"] = wanted["start"] + lasts * MINUTE
        self._agree(
            "change",
            lambda: self.model.change(actor, id_, wanted, self.clock()),
            self.runtimes[side].booking.change(actor, id_, BookingChange(**wanted)),
        )

    @precondition(_has_bookings)
    @rule(side=SIDES, actor=ACTORS, which=RECENT, action=st.sampled_from(ACTIONS))
    def act(self, side: int, actor: Actor, which: int, action: Action) -> None:
        id_ = self._id(which)
        self._agree(
            action,
            lambda: self.model.act(actor, id_, action, self.clock()),
            self.runtimes[side].booking.act(actor, id_, action),
        )

    @precondition(_has_bookings)
    @rule(side=SIDES, actor=ACTORS, which=RECENT)
    def remove(self, side: int, actor: Actor, which: int) -> None:
        id_ = self._id(which)
        removed = self._agree(
            "remove",
            lambda: self.model.remove(actor, id_, self.clock()),
            self.runtimes[side].booking.remove(actor, id_),
        )
        if removed is not None and id_ not in self.model.bookings:
            self.ids.remove(id_)
            self.gone = id_

    @precondition(_has_bookings)
    @rule(
        side=SIDES, actor=ACTORS, days_ago=st.sampled_from([0, 1, 1, 2]),
        how=st.sampled_from(get_args(Unsettled)),
    )  # fmt: skip
    def settle_a_day(self, side: int, actor: Actor, days_ago: int, how: Unsettled) -> None:
        date = self._date(-days_ago)
        expected = _outcome(lambda: self.model.settle(actor, date, how, self.clock()))
        self.done[f"settle a day: {expected[0]}"] += 1
        closing = self.runtimes[side].close_out.close(actor, model_house().id, date, how)
        try:
            outcome: Outcome = ("done", self.run(closing).count)
        except ReserveError as error:
            outcome = _seen(error)
        assert outcome == expected

    @rule(day=DAYS, party=PARTIES)
    def compare_availability(self, day: int, party: int) -> None:
        self.done["availability"] += len(self.runtimes)
        self._compare_availability(self._date(day), party)

    @rule(side=SIDES, actor=ACTORS)
    def compare_lists(self, side: int, actor: Actor) -> None:
        self.done["list"] += 1
        self._list(self.runtimes[side], actor)

    @rule(minutes=st.sampled_from([1, 15, 30, 90, 300]), day=st.sampled_from([0, 3]), party=PARTIES)
    def let_time_pass(self, minutes: int, day: int, party: int) -> None:
        """Today loses sittings meanwhile, and the day at the horizon is about to be offered."""
        self.done["time"] += 1
        date = self._date(day)
        self._compare_availability(date, party)
        self.clock.pass_minutes(minutes)
        self._compare_availability(date, party)

    @precondition(_has_bookings)
    @rule(side=SIDES, day=DAYS, seldom=st.sampled_from([False, False, False, True]))
    def close_or_open_a_day(self, side: int, day: int, seldom: bool) -> None:
        if not seldom:
            return
        self.done["hours"] += 1
        self.model.close_or_open(self._date(day), self.clock())
        house = model_house(self.model.closed)
        self.run(self.runtimes[side].catalogue.add_or_replace(ADMIN, [house]))

    def _compare_availability(self, date: dt.date, party: int) -> None:
        """On both sides, whichever of them booked last."""
        expected = [
            (*sitting, [table for table in self.model.free(sitting) if CAPACITY[table] >= party])
            for sitting in self.model.offered(date, party, self.clock())
        ]
        for runtime in self.runtimes:
            day_now = self.run(runtime.availability.on("sahil-bagi", date, party))
            assert expected == [
                (each.sitting.start, each.sitting.end, [table.id for table in each.tables])
                for each in day_now.sittings
            ]

    def _agree(
        self, what: str, predict: Callable[[], Booked], work: Coroutine[Any, Any, Reservation]
    ) -> tuple[Reservation, Booked] | None:
        """Let both do it. What came of it, unless both refuse."""
        expected = _outcome(predict)
        try:
            result: object = self.run(work)
        except ReserveError as error:
            result = error
        self.done[f"{what}: {expected[0]}"] += 1
        assert _seen(result) == expected
        return (result, expected[1]) if isinstance(result, Reservation) else None

    def _create(
        self,
        side: int,
        actor: Actor,
        request: dict[str, Any],
        writing: dt.tzinfo | None,
        once: IdempotentCall[Reservation] | None = None,
    ) -> Coroutine[Any, Any, Reservation | Answer]:
        times = {name: _written(request[name], writing) for name in ("start", "end")}
        asked = BookingRequest(
            restaurant_id=model_house().id, guest_name=" Aysel ", **(request | times)
        )
        return self.runtimes[side].booking.create(actor, asked, once)

    def _list(self, runtime: Runtime, actor: Actor) -> None:
        wanted = Filter(restaurant_id=model_house().id)
        found = self.run(runtime.booking.list(actor, wanted))
        sees_all = actor in {HOST, ADMIN}
        assert {each.id: Booked.of(each) for each in found} == {
            id_: booked
            for id_, booked in self.model.bookings.items()
            if sees_all or booked.is_seen_by(actor)
        }

    def _know(self, reservation: Reservation, booked: Booked) -> None:
        self.model.bookings[reservation.id] = booked
        self.ids.append(reservation.id)

    def _id(self, which: int) -> str:
        if which == 9 or not self.ids:
            return self.gone
        return self.ids[-1 - which % len(self.ids)]

    def _request(
        self, party: int, start: tuple[int, int], lasts: int | None, table: str | None
    ) -> dict[str, Any]:
        begins = self._moment(*start)
        ends = None if lasts is None else begins + lasts * MINUTE
        return {"party_size": party, "start": begins, "end": ends, "table_id": table}

    def _moment(self, day: int, minute: int) -> dt.datetime:
        midnight = dt.datetime.combine(self._date(day), dt.time(), BAKU)
        return (midnight + minute * MINUTE).astimezone(dt.UTC)

    def _date(self, day: int) -> dt.date:
        return self.clock().astimezone(BAKU).date() + day * DAY


def _outcome(predict: Callable[[], Any]) -> Outcome:
    try:
        return "done", predict()
    except ReserveError as refusal:
        return type(refusal).__name__, None


def _seen(result: object) -> Outcome:
    if isinstance(result, Reservation):
        return "done", Booked.of(result)
    assert isinstance(result, ReserveError), result
    return type(result).__name__, None


def _written(moment: dt.datetime | None, zone: dt.tzinfo | None) -> dt.datetime | None:
    """The moment with the zone's offset; None is local time without any."""
    if moment is None:
        return None
    return moment.astimezone(zone) if zone else moment.astimezone(BAKU).replace(tzinfo=None)


def _once(actor: Actor, key: str, request: dict[str, Any]) -> IdempotentCall[Reservation]:
    return IdempotentCall(
        subject=actor.subject,
        key=key,
        fingerprint=repr(request).encode(),
        status=201,
        encode=msgspec.json.encode,
    )


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_random_operations_agree_with_the_model(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    template = Settings(data_dir=tmp_path, seed=False)
    furnish(template, model_house())
    done: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: BookingMachine(template.database_path, done),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("operations", f"{done.total()}: {dict(done.most_common())}")
    assert done.total() >= OPERATIONS, done
