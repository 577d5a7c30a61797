from tests.limits.conftest import own_redis

__all__ = ["own_redis"]
