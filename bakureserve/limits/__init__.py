"""How often each client may call: the buckets behind the rate limit."""


class RedisAway(Exception):
    """Redis did not answer, or not in time. It stands here, where it is known without redis-py."""
