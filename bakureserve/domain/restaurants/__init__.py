"""A restaurant, its hours and floor, and the document that describes it."""
