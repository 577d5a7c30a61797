"""The rules of reservations: what is offered, which table, and what may become of a booking."""
