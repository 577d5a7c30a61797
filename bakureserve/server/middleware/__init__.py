"""What happens to every request on its way in and out, one idea a module.

The order in which they stand around a handler is in `bakureserve.server.app`.
"""
