"""Health checks of the program and what it depends on, in a module for each part."""
