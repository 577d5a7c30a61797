"""WebSockets."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.server.metrics.families import counter, counters, gauge
from bakureserve.server.streams.stream_limits import StreamLimits


def stream_metrics(stream_limits: StreamLimits) -> Iterator[Metric]:
    yield gauge("bakureserve_streams_open", "WebSockets that are open.", stream_limits.inside)
    yield counter("bakureserve_streams_opened", "WebSockets opened.", stream_limits.opened)
    yield counter("bakureserve_stream_messages", "Messages sent to them.", stream_limits.delivered)
    yield counters(
        "bakureserve_streams_closed",
        "WebSockets that were ended by the server, by close code.",
        ("code",),
        {(str(int(code)),): count for code, count in stream_limits.closed.items()},
    )
