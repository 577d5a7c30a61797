"""A guest on the way: from the announcement to the door, and what the kitchen does meanwhile.

- `intent`: the states of an arrival, and who may change them;
- `location`: which locations are plausible, and when a guest has arrived;
- `forecast`: when they will arrive, from signals that come late, seldom and wrong;
- `kitchen`: make times, when the food is started and held, and quotes for pre-orders;
- `trip`: what is stored between signals, and how each signal changes it;
- `review`: early, on time or late, which alerts are due, and when to review again;
- `board`: what staff see of it;
- `calibration`: how accurate predictions were.
"""
