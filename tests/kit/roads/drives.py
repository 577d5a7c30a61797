"""Drives through the made-up town: what a guest's phone says on the way, and when they are there.

A drive follows a real route of OSRM's, at its own pace: this evening's (`pace_bias` and
`pace_spread` in `Habits`) and each street's. On the way there may be a jam, a detour with a stop,
hours of the phone being silent, and positions that are wrong. Everything comes from a seed.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, radians, sin
from random import Random

from bakureserve.domain.places.geo import Coordinates
from tests.kit.roads.grid import METRES_A_DEGREE, StreetGrid
from tests.kit.roads.osrm import Osrm


@dataclass(frozen=True)
class Habits:
    """How drives differ. Shares are probabilities a drive, lengths seconds, distances metres."""

    pace_bias: float = 0.05
    pace_spread: float = 0.15
    street_spread: float = 0.15
    jam: float = 0.4
    jam_seconds: tuple[float, float] = (120, 720)
    detour: float = 0.2
    stop_seconds: tuple[float, float] = (0, 300)
    gap: float = 0.35
    gap_seconds: tuple[float, float] = (120, 480)
    ping_seconds: tuple[float, float] = (30, 45)
    gps_metres: float = 12.0
    stray: float = 0.03
    stray_metres: tuple[float, float] = (150, 600)


@dataclass(frozen=True)
class Ping:
    """What the phone says, so many seconds after the guest set out."""

    at: float
    place: Coordinates


@dataclass(frozen=True)
class Drive:
    """A guest's way to `door`, where they are after `seconds`."""

    seed: int
    door: Coordinates
    pings: tuple[Ping, ...]
    seconds: float
    jam_seconds: float
    detour: bool


class Router:
    """Routes and their durations, asked of OSRM on a connection that is kept."""

    def __init__(self, osrm: Osrm) -> None:
        self._port = osrm.port
        self._connection = http.client.HTTPConnection("127.0.0.1", osrm.port)

    def seconds(self, start: Coordinates, end: Coordinates) -> tuple[float, float]:
        """How long the way takes, in seconds, and how far it is, in kilometres."""
        (route,) = self._ask(start, end, "overview=false")["routes"]
        return route["duration"], route["distance"] / 1000

    def steps(self, start: Coordinates, end: Coordinates) -> list[tuple[Coordinates, float]]:
        """The points of the way, each with the seconds it takes to reach it from the one before."""
        options = "overview=full&geometries=geojson&annotations=duration"
        (route,) = self._ask(start, end, options)["routes"]
        points = [Coordinates(lat, lon) for lon, lat in route["geometry"]["coordinates"]]
        durations = [each for leg in route["legs"] for each in leg["annotation"]["duration"]]
        return list(zip(points, [0.0, *durations], strict=False))

    def _ask(self, start: Coordinates, end: Coordinates, options: str) -> dict[str, list[dict]]:  # type: ignore[type-arg]
        pair = f"{start.longitude:.6f},{start.latitude:.6f};{end.longitude:.6f},{end.latitude:.6f}"
        path = f"/route/v1/driving/{pair}?{options}&generate_hints=false"
        for _ in range(2):  # it drops a connection after 512 answers
            try:
                self._connection.request("GET", path)
                return json.loads(self._connection.getresponse().read())  # type: ignore[no-any-return]
            except (http.client.HTTPException, OSError):
                self._connection.close()
        raise RuntimeError("OSRM does not answer")

    def close(self) -> None:
        self._connection.close()


def drives(
    grid: StreetGrid,
    router: Router,
    seeds: Iterator[int] | range,
    habits: Habits | None = None,
    *,
    shortest: float = 1_200,
) -> Iterator[Drive]:
    """A drive for each seed, of at least `shortest` seconds by OSRM's reckoning."""
    for seed in seeds:
        yield _drive(grid, router, seed, habits or Habits(), shortest)


def _drive(grid: StreetGrid, router: Router, seed: int, habits: Habits, shortest: float) -> Drive:
    random = Random(seed)
    while True:
        start, door = _crossing(grid, random), _crossing(grid, random)
        if router.seconds(start, door)[0] >= shortest:
            break
    detour = random.random() < habits.detour
    track, stop_at = _way(grid, router, random, start, door, detour=detour)
    timed, jam = _driven(track, random, habits, stop_at)
    return Drive(seed, door, tuple(_pings(timed, random, habits)), timed[-1][1], jam, detour)


def _crossing(grid: StreetGrid, random: Random) -> Coordinates:
    return grid.at(random.randrange(grid.rows), random.randrange(grid.columns))


def _way(
    grid: StreetGrid,
    router: Router,
    random: Random,
    start: Coordinates,
    door: Coordinates,
    *,
    detour: bool,
) -> tuple[list[tuple[Coordinates, float]], int | None]:
    """The way's points with their seconds, and at which of them the guest stops, if they do."""
    way = router.steps(start, door)
    if not detour:
        return way, None
    turn = random.randrange(len(way) // 5, max(len(way) * 3 // 4, len(way) // 5 + 1))
    there = _near(way[turn][0], random, 1_500, 3_000)
    out = router.steps(way[turn][0], there)
    back = router.steps(out[-1][0], door)
    return [*way[: turn + 1], *out[1:], *back[1:]], turn + len(out) - 1


def _driven(
    track: list[tuple[Coordinates, float]], random: Random, habits: Habits, stop_at: int | None
) -> tuple[list[tuple[Coordinates, float]], float]:
    """Each point with the moment at which the guest is there, and how long a jam held them."""
    pace = random.lognormvariate(habits.pace_bias, habits.pace_spread)
    jam = random.uniform(*habits.jam_seconds) if random.random() < habits.jam else 0.0
    jammed = random.randrange(len(track) // 5, len(track))
    streets = max(1, min(3, len(track) - jammed))
    timed, at = [], 0.0
    for place, (point, seconds) in enumerate(track):
        at += seconds * pace * random.lognormvariate(0, habits.street_spread)
        if jammed <= place < jammed + streets:
            at += jam / streets
        timed.append((point, at))
        if place == stop_at:
            at += random.uniform(*habits.stop_seconds)
            timed.append((point, at))
    return timed, jam


def _pings(
    timed: list[tuple[Coordinates, float]], random: Random, habits: Habits
) -> Iterator[Ping]:
    end = timed[-1][1]
    silent = random.uniform(0, end * 0.9) if random.random() < habits.gap else end
    gap = random.uniform(*habits.gap_seconds)
    at = random.uniform(0, 5)
    while at < end:
        if not silent <= at < silent + gap:
            yield Ping(at, _as_the_phone_sees_it(_at(timed, at), random, habits))
        at += random.uniform(*habits.ping_seconds)


def _as_the_phone_sees_it(place: Coordinates, random: Random, habits: Habits) -> Coordinates:
    if random.random() < habits.stray:
        return _near(place, random, *habits.stray_metres)
    return _near(place, random, 0, 2 * habits.gps_metres)


def _at(timed: list[tuple[Coordinates, float]], at: float) -> Coordinates:
    """Where the guest is at a moment, between the points before and after it."""
    for (one, left), (other, reached) in pairwise(timed):
        if left <= at < reached:
            share = (at - left) / (reached - left)
            return Coordinates(
                one.latitude + share * (other.latitude - one.latitude),
                one.longitude + share * (other.longitude - one.longitude),
            )
    return timed[-1][0]


def _near(place: Coordinates, random: Random, least: float, most: float) -> Coordinates:
    """A place so many metres away, in any direction."""
    metres, direction = random.uniform(least, most), random.uniform(0, 2 * pi)
    degrees = metres / METRES_A_DEGREE
    return Coordinates(
        place.latitude + degrees * sin(direction),
        place.longitude + degrees * cos(direction) / cos(radians(place.latitude)),
    )
