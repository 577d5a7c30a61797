"""The one thing that can go wrong with shared buckets, known without importing redis-py."""


class RedisAway(Exception):
    """Redis did not answer, or not in time."""
