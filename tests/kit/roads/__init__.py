"""Streets to drive on in tests and benchmarks: a real OSRM over a made-up town, and a GoMap.

`grid` makes the town, `osrm` runs the router over it, `gomap` speaks GoMap's protocol, and
`trouble` is what can go wrong with either: a `Front` before OSRM, and GoMap itself, take troubles.
"""
