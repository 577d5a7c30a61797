"""How a restaurant receives guests on the way, read from JSON: the `arrival` part of its document.

{"geofence_meters": 150, "seating_minutes": 5, "starters_minutes": 10, "mains_minutes": 20,
 "full_minutes": 25, "late_after_minutes": 10}
"""

from __future__ import annotations

from bakureserve.domain.document import Reader, Rule, whole
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

ARRIVAL_FIELDS: dict[str, Rule] = {
    "geofence_meters": whole(50, 2_000),
    "seating_minutes": whole(0, 60),
    "starters_minutes": whole(1, 180),
    "mains_minutes": whole(1, 180),
    "full_minutes": whole(1, 180),
    "late_after_minutes": whole(0, 120),
}


def read_arrival(reader: Reader) -> ArrivalPolicy:
    """The policy in the object `reader` stands at; fields left out take the type's defaults.

    What is wrong is reported to the reader.
    """
    reader.refuse_beyond(ARRIVAL_FIELDS)
    return ArrivalPolicy(**reader.read_all(ARRIVAL_FIELDS))
