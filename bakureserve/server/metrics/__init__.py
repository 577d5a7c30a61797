"""Metrics for Prometheus. `docs/api.md` lists their names.

The parts of the program count with plain numbers and know nothing of Prometheus; these modules read
the numbers at a scrape, which changes none of them. No label comes from a client. Every process
reports its own figures, at its own port.
"""
