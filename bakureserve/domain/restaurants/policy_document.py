"""A booking policy read from JSON: the `booking` part of a restaurant's document.

{"slot_minutes": 30, "turn_times": [{"up_to": 2, "minutes": 90}, …], "buffer_minutes": 10,
 "last_seating_minutes": null, "lead_minutes": 30, "cancellation_minutes": 120,
 "horizon_days": 60, "min_party": 1, "max_party": null}
"""

from __future__ import annotations

from bakureserve.domain.document import Reader, Rule, whole
from bakureserve.domain.restaurants.restaurant import BookingPolicy, TurnTime

POLICY_FIELDS: dict[str, Rule] = {
    "slot_minutes": whole(5, 240),
    "buffer_minutes": whole(0, 240),
    "last_seating_minutes": whole(0, 1440),
    "lead_minutes": whole(0, 43_200),
    "cancellation_minutes": whole(0, 43_200),
    "horizon_days": whole(1, 730),
    "min_party": whole(1, 100),
    "max_party": whole(1, 100),
}
TURN_TIME_FIELDS: dict[str, Rule] = {"up_to": whole(1, 100), "minutes": whole(15, 720)}


def read_policy(reader: Reader) -> BookingPolicy:
    """The policy in the object `reader` stands at; fields left out take the type's defaults.

    What is wrong is reported to the reader.
    """
    reader.refuse_beyond({*POLICY_FIELDS, "turn_times"})
    fields = reader.read_all(POLICY_FIELDS)
    if reader.has("turn_times"):
        fields["turn_times"] = _turn_times(reader)
    policy = BookingPolicy(**fields)
    if policy.max_party is not None and policy.max_party < policy.min_party:
        reader.report("max_party", "max_party_below_min", min_party=policy.min_party)
    return policy


def _turn_times(reader: Reader) -> tuple[TurnTime, ...]:
    turns: list[TurnTime] = []
    for turn in reader.objects("turn_times"):
        turn.refuse_beyond(TURN_TIME_FIELDS)
        fields = turn.read_all(TURN_TIME_FIELDS, up_to=0, minutes=0)
        if turns and 0 < fields["up_to"] <= turns[-1].up_to:
            turn.report("up_to", "turn_times_not_ascending", previous=turns[-1].up_to)
        turns.append(TurnTime(**fields))
    if not turns:
        reader.report("turn_times", "turn_times_missing")
    return tuple(turns)
