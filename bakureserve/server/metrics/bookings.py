"""What became of reservations, and how the store's writer is doing."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.server.metrics.families import counter, counters, gauge
from bakureserve.services.reservations.booking_counters import BookingCounters
from bakureserve.store.writer import Writer


def booking_metrics(bookings: BookingCounters) -> Iterator[Metric]:
    yield counters(
        "bakureserve_reservation_changes",
        "Changes of reservations that were made, such as booked or cancelled.",
        ("change",),
        {(change,): count for change, count in bookings.changes.items()},
    )
    yield counters(
        "bakureserve_reservation_conflicts",
        "Changes that the state of things forbade, such as table_taken.",
        ("code",),
        {(code,): count for code, count in bookings.conflicts.items()},
    )


def writer_metrics(writer: Writer) -> Iterator[Metric]:
    yield gauge("bakureserve_writer_waiting", "Units of work that wait.", writer.waiting)
    yield counter("bakureserve_writer_units", "Units of work committed.", writer.units_committed)
    yield counter(
        "bakureserve_writer_batches",
        "Commits; units divided by these is the size of a batch.",
        writer.batches_committed,
    )
