"""Signing webhooks the way of Standard Webhooks (standardwebhooks.com), which has many readers."""

from __future__ import annotations

import base64
import hashlib
import hmac


def secret_of(restaurant_id: str, master: str) -> str:
    """The secret that the restaurant checks with: its own, so that none can sign for another."""
    key = hmac.digest(master.encode(), f"webhook:{restaurant_id}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(key).decode()}"


def signed(delivery_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """The headers that prove who sent `body`, and when (Unix seconds), against replays.

    The signature is HMAC-SHA256 over `id.timestamp.body`.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((delivery_id.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
