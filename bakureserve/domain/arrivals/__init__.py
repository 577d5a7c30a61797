"""A guest on the way: from the first word to the door, and what the kitchen is told meanwhile.

- `moves`: the states of an arrival, and who may change them how;
- `visit`: what can be true of this visit, and when a booking that is moved is another;
- `plausibility`: which places a phone names can be true;
- `geofence`: when a guest counts as there;
- `forecast`: when they will be there, from signals that come late, seldom and wrong;
- `kitchen`: when the food is to be started, and when it is to be held;
- `punctuality`: early, on time or late, and what becomes of the table;
- `way`: what is shown of the way;
- `trip`: what is kept between signals, and one signal after the other;
- `review`: what has to be told by now, and when to look again;
- `board`: what staff see of it.
"""
