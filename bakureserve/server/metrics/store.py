"""The database's files: how large they are, and whether they can be trusted."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.server.metrics.families import gauge
from bakureserve.services.operations.store_care import StoreCare
from bakureserve.store.database import Database


def store_metrics(database: Database, care: StoreCare) -> Iterator[Metric]:
    yield gauge("bakureserve_store_bytes", "The database's file.", database.file_bytes())
    yield gauge(
        "bakureserve_store_log_bytes", "The database's write-ahead log.", database.log_bytes()
    )
    yield gauge(
        "bakureserve_store_sound",
        "1 while writes are taken, 0 once damage or a failing disk has shown.",
        0 if database.soundness.fault else 1,
    )
    yield gauge(
        "bakureserve_store_checked_timestamp_seconds",
        "When the whole file was last found without damage; 0 for not yet.",
        care.checked_at.timestamp() if care.checked_at else 0,
    )
