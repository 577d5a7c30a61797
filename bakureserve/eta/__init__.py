"""How long the way to a restaurant takes, asked of map services that may fail."""
