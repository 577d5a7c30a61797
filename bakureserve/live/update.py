"""One change of a reservation, on its way to everybody who follows it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from bakureserve.domain.reservations.reservation import Reservation


class Update:
    """Event `event_id` changed this reservation; `reservation` is None once it is removed.

    It says how things stand when it is sent out, which may be later than the event. Its bytes are
    made once for each audience, however many readers an audience has.
    """

    __slots__ = ("_frames", "event_id", "reservation", "reservation_id")

    def __init__(self, event_id: int, reservation_id: str, reservation: Reservation | None) -> None:
        self.event_id = event_id
        self.reservation_id = reservation_id
        self.reservation = reservation
        self._frames: dict[Hashable, bytes] = {}

    def frame(self, audience: Hashable, render: Callable[[Update], bytes]) -> bytes:
        """The bytes for this audience; `render` makes them for the first who asks."""
        frame = self._frames.get(audience)
        if frame is None:
            frame = self._frames[audience] = render(self)
        return frame


class Beat:
    """A sign of life between updates: everything up to event `position` has been handed out."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position


Message = Update | Beat
"""What waits for a follower."""


def of_reservation(reservation_id: str) -> tuple[str, str]:
    """The topic of one reservation."""
    return "reservation", reservation_id


def of_restaurant(restaurant_id: str) -> tuple[str, str]:
    """The topic of those who are on their way to a restaurant."""
    return "restaurant", restaurant_id
