"""The restaurants: fast reading, import, export and removal."""
