"""The map services, a module or folder each."""
