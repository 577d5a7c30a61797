"""Every measurement, one after another: `python -m bench`."""

from __future__ import annotations

from bench import booking, caches, eta, limiter, live, logins, reading, startup, tokens, trips

for title, measurement in {
    "Starting": startup.main,
    "Reading": reading.main,
    "Booking": booking.main,
    "Tokens": tokens.main,
    "Logging in": logins.main,
    "Estimating": eta.main,
    "Limiter": limiter.main,
    "Caches": caches.main,
    "Trips": trips.main,
    "Streams": live.main,
}.items():
    print(f"\n## {title}")
    measurement()
