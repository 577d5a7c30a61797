"""Where the sample restaurants lie: districts of Baku and Absheron, and the water between."""

from __future__ import annotations

import math
import random
from typing import NamedTuple

Place = tuple[float, float]
"""Latitude and longitude in degrees."""

METRES_A_DEGREE = 111_320.0
APART = 25.0
"""Metres between two restaurants, at least."""


class District(NamedTuple):
    """A circle on land. `view` is what its terraces look out on."""

    centre: Place
    radius: float
    view: str


DISTRICTS = {
    "Old City": District((40.3662, 49.8335), 180, "Fortress wall"),
    "Seaside Boulevard": District((40.3695, 49.8450), 70, "Bay view"),
    "Nizami Street": District((40.3727, 49.8425), 200, "Street balcony"),
    "Sahil": District((40.3722, 49.8455), 160, "Street trees"),
    "Fountain Square": District((40.3709, 49.8366), 130, "Fountains"),
    "28 May": District((40.3797, 49.8480), 200, "Station square"),
    "Ganjlik": District((40.4003, 49.8516), 350, "Park view"),
    "Narimanov": District((40.4026, 49.8706), 400, "City lights"),
    "White City": District((40.3825, 49.8840), 300, "Garden square"),
    "Khatai": District((40.3835, 49.8715), 250, "Old works"),
    "Port Baku": District((40.3772, 49.8605), 150, "Harbour cranes"),
    "Yasamal": District((40.3880, 49.8060), 400, "Rooftops"),
    "Elmlər": District((40.3755, 49.8145), 250, "Academy park"),
    "Nasimi": District((40.3850, 49.8370), 350, "Street trees"),
    "Flame Towers": District((40.3597, 49.8255), 220, "Whole bay"),
    "Badamdar": District((40.3440, 49.8045), 350, "Hillside"),
    "Bibi-Heybat": District((40.3115, 49.8165), 200, "Sea view"),
    "Nardaran": District((40.5575, 50.0040), 400, "Sea view"),
    "Bilgah": District((40.5625, 50.0370), 400, "Sea view"),
    "Mardakan": District((40.4922, 50.1389), 350, "Cypress avenue"),
    "Novkhani": District((40.5275, 49.7850), 400, "Dunes"),
    "Shuvelan": District((40.4870, 50.1880), 300, "Fig trees"),
    "Buzovna": District((40.5161, 50.1164), 350, "Rocky shore"),
    "Ahmadli": District((40.3854, 49.9538), 350, "Avenue"),
    "Xırdalan": District((40.4486, 49.7556), 350, "Garden view"),
}

BAY: tuple[Place, ...] = (
    (40.3654, 49.8384),
    (40.3660, 49.8400),
    (40.3712, 49.8535),
    (40.3722, 49.8610),
    (40.3722, 49.8700),
    (40.3690, 49.8850),
    (40.3600, 49.9150),
    (40.3050, 49.9150),
    (40.3050, 49.8260),
    (40.3200, 49.8290),
    (40.3370, 49.8420),
    (40.3480, 49.8400),
    (40.3595, 49.8368),
)
"""A coarse outline of Baku's bay, along the shore from the Maiden Tower eastwards and back."""


def metres_between(a: Place, b: Place) -> float:
    """The distance of two places, flat within a city."""
    north = (a[0] - b[0]) * METRES_A_DEGREE
    east = (a[1] - b[1]) * METRES_A_DEGREE * math.cos(math.radians(a[0]))
    return math.hypot(north, east)


def in_the_bay(place: Place) -> bool:
    """Whether a place is in the water: a ray eastwards crosses the shore an odd number of times."""
    latitude, longitude = place
    crossings = 0
    for (lat1, lon1), (lat2, lon2) in zip(BAY, (*BAY[1:], BAY[0]), strict=True):
        if (lat1 > latitude) != (lat2 > latitude):
            shore = lon1 + (latitude - lat1) / (lat2 - lat1) * (lon2 - lon1)
            crossings += shore > longitude
    return crossings % 2 == 1


def place_in(district: District, taken: list[Place], rng: random.Random) -> Place:
    """A place in the district, apart from those taken."""
    while True:
        place = _anywhere_in(district, rng)
        if all(metres_between(place, other) >= APART for other in taken):
            return place


def _anywhere_in(district: District, rng: random.Random) -> Place:
    distance = 0.95 * district.radius * math.sqrt(rng.random())
    bearing = rng.uniform(0, math.tau)
    latitude, longitude = district.centre
    north = distance * math.cos(bearing) / METRES_A_DEGREE
    east = distance * math.sin(bearing) / METRES_A_DEGREE / math.cos(math.radians(latitude))
    return round(latitude + north, 6), round(longitude + east, 6)
