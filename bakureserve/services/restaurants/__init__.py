"""The restaurants: reading them fast, and taking them in and out."""
