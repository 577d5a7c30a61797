"""What Prometheus is told, a concern a module. The names are listed in `docs/api.md`.

The parts of the program count with plain numbers and know nothing of Prometheus; these modules read
the numbers when somebody asks. A scrape therefore changes nothing, and no label is made from what a
client sends. Every process tells its own figures, at its own port.
"""
