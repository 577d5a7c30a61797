"""What the demo is made of, each by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bakureserve.cli.demo import stage
from bakureserve.cli.demo.cast import HABITS, GuestParty, cast_of, door_of
from bakureserve.cli.demo.guest import Drive, Way
from bakureserve.cli.demo.scene import (
    WAIT_SECONDS,
    Evening,
    FastClock,
    Happening,
    HappeningKind,
    InOrder,
    Scene,
    next_evening,
)
from bakureserve.cli.demo.staff import Kitchen, minutes_off
from bakureserve.cli.demo.stage import settings_for
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.settings import Settings
from bakureserve.store.sample import sample_restaurants
from tests.kit.builders import a_restaurant, utc

A_WEDNESDAY = dt.date(2026, 12, 2)
DIRECTIONS = {"route_distance_km": 9.6, "eta_seconds": 900, "provider": "fallback"}
BEGINS = utc("2026-12-04 13:00")


def sample(slug: str) -> Restaurant:
    return next(each for each in sample_restaurants() if each.slug == slug)


def friday(slug: str = "das-nerdivan", *, after: dt.date = A_WEDNESDAY) -> Evening:
    found = next_evening(sample(slug), after)
    assert found is not None
    return found


def cast(seed: int) -> tuple[GuestParty, ...]:
    return cast_of(friday(), sample_restaurants(), seed)


class TestTheEvening:
    def test_it_is_the_next_friday(self) -> None:
        assert friday().date == dt.date(2026, 12, 4)

    def test_on_a_friday_it_is_today(self) -> None:
        assert friday(after=dt.date(2026, 12, 4)).date == dt.date(2026, 12, 4)

    def test_a_friday_on_which_the_restaurant_is_closed_is_left_out(self) -> None:
        assert friday(after=dt.date(2026, 12, 29)).date == dt.date(2027, 1, 8)

    def test_it_begins_while_the_first_sitting_can_be_booked(self) -> None:
        evening = friday()
        assert evening.starts[0] == utc("2026-12-04 14:00")
        assert evening.begins == utc("2026-12-04 12:56")

    def test_a_canteen_that_closes_at_five_has_none(self) -> None:
        assert next_evening(a_restaurant(hours="08:00-17:00"), A_WEDNESDAY) is None


class TestTheCast:
    def test_the_same_seed_is_the_same_evening(self) -> None:
        assert cast(7) == cast(7)

    def test_another_seed_is_another(self) -> None:
        assert cast(7) != cast(8)

    @pytest.mark.parametrize("seed", range(5))
    def test_every_evening_has_guests_of_every_kind(self, seed: int) -> None:
        assert sorted(party.habit for party in cast(seed)) == sorted(HABITS)

    @pytest.mark.parametrize("slug", ["das-nerdivan", "gece-qatari", "qara-mirvari"])
    def test_everybody_lives_a_drive_away(self, slug: str) -> None:
        evening = friday(slug)
        door = door_of(evening.restaurant)
        for party in cast_of(evening, sample_restaurants(), 1):
            assert 1.5 < straight_line_km(party.home.place, door) < 15

    def test_it_can_be_played_at_every_sample_restaurant(self) -> None:
        houses = sample_restaurants()
        for house in houses:
            evening = next_evening(house, A_WEDNESDAY)
            assert evening is not None
            assert len(cast_of(evening, houses, 1)) == len(HABITS)


class TestTheClock:
    def test_it_stands_until_it_is_let_go(self) -> None:
        ticks = iter([5.0, 99.0])
        clock = FastClock(BEGINS, 30, lambda: next(ticks))
        assert clock() == clock() == BEGINS

    def test_then_it_runs_so_many_times_as_fast(self) -> None:
        seconds = [100.0]
        clock = FastClock(BEGINS, 30, lambda: seconds[0])
        clock.let_go()
        seconds[0] += 60
        assert clock() - BEGINS == dt.timedelta(minutes=30)

    async def test_who_waits_for_a_moment_wakes_when_it_shows_it(self) -> None:
        clock = FastClock(BEGINS, 10_000)
        clock.let_go()
        moment = BEGINS + dt.timedelta(minutes=10)
        await asyncio.wait_for(clock.until(moment), 5)
        assert moment <= clock()


class TestADrive:
    home, door = Coordinates(40.42, 49.80), Coordinates(40.36, 49.83)
    way = Way.answered(DIRECTIONS, home, door)

    def test_it_leads_from_home_to_the_door(self) -> None:
        drive = Drive(self.way, 900)
        assert (drive.place(0), drive.place(drive.lasts)) == (self.home, self.door)

    def test_it_comes_nearer_all_the_time(self) -> None:
        drive = Drive(self.way, 900)
        left = [straight_line_km(drive.place(at), self.door) for at in range(0, 901, 30)]
        assert left == sorted(left, reverse=True)

    def test_it_follows_the_streets_that_a_router_found(self) -> None:
        corner = Coordinates(40.42, 49.83)
        streets = {"route_geometry": [(corner.latitude, corner.longitude)]}
        way = Way.answered(DIRECTIONS | streets, self.home, self.door)
        whole = straight_line_km(self.home, corner) + straight_line_km(corner, self.door)
        turn = way.at(straight_line_km(self.home, corner) / whole)
        assert straight_line_km(turn, corner) < 0.001

    def test_a_jam_holds_it_and_then_it_goes_on(self) -> None:
        free, jammed = Drive(self.way, 900), Drive(self.way, 900, jam_seconds=600)
        assert jammed.place(500) == jammed.place(1_000)
        assert (jammed.is_stuck(400), jammed.is_stuck(1_000), jammed.is_stuck(1_200)) == (
            False,
            True,
            False,
        )
        assert jammed.place(1_500) == free.place(900)


class TestThePort:
    def test_one_that_is_taken_is_passed_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            usual = taken.getsockname()[1]
            monkeypatch.setattr(stage, "USUAL_PORT", usual)
            found = stage.free_port("127.0.0.1")
        assert usual < found <= usual + 100

    def test_an_address_of_another_machine_is_the_servers_to_refuse(self) -> None:
        assert stage.free_port("192.0.2.1") == stage.USUAL_PORT


class TestTheFeed:
    def test_it_is_in_order_though_the_kitchen_learns_later(self) -> None:
        told: list[str] = []
        seconds = 0.0
        feed = InOrder(lambda each: told.append(each.sentence), ticks=lambda: seconds)
        feed(happening("arrived", at="18:48"))
        seconds = 0.5
        feed(happening("kitchen_held", at="18:47"))
        feed.pass_on(known_for=WAIT_SECONDS)
        assert told == []
        seconds = 0.5 + WAIT_SECONDS
        feed.pass_on(known_for=WAIT_SECONDS)
        feed(happening("seated", at="18:50"))
        feed.pass_on()
        assert told == ["kitchen_held", "arrived", "seated"]

    @pytest.mark.parametrize(
        ("came", "minutes"), [("14:30:38", 0), ("14:32:41", 2), ("14:28:15", -2), ("14:30:00", 0)]
    )
    def test_how_late_somebody_is_agrees_with_the_clock_that_is_shown(
        self, came: str, minutes: int
    ) -> None:
        assert minutes_off(utc(f"2026-12-04 {came}"), utc("2026-12-04 14:30")) == minutes


class TestTheKitchen:
    def test_it_stops_for_a_cancelled_party_only_where_it_had_started(self, tmp_path: Path) -> None:
        told: list[Happening] = []
        kitchen = Kitchen(tmp_path, Scene(friday(), FastClock(BEGINS, 30), told.append))
        for number, (kind, reservation) in enumerate(
            [
                ("arrival.fire", "begun"),
                ("reservation.cancelled", "unbegun"),
                ("reservation.cancelled", "begun"),
            ]
        ):
            (tmp_path / f"{number}.json").write_text(webhook(kind, reservation, minutes=8))
        kitchen.look()
        assert [(each.event, each.facts["reservation"]) for each in told] == [
            ("kitchen_started", "begun"),
            ("kitchen_stopped", "begun"),
        ]

    def test_it_stops_too_where_word_of_the_cancellation_comes_first(self, tmp_path: Path) -> None:
        told: list[Happening] = []
        kitchen = Kitchen(tmp_path, Scene(friday(), FastClock(BEGINS, 30), told.append))
        for number, kind in enumerate(["reservation.cancelled", "arrival.fire"]):
            (tmp_path / f"{number}.json").write_text(webhook(kind, "begun", minutes=8))
            kitchen.look()
        assert [each.event for each in told] == ["kitchen_started", "kitchen_stopped"]

    def test_who_should_be_there_is_not_called_zero_minutes_away(self, tmp_path: Path) -> None:
        told: list[Happening] = []
        (tmp_path / "0.json").write_text(webhook("arrival.hold", "begun", minutes=0))
        Kitchen(tmp_path, Scene(friday(), FastClock(BEGINS, 30), told.append)).look()
        assert "should be here by now" in told[0].sentence


def happening(event: HappeningKind, *, at: str) -> Happening:
    return Happening(utc(f"2026-12-04 {at}"), event, event, {})


def webhook(kind: str, reservation: str, *, minutes: int) -> str:
    data = {
        "guest_name": "Emin Qasımov",
        "party_size": 4,
        "reservation_id": reservation,
        "eta_minutes": minutes,
        "arrived_at": None,
        "prep_scope": "mains",
    }
    return json.dumps({"type": kind, "at": "2026-12-04T15:48:00Z", "data": data})


class TestTheSettings:
    def test_neither_environment_nor_files_have_a_say(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".env").write_text("SMTP_HOST=mail.example\nDEV=on\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SMTP_HOST", "mail.example")
        monkeypatch.setenv("WEBHOOK_SECRET", "a-master-secret")

        settings = settings_for(
            tmp_path / "new", host="127.0.0.1", port=0, router="", speed=30, people=17
        )

        usual = Settings()
        assert (settings.smtp_host, settings.webhook_secret, settings.dev) == ("", "", False)
        assert settings.rate_limit_requests == usual.rate_limit_requests * 30 * 17
        changed = replace(
            settings,
            data_dir=usual.data_dir,
            port=usual.port,
            osrm_base_url=usual.osrm_base_url,
            backup_interval=usual.backup_interval,
            rate_limit_requests=usual.rate_limit_requests,
            shutdown_timeout_seconds=usual.shutdown_timeout_seconds,
            log_format=usual.log_format,
        )
        assert changed == usual
