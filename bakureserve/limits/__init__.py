"""How often each client may call: the buckets behind the rate limit."""
