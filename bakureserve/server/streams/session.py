"""A stream once its reader is authenticated: snapshot, updates, heartbeats, and new tokens.

No stream waits for its reader: one that is too slow is closed with a code, and can resume.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from bakureserve.broker import TopicReader
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import BadRequest, Forbidden, NotFound, TooMany, Unauthenticated
from bakureserve.server.caller import Identify
from bakureserve.server.streams.messages import AuthMessage, Followed, Stopping, StreamMessage
from bakureserve.services.arrivals.live import Beat, Beginning, Live, Message, Update

SHORTEST_PAUSE = 0.5
"""The fewest seconds between two messages of a reader, which only sends a token now and then."""


class Ended(Exception):
    """The stream ends, with a close code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass
class Subscription:
    """A reader, the messages that wait for it, and where it begins."""

    actor: Actor
    reader: TopicReader[Message]
    beginning: Beginning


@asynccontextmanager
async def subscribed(
    live: Live, followed: Followed, actor: Actor, after: int | None
) -> AsyncIterator[Subscription]:
    """Follow a subject for this reader. Raises the errors of the subject's GET."""
    topic = await followed.topic()
    # Follow before reading, so that no change is missed in between.
    reader = live.broker.follow(topic)
    try:
        yield Subscription(actor, reader, await followed.begin(actor, after))
    finally:
        live.broker.leave(topic, reader)


class StreamSession:
    """One reader's stream, both ways. `count` is called for every message sent."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        receiver: Receiver,
        followed: Followed,
        identity: ReaderIdentity,
        subscription: Subscription,
        *,
        live: Live,
        heartbeat: float,
        count: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._receiver = receiver
        self._followed = followed
        self._identity = identity
        self._actor = subscription.actor
        self._reader = subscription.reader
        self._beginning: Beginning | None = subscription.beginning
        self._position = 0
        self._live = live
        self._heartbeat = heartbeat
        self._count = count

    async def run(self) -> None:
        """Serve until the reader hangs up. Raises Ended, ReserveError, ConnectionError."""
        if not self._reader.lost:  # lost before it began
            sending = asyncio.create_task(self._send())
            listening = asyncio.create_task(self._listen())
            self._reader.on_loss = sending.cancel
            await _first_of(sending, listening)
        if self._reader.lost:
            raise Ended(WSCloseCode.TRY_AGAIN_LATER, "too_slow")

    async def announce_end(self, retry_after: float) -> None:
        """Tell the reader when to reconnect, if anything was sent yet."""
        if self._beginning is None:
            stopping = Stopping(round(retry_after, 3))
            await self._write(
                msgspec.json.encode(StreamMessage(self._position, "stopping", stopping))
            )

    async def _listen(self) -> None:
        """Replace the token with each new one; readers send nothing else."""
        loop = asyncio.get_running_loop()
        heard_at = -SHORTEST_PAUSE
        while (message := await self._receiver.next()).type not in OVER:
            now = loop.time()
            if now < heard_at + SHORTEST_PAUSE:
                raise TooMany("stream_messages", retry_after=SHORTEST_PAUSE)
            heard_at = now
            self._actor = await self._identity.renew(text_of(message))

    async def _send(self) -> None:
        await self._send_beginning()
        beats = _Beats(self._heartbeat, lambda: self._reader.put(Beat(self._live.position)))
        try:
            while True:
                message = await self._reader.get()
                if isinstance(message, Beat):
                    await self._send_heartbeat(message)
                elif message.event_id > self._position:
                    await self._send_update(message)
        finally:
            beats.stop()

    async def _send_beginning(self) -> None:
        beginning, self._beginning = (
            self._beginning,
            None,
        )  # freed, not held for the stream's whole life
        if beginning is None:
            return
        if beginning.missed is None:
            await self._write(self._followed.snapshot(self._actor, beginning))
        else:
            for missed in beginning.missed:
                await self._send_update(missed)
        self._position = beginning.position

    async def _send_update(self, changed: Update) -> None:
        await self._write(self._followed.frame(self._actor, changed))
        self._position = changed.event_id
        if changed.reservation is None and self._followed.ends_with_removal:
            raise NotFound("reservation_unknown", reservation=changed.reservation_id)

    async def _send_heartbeat(self, beat: Beat) -> None:
        """Check that the token is still valid, and send a heartbeat."""
        self._actor = await self._identity.check()
        self._followed.require(self._actor)
        self._position = max(self._position, beat.position)
        await self._write(msgspec.json.encode(StreamMessage(self._position, "heartbeat", None)))

    async def _write(self, frame: bytes) -> None:
        await self._socket.send_frame(frame, WSMsgType.TEXT)
        self._count()


class _Beats:
    """Calls `beat` every so many seconds until stopped, by one timer and no task."""

    def __init__(self, seconds: float, beat: Callable[[], None]) -> None:
        self._seconds = seconds
        self._beat = beat
        self._timer = self._later()

    def stop(self) -> None:
        self._timer.cancel()

    def _later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._seconds, self._fire)

    def _fire(self) -> None:
        self._timer = self._later()
        self._beat()


async def _first_of(*tasks: asyncio.Task[None]) -> None:
    """Wait until one of the tasks ends, and cancel the others. Raises what it raised."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        if not task.cancelled():
            task.result()


OVER = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
"""The types of messages that end a stream."""
MOST_PINGS, PING_SECONDS = 20, 10.0
"""The most pings in so many seconds. Clients send one in twenty or thirty."""


class Receiver:
    """Receives messages, and answers pings, which aiohttp would answer without limit."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._pings = 0
        self._since = 0.0

    async def next(self) -> Any:
        """The next message, which may be one of those that are OVER. Raises TooMany."""
        while True:
            message: Any = await self._socket.receive()
            if message.type is WSMsgType.PING:
                self._count_ping()
                await self._socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return message

    def _count_ping(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._since + PING_SECONDS:
            self._since, self._pings = now, 0
        self._pings += 1
        if self._pings > MOST_PINGS:
            raise TooMany("stream_messages", retry_after=PING_SECONDS)


def text_of(message: Any) -> str:
    """A message's text. Raises BadRequest for a binary message."""
    if message.type is not WSMsgType.TEXT:
        raise BadRequest("stream_message_unexpected")
    text: str = message.data
    return text


_AUTH = msgspec.json.Decoder(AuthMessage)


class ReaderIdentity:
    """The reader's token, checked again for as long as the stream lasts.

    A token from a message is verified like one from a header.
    """

    def __init__(
        self, visitor: Actor | None, authorization: str | None, identify: Identify
    ) -> None:
        self._actor = visitor
        self._proof = authorization
        self._identify = identify

    async def check(self) -> Actor:
        """The reader's actor now. Raises Unauthenticated when the token is no longer valid."""
        known = self._actor
        if known is not None and self._proof is None:
            return known  # identified by the connection, which is still open
        actor = await self._identify(self._proof)
        if actor is None:
            raise Unauthenticated("token_missing")
        if known is not None and known.subject != actor.subject:
            raise Forbidden("stream_of_another")
        self._actor = actor
        return actor

    async def renew(self, text: str) -> Actor:
        """Replace the token by that of a message. Raises BadRequest for any other message."""
        try:
            message = _AUTH.decode(text)
        except (msgspec.DecodeError, UnicodeError):
            raise BadRequest("stream_message_unexpected") from None
        self._proof = f"Bearer {message.token}"
        return await self.check()
