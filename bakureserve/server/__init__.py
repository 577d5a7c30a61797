"""The HTTP server: parse, call a service, answer."""
