"""Who reads a stream: by the header of the handshake, or by the first message."""

from __future__ import annotations

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import BadRequest, Forbidden, Unauthenticated
from bakureserve.server.identity import Identify
from bakureserve.server.streams.messages import AuthMessage

_AUTH = msgspec.json.Decoder(AuthMessage)


class ReaderIdentity:
    """The reader's proof, which is looked at again as long as the stream goes on.

    A token from a message is read as if it had come in a header: there is one door for both.
    """

    def __init__(
        self, visitor: Actor | None, authorization: str | None, identify: Identify
    ) -> None:
        self._actor = visitor
        self._proof = authorization
        self._identify = identify

    async def check(self) -> Actor:
        """Who they are right now. Raises Unauthenticated when the proof does not hold any more."""
        known = self._actor
        if known is not None and self._proof is None:
            return known  # by the connection itself, which still stands
        actor = await self._identify(self._proof)
        if actor is None:
            raise Unauthenticated("token_missing")
        if known is not None and known.subject != actor.subject:
            raise Forbidden("stream_of_another")
        self._actor = actor
        return actor

    async def hear(self, text: str) -> Actor:
        """Take the token of a message. Raises BadRequest for another message, as `check` does."""
        try:
            message = _AUTH.decode(text)
        except (msgspec.DecodeError, UnicodeError):
            raise BadRequest("stream_message_unexpected") from None
        self._proof = f"Bearer {message.token}"
        return await self.check()
