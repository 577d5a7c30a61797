"""Floor plans drawn by a seeded hand: rooms with landmarks along the walls and tables between.

The canvas is 100 by 100. Landmarks keep to a strip at the top and one at the bottom, tables to the
space in between, each with a circle around it that no other's touches.
"""

from __future__ import annotations

import math
import random
from operator import itemgetter
from typing import Any, NamedTuple

Point = tuple[float, float]

LEFT, RIGHT, TOP, BOTTOM = 5.0, 95.0, 16.0, 85.0
"""The tables' part of the canvas."""
GAP = 1.5
"""Between two tables' circles, at least."""
WALL_SLOTS = [(left, strip) for strip in (3, 88) for left in (4, 36, 68)]
"""Left edge and top of the six places for landmarks, each 28 wide and 9 deep."""
SIDES = {"circle": 8, "pod": 6}
"""Corners of the polygon that stands for a round table."""
ACCENTS = ["#C0392B", "#2E86AB", "#D4A373", "#6B8E5A", "#8E6C8A", "#E07A5F", "#3D5A80", "#B08968"]


class Kind(NamedTuple):
    """What rooms of one kind have in common; `prefix` begins their tables' names."""

    prefix: str
    capacities: tuple[int, ...]
    textures: tuple[str, ...]
    landmarks: tuple[str, ...]
    tags: tuple[str, ...]
    noise: tuple[str, ...]
    outdoors: bool = False


KINDS = {
    "hall": Kind(
        "T", (2, 2, 4, 4, 4, 4, 6, 6, 8), ("oak", "limestone", "terrazzo"),
        ("kitchen", "bar", "fireplace", "stage"), ("central", "family", "accessible"),
        ("medium", "high"),
    ),
    "window": Kind(
        "Window", (2, 2, 2, 4, 4, 4, 6, 6), ("parquet", "linen"),
        ("view", "sideboard", "kitchen"), ("window", "view", "intimate"), ("low", "medium"),
    ),
    "terrace": Kind(
        "Terrace", (2, 2, 4, 4, 4, 6, 6, 8), ("decking", "slate"),
        ("view", "planter", "steps"), ("terrace", "view", "sunset"), ("medium",), outdoors=True,
    ),
    "roof": Kind(
        "Roof", (2, 2, 2, 4, 4, 6, 6, 8), ("slate", "concrete"),
        ("view", "bar", "lift"), ("rooftop", "view", "sunset"), ("medium", "high"), outdoors=True,
    ),
    "deck": Kind(
        "Deck", (2, 2, 4, 4, 4, 6, 6, 8), ("teak", "driftwood"),
        ("view", "bar", "steps"), ("waterside", "sunset"), ("medium",), outdoors=True,
    ),
    "garden": Kind(
        "Garden", (2, 4, 4, 4, 6, 6, 8, 8), ("gravel", "grass"),
        ("fountain", "tree", "oven"), ("garden", "family", "shade"), ("low",), outdoors=True,
    ),
    "courtyard": Kind(
        "Court", (2, 2, 4, 4, 4, 6, 6, 8), ("cobble", "limestone"),
        ("fountain", "tree", "oven"), ("shade", "intimate"), ("low", "medium"),
    ),
    "pavilion": Kind(
        "Pavilion", (4, 4, 6, 6, 6, 8, 8, 10), ("thatch", "cedar"),
        ("path", "oven", "tree"), ("family", "secluded"), ("low",), outdoors=True,
    ),
    "bar": Kind(
        "Bar", (2, 2, 2, 2, 2, 4, 4, 6), ("zinc", "walnut"),
        ("bar", "stage", "cellar"), ("lively", "counter"), ("high",),
    ),
    "counter": Kind(
        "Counter", (2, 2, 2, 2, 2, 4, 4, 4), ("hinoki", "copper"),
        ("kitchen", "oven", "cellar"), ("chef_view", "quick"), ("medium", "high"),
    ),
    "lounge": Kind(
        "Lounge", (2, 2, 4, 4, 4, 6, 6, 8), ("velvet", "leather"),
        ("bar", "fireplace", "stage"), ("lounge", "intimate"), ("low", "medium"),
    ),
    "private": Kind(
        "Salon", (4, 6, 8, 10, 12), ("walnut", "silk"),
        ("sideboard", "fireplace", "cellar"), ("private", "celebration"), ("low",),
    ),
}  # fmt: skip

LABELS = {
    "bar": "Bar", "cellar": "Wine cellar", "door": "Entrance", "fireplace": "Fireplace",
    "fountain": "Fountain", "kitchen": "Open kitchen", "lift": "Lift", "oven": "Clay oven",
    "path": "Garden path", "planter": "Planters", "sideboard": "Sideboard", "stage": "Stage",
    "steps": "Steps down", "tree": "Old tree",
}  # fmt: skip

SIZES: dict[str, dict[int, Point]] = {
    "circle": {2: (10, 10), 4: (14, 14)},
    "rect": {2: (11, 9), 4: (14, 11), 6: (19, 11), 8: (24, 12), 10: (29, 12), 12: (34, 12)},
    "booth": {4: (15, 12), 6: (19, 14), 8: (23, 16)},
    "pod": {4: (16, 16), 6: (20, 20), 8: (22, 22)},
}
"""Width and depth by shape and capacity."""
INDOOR_TURNS = (0, 0, 90)
OUTDOOR_TURNS = (0, 90, 15, -15)
"""Degrees; only under the open sky do tables stand askew."""
RASTER = 3
"""Tables stand on a raster, so that some line up in rows."""


class Seat(NamedTuple):
    """A table before it has a place."""

    capacity: int
    shape: str
    rotation: int

    @property
    def size(self) -> Point:
        return SIZES[self.shape][self.capacity]

    @property
    def reach(self) -> float:
        width, depth = self.size
        return width / 2 if self.shape in SIDES else math.hypot(width, depth) / 2


def floor_plan(
    rooms: list[tuple[str, str, str]], *, largest: int, view: str, rng: random.Random
) -> list[dict[str, Any]]:
    """The areas of a restaurant that can seat a party of `largest`. `rooms` are id, kind, name."""
    capacities = _capacities([kind for _, kind, _ in rooms], largest, rng)
    used: dict[str, int] = {}
    areas = []
    for index, (area_id, kind, name) in enumerate(rooms):
        tables = _tables(area_id, KINDS[kind], capacities[index], used, rng)
        areas.append(
            {
                "id": area_id,
                "name": name,
                "theme": _theme(KINDS[kind], rng),
                "landmarks": _landmarks(area_id, KINDS[kind], view, rng, first=index == 0),
                "tables": tables,
            }
        )
    areas[0]["tables"][0]["featured"] = True
    return areas


def _capacities(kinds: list[str], largest: int, rng: random.Random) -> list[list[int]]:
    """For each room, its tables' capacities, the largest first: 8 to 16 tables in all."""
    share = rng.randint(5, 7) if len(kinds) == 2 else rng.randint(4, 5)
    drawn = []
    for kind in kinds:
        count = 3 if kind == "private" else share + rng.randint(0, 1) * (len(kinds) == 2)
        drawn.append(rng.sample(KINDS[kind].capacities, count))
    if max(map(max, drawn)) < largest:
        drawn[-1][0] = largest
    return [sorted(room, reverse=True) for room in drawn]


def _tables(
    area_id: str, kind: Kind, capacities: list[int], used: dict[str, int], rng: random.Random
) -> list[dict[str, Any]]:
    placed = sorted(
        _arrange(capacities, kind, rng), key=lambda item: (item[1][1] // 12, item[1][0])
    )
    tables = []
    for number, (seat, position) in enumerate(placed, 1):
        used[kind.prefix] = used.get(kind.prefix, 0) + 1
        space = "" if len(kind.prefix) == 1 else " "
        tables.append(
            {
                "id": f"{area_id}-{number}",
                "name": f"{kind.prefix}{space}{used[kind.prefix]}",
                "capacity": seat.capacity,
                "position": list(position),
                "shape": seat.shape,
                "tags": _tags(seat, kind, rng),
                "rotation": seat.rotation,
                "footprint": footprint(position, seat),
                "noise_level": rng.choice(kind.noise),
                "featured": False,
            }
        )
    return tables


def _seat(capacity: int, kind: Kind, rng: random.Random) -> Seat:
    shapes = [shape for shape, sizes in SIZES.items() if capacity in sizes]
    if not kind.outdoors:
        shapes = [shape for shape in shapes if shape != "pod"]
    elif "pod" in shapes:
        shapes = ["pod", rng.choice(["rect", "booth"])]
    shape = rng.choice(shapes)
    turns = OUTDOOR_TURNS if kind.outdoors and shape == "rect" else INDOOR_TURNS
    return Seat(capacity, shape, 0 if shape in SIDES else rng.choice(turns))


def _arrange(capacities: list[int], kind: Kind, rng: random.Random) -> list[tuple[Seat, Point]]:
    """A place for each table; where they do not all fit, other shapes are tried."""
    while True:
        placed: list[tuple[Seat, Point]] = []
        for seat in (_seat(capacity, kind, rng) for capacity in capacities):
            place = _roomiest_place(seat, placed, rng)
            if place is None:
                break
            placed.append((seat, place))
        else:
            return placed


def _roomiest_place(
    seat: Seat, placed: list[tuple[Seat, Point]], rng: random.Random
) -> Point | None:
    """Mitchell's best candidate: of many tries, the one farthest from the tables already there."""
    candidates = [
        (_clearance(seat, place, placed), place)
        for place in (_try_place(seat, rng) for _ in range(60))
    ]
    clearance, place = max(candidates, key=itemgetter(0))
    return place if clearance >= GAP else None


def _try_place(seat: Seat, rng: random.Random) -> Point:
    reach = math.ceil(seat.reach)
    xs = range(int(LEFT) + reach, int(RIGHT) - reach + 1, RASTER)
    ys = range(int(TOP) + reach, int(BOTTOM) - reach + 1, RASTER)
    x = rng.choice((xs[0], xs[-1])) if seat.shape == "booth" else rng.choice(xs)
    return x, rng.choice(ys)


def _clearance(seat: Seat, place: Point, placed: list[tuple[Seat, Point]]) -> float:
    return min(
        (math.dist(place, there) - seat.reach - other.reach for other, there in placed),
        default=GAP,
    )


def footprint(centre: Point, seat: Seat) -> list[list[float]]:
    """The table's outline: a turned rectangle, or a polygon for a round one."""
    width, depth = seat.size
    if seat.shape in SIDES:
        sides = SIDES[seat.shape]
        around = [math.tau * corner / sides for corner in range(sides)]
        corners = [(width / 2 * math.cos(a), width / 2 * math.sin(a)) for a in around]
    else:
        corners = [(-width / 2, -depth / 2), (width / 2, -depth / 2)]
        corners += [(-x, -y) for x, y in corners]
    turn = math.radians(seat.rotation)
    cos, sin = math.cos(turn), math.sin(turn)
    return [
        [round(centre[0] + x * cos - y * sin, 1), round(centre[1] + x * sin + y * cos, 1)]
        for x, y in corners
    ]


def _tags(seat: Seat, kind: Kind, rng: random.Random) -> list[str]:
    tags = set(rng.sample(kind.tags, rng.randint(1, 2)))
    if seat.capacity == 2:
        tags.add("intimate")
    if seat.capacity >= 8:
        tags.add("celebration")
    return sorted(tags)


def _landmarks(
    area_id: str, kind: Kind, view: str, rng: random.Random, *, first: bool
) -> list[dict[str, Any]]:
    """Two of the kind's own, with the door and a kitchen in the first room."""
    types = rng.sample(kind.landmarks, 2)
    if first:
        types = list(dict.fromkeys(["door", "kitchen", *types]))
    slots = rng.sample(WALL_SLOTS, len(types))
    return [
        _landmark(area_id, each, view, slot, rng) for each, slot in zip(types, slots, strict=True)
    ]


def _landmark(
    area_id: str, kind: str, view: str, slot: tuple[int, int], rng: random.Random
) -> dict[str, Any]:
    width, depth = (8, 5) if kind == "door" else (rng.randrange(14, 29, 2), rng.randrange(6, 9, 2))
    left, top = slot[0] + rng.randint(0, 28 - width), slot[1]
    right, bottom = left + width, top + depth
    return {
        "id": f"{area_id}-{kind}",
        "label": view if kind == "view" else LABELS[kind],
        "type": kind,
        "position": [left + width / 2, top + depth / 2],
        "footprint": [[left, top], [right, top], [right, bottom], [left, bottom]],
    }


def _theme(kind: Kind, rng: random.Random) -> dict[str, str]:
    accent = rng.choice(ACCENTS)
    red, green, blue = (int(accent[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "texture": rng.choice(kind.textures),
        "ambientLight": f"rgba({red}, {green}, {blue}, 0.{rng.randint(14, 24)})",
        "accent": accent,
    }
