"""What the program says to people, by code and language. A leaf: both edges read it."""
