"""Types and rules of restaurant booking: no I/O, no async, and the clock is an argument."""
