"""A guest on the way: from the first word to the door, and what the kitchen is told meanwhile.

- `intent`: the states of an arrival, who may change them, and what is shown of the way;
- `location`: which places a phone names can be true, and when a guest counts as there;
- `forecast`: when they will be there, from signals that come late, seldom and wrong;
- `kitchen`: make times, when the food is started and held, and what a pre-order is told;
- `trip`: what is kept between signals, and one signal after the other;
- `review`: early, on time or late, what has to be told by now, and when to look again;
- `board`: what staff see of it;
- `calibration`: how good predictions were.
"""
