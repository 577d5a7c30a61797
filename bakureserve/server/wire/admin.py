"""What administrators see of the server's insides, and how they ask for it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from bakureserve.limits.gcra import Quota
from bakureserve.limits.memory import Bucket
from bakureserve.server.kinds import Cursor, InputText, PageSize


class Dropped(msgspec.Struct, frozen=True):
    """How many entries are gone."""

    dropped: int


class LimitedClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client of the limiter: an IPv4 address or an IPv6 /64, what it has used and has left of its
    quota, and in how many seconds all of it is free again."""

    client: str
    used: int
    remaining: int
    reset_after: float


class BusiestQuery(msgspec.Struct, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


class AuditQuery(msgspec.Struct, frozen=True):
    action: InputText | None = None
    actor: InputText | None = None
    noun_id: InputText | None = None
    limit: PageSize = 100
    cursor: Cursor = ""


def limited_client(client: str, bucket: Bucket | None, quota: Quota) -> LimitedClient:
    """A client as shown; without a bucket its quota is whole."""
    used = bucket.used if bucket else 0
    return LimitedClient(
        client=client,
        used=used,
        remaining=quota.requests - used,
        reset_after=bucket.reset_after if bucket else 0.0,
    )
