"""A guest on the way: from the first word to the door, and what the kitchen does meanwhile.

- `intent`: the states of an arrival, and who may change them;
- `location`: which places a phone names can be true, and when a guest counts as there;
- `forecast`: when they will be there, from signals that come late, seldom and wrong;
- `kitchen`: make times, when the food is started and held, and quotes for pre-orders;
- `trip`: what is kept between signals, and one signal after the other;
- `review`: early, on time or late, which alerts are due, and when to look again;
- `board`: what staff see of it;
- `calibration`: how good predictions were.
"""
