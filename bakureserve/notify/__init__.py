"""Sending notices: e-mail with calendar entries, webhooks, and files."""

from __future__ import annotations

from bakureserve.domain.notifications import Failure


class DeliveryFailed(Exception):
    """An attempt failed; `failure` says why and whether another may succeed."""

    def __init__(
        self,
        code: str,
        *,
        permanent: bool = False,
        retry_after: float = 0.0,
        nowhere: bool = False,
        gone: str = "",
    ) -> None:
        super().__init__(code)
        self.failure = Failure(code, permanent, retry_after, nowhere, gone)
