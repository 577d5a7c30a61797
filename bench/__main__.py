"""Every measurement, one after another: `python -m bench`."""

from __future__ import annotations

from bench import booking, reading, startup

for title, measurement in {
    "Starting": startup.main,
    "Reading": reading.main,
    "Booking": booking.main,
}.items():
    print(f"\n## {title}")
    measurement()
