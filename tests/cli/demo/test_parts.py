"""What the demo is made of, each by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from bakureserve.store.restaurants.sample import sample_restaurants
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


def test_the_evening_is_the_next_friday_on_which_the_restaurant_is_open() -> None:
    assert friday().date == friday(after=dt.date(2026, 12, 4)).date == dt.date(2026, 12, 4)
    assert friday(after=dt.date(2026, 12, 29)).date == dt.date(2027, 1, 8)
    assert next_evening(a_restaurant(hours="08:00-17:00"), A_WEDNESDAY) is None  # a canteen


def test_the_evening_begins_while_the_first_sitting_can_be_booked() -> None:
    evening = friday()
    assert evening.starts[0] == utc("2026-12-04 14:00")
    assert evening.begins == utc("2026-12-04 12:56")


def test_the_same_seed_is_the_same_evening_with_guests_of_every_kind() -> None:
    assert cast(7) == cast(7) != cast(8)
    for seed in range(3):
        assert sorted(party.habit for party in cast(seed)) == sorted(HABITS)


def test_it_can_be_played_at_every_sample_restaurant_with_guests_who_live_a_drive_away() -> None:
    houses = sample_restaurants()
    for house in houses:
        evening = next_evening(house, A_WEDNESDAY)
        assert evening is not None
        parties = cast_of(evening, houses, 1)
        assert len(parties) == len(HABITS)
        for party in parties:
            assert 1.5 < straight_line_km(party.home.place, door_of(house)) < 15


async def test_the_clock_stands_until_it_is_let_go_and_then_runs_fast() -> None:
    seconds = [100.0]
    clock = FastClock(BEGINS, 30, lambda: seconds[0])
    seconds[0] += 99
    assert clock() == BEGINS
    clock.let_go()
    seconds[0] += 60
    assert clock() - BEGINS == dt.timedelta(minutes=30)

    clock = FastClock(BEGINS, 10_000)
    clock.let_go()
    moment = BEGINS + dt.timedelta(minutes=10)
    await asyncio.wait_for(clock.until(moment), 5)
    assert moment <= clock()


HOME, DOOR = Coordinates(40.42, 49.80), Coordinates(40.36, 49.83)
WAY = Way.answered(DIRECTIONS, HOME, DOOR)


def test_a_drive_leads_from_home_to_the_door_and_comes_nearer_all_the_time() -> None:
    drive = Drive(WAY, 900)
    assert (drive.place(0), drive.place(drive.lasts)) == (HOME, DOOR)
    left = [straight_line_km(drive.place(at), DOOR) for at in range(0, 901, 30)]
    assert left == sorted(left, reverse=True)


def test_a_drive_follows_the_streets_that_a_router_found() -> None:
    corner = Coordinates(40.42, 49.83)
    streets = {"route_geometry": [(corner.latitude, corner.longitude)]}
    way = Way.answered(DIRECTIONS | streets, HOME, DOOR)
    to_corner = straight_line_km(HOME, corner)
    turn = way.at(to_corner / (to_corner + straight_line_km(corner, DOOR)))
    assert straight_line_km(turn, corner) < 0.001


def test_a_jam_holds_a_drive_and_then_it_goes_on() -> None:
    free, jammed = Drive(WAY, 900), Drive(WAY, 900, jam_seconds=600)
    assert jammed.place(500) == jammed.place(1_000)
    assert [jammed.is_stuck(at) for at in (400, 1_000, 1_200)] == [False, True, False]
    assert jammed.place(1_500) == free.place(900)


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        monkeypatch.setattr(stage, "USUAL_PORT", usual)
        found = next(stage.free_ports("127.0.0.1"))
    assert usual < found <= usual + 100
    assert [*stage.free_ports("192.0.2.1")] == [usual]  # another machine's: the server refuses it


async def test_a_port_that_another_takes_after_the_look_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening, clock = friday(), FastClock(BEGINS, 30)
    settings = settings_for(tmp_path, host="127.0.0.1", port=0, router="", speed=30, people=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(stage, "free_ports", lambda _host: iter((port, 0)))
        async with stage.open_stage(
            settings, clock, evening.restaurant, cast(1)[:1], seeks_port=True
        ) as opened:
            assert await opened.host.get("/v1/restaurants")
            assert not opened.address.endswith(f":{port}")


def test_the_feed_is_in_order_though_the_kitchen_learns_later() -> None:
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
def test_how_late_a_party_is_agrees_with_the_clock_that_is_shown(came: str, minutes: int) -> None:
    assert minutes_off(utc(f"2026-12-04 {came}"), utc("2026-12-04 14:30")) == minutes


@pytest.fixture
def told() -> list[Happening]:
    return []


@pytest.fixture
def kitchen(told: list[Happening]) -> Kitchen:
    """Gets webhooks, and tells what it does."""
    return Kitchen(Scene(friday(), FastClock(BEGINS, 30), told.append))


def test_the_kitchen_stops_for_a_cancelled_party_only_where_it_had_started(
    kitchen: Kitchen, told: list[Happening]
) -> None:
    """In whatever order it hears of both, and however often."""
    words = [
        ("arrival.fire", "begun"),
        ("reservation.cancelled", "unbegun"),
        ("reservation.cancelled", "begun"),
        ("reservation.cancelled", "other way round"),
        ("arrival.fire", "other way round"),
    ]
    for number, (kind, reservation) in enumerate(words):
        for _ in range(2):
            kitchen.hear(webhook(kind, reservation, number=number, minutes=8))
    did = [(each.facts["reservation"], each.event) for each in told]
    for reservation in ("begun", "other way round"):
        assert [event for name, event in did if name == reservation] == [
            "kitchen_started",
            "kitchen_stopped",
        ]
    assert len(did) == 4


def test_a_party_that_should_be_there_is_not_called_zero_minutes_away(
    kitchen: Kitchen, told: list[Happening]
) -> None:
    kitchen.hear(webhook("arrival.hold", "begun", minutes=0))
    assert "should be here by now" in told[0].sentence


def happening(event: HappeningKind, *, at: str) -> Happening:
    return Happening(utc(f"2026-12-04 {at}"), event, event, {})


def webhook(kind: str, reservation: str, *, number: int = 0, minutes: int) -> dict[str, Any]:
    data = {
        "guest_name": "Emin Qasımov",
        "party_size": 4,
        "reservation_id": reservation,
        "eta_minutes": minutes,
        "arrived_at": None,
        "prep_scope": "mains",
    }
    return {"id": f"{number}", "type": kind, "at": "2026-12-04T15:48:00Z", "data": data}


def test_neither_environment_nor_files_have_a_say_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SMTP_HOST=mail.example\nDEV=on\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMTP_HOST", "mail.example")
    monkeypatch.setenv("WEBHOOK_SECRET", "a-master-secret")
    settings = settings_for(
        tmp_path / "new", host="127.0.0.1", port=0, router="", speed=30, people=17
    )
    usual = Settings()
    assert (settings.smtp_host, settings.dev) == ("", False)
    assert settings.webhook_secret != "a-master-secret"
    assert settings.rate_limit_requests == usual.rate_limit_requests * 30 * 17
    its_own = (
        "data_dir port osrm_base_url backup_interval rate_limit_requests "
        "shutdown_timeout_seconds log_format webhook_secret webhook_private_addresses"
    )
    as_usual = {name: getattr(usual, name) for name in its_own.split()}
    assert replace(settings, **as_usual) == usual
