"""The map services, a module or folder each, and the fallback without any."""
