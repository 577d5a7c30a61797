"""WebSockets."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.server.metrics.families import counter, counters, gauge
from bakureserve.server.streams.stream_limits import Doors


def stream_metrics(doors: Doors) -> Iterator[Metric]:
    yield gauge("bakureserve_streams_open", "WebSockets that are open.", doors.inside)
    yield counter("bakureserve_streams_opened", "WebSockets opened.", doors.opened)
    yield counter("bakureserve_stream_messages", "Messages sent to them.", doors.delivered)
    yield counters(
        "bakureserve_streams_closed",
        "WebSockets that were ended by the server, by close code.",
        ("code",),
        {(str(int(code)),): count for code, count in doors.closed.items()},
    )
