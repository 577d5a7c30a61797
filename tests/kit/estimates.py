"""Estimates as an engine gives them: say what matters, the rest is sensible."""

from __future__ import annotations

from typing import Any

from bakureserve.domain.places.estimate import Diagnosis, Estimate


def an_estimate(seconds: float, **fields: Any) -> Estimate:
    """OSRM's way of so many seconds at 30 km/h, with nothing known of the traffic."""
    km, minutes = seconds / 120, -(-int(seconds) // 60)
    given: dict[str, Any] = {
        "eta_seconds": int(seconds),
        "eta_minutes": minutes,
        "distance_km": km,
        "provider": "osrm",
        "typical_eta_minutes": minutes,
        "diagnosis": Diagnosis(
            legs=(),
            base="osrm",
            choice="osrm_alone",
            straight_line_km=km / 1.3,
            base_seconds=seconds,
            traffic="unknown",
            traffic_factor=1.0,
            buffer_seconds=0.0,
            floor_seconds=60.0,
            total_seconds=seconds,
            fallback_km=km,
            fallback_seconds=seconds,
            deadline_ms=0.0,
            took_ms=0.0,
        ),
    }
    return Estimate(**(given | fields))
