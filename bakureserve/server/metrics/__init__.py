"""What Prometheus is told. The names are listed in `docs/api.md`.

The parts of the program count with plain numbers and know nothing of Prometheus; these modules read
the numbers at a scrape, which therefore changes nothing, and no label is made from what a client
sends. Every process tells its own figures, at its own port.
"""
