"""Transactions on a connection that is kept, pipelined where the server offers it (RFC 5321, RFC 2920).

A session comes from `session`, its octets and replies go through a `wire`. What stands here is the order of things: the
content is written after the gate gave its permit, and the gate is asked after the envelope was taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from distro.mail import commands
from distro.mail.replies import Said
from distro.mail.session import Session
from distro.mail.transport import Content, Envelope, Gate, Phase, Reply, octets_of, pieces_of

BLOCK = 131072
"""Octets of content that are written at once. What is longer goes block by block, each when the last one is the kernel's."""

_GROUP: tuple[tuple[Phase, int], ...] = (("mail", 2), ("rcpt", 2), ("data", 3))
"""MAIL, RCPT and DATA, each with the first digit of the reply that it wants."""


class SmtpLine:
    """One connection. After a refusal the transaction is reset and the line lives on; after silence it is closed.

    `most`: messages after which the line ends itself; 0: it does not.
    """

    def __init__(self, opened: Session, name: str, most: int = 0) -> None:
        self.name = name
        self._wire = opened.wire
        self._offers = opened.offers
        patience = opened.wire.patience
        self._patience = patience
        self._times = (patience.envelope, patience.envelope, patience.data)
        self._dot_time = (patience.dot,)
        self._left = most or -1
        self._announced: Envelope | None = None
        self._awaits_content = False

    @property
    def alive(self) -> bool:
        """Whether a copy can be tried here. Also on a line that the server left after it refused an announced envelope:
        the refusal has been said, and the next `send` returns it."""
        return not self._wire.lost or any(said.code >= 400 for said in self._wire.said)

    async def send(self, envelope: Envelope, copy: Content, gate: Gate, following: Envelope | None = None) -> Reply:
        """See transport.Line. Where `following` was announced, sending another envelope first takes that back, which costs
        the line if the server already waits for content: better close it then. Raises NoPath for a path that is none."""
        try:
            refused = await self._envelope(envelope, copy)
            if refused is not None:
                return refused
            permit = await gate()
        except commands.NoPath:  # nothing was said yet
            raise
        except BaseException:
            self._wire.end("given up")
            raise
        wire = self._wire
        if permit is None:
            await self._stop()
            return Reply("data", 0, "", stopped=True)
        if wire.lost:
            self._awaits_content = False
            said = wire.farewell
            if said is not None and said.code >= 400:
                return Reply("data", said.code, said.text)
            return Reply("data", 0, _silence(wire.lost))
        if not self._awaits_content:
            try:
                refused = await self._one(commands.DATA, *_GROUP[2], self._times[2])
            except BaseException:
                wire.end("given up")
                raise
            if refused is not None:
                return refused
        pieces = pieces_of(copy) if envelope.dotless else (commands.content(octets_of(copy)),)
        return await self._content(pieces, following)

    # --- the envelope

    async def _envelope(self, envelope: Envelope, copy: Content) -> Reply | None:
        """Say MAIL and RCPT, and DATA in one breath where that may be. None where the server takes it all."""
        announced, self._announced = self._announced, None
        size, eight_bit = (len(copy), not copy.isascii()) if isinstance(copy, bytes) else (envelope.size, False)
        if announced is envelope and envelope.size == size:
            return await self._group()
        unfit = self._unfit(envelope, size)
        if announced is envelope:
            refused = await self._group()
            if refused is None and unfit is not None:  # its size was not known when it was announced
                await self._stop()
            return refused or unfit
        if announced is not None:
            await self._take_back()
        if self._wire.lost:
            return Reply("mail", 0, _silence(self._wire.lost))
        if unfit is not None:
            return unfit
        mail, rcpt = commands.paths(envelope, size, self._offers, eight_bit=eight_bit)
        self._left -= 1
        if self._offers.pipelining:
            self._wire.write(mail + rcpt + commands.DATA, 3)
            return await self._group()
        return await self._one(mail, *_GROUP[0], self._times[0]) or await self._one(rcpt, *_GROUP[1], self._times[1])

    def _unfit(self, envelope: Envelope, size: int) -> Reply | None:
        """What the server would refuse by what it offers; asking would cost it and us the octets."""
        if not self._offers.smtputf8 and envelope.needs_smtputf8:
            return Reply("mail", 550, "550 5.6.7 The relay does not offer SMTPUTF8, which this address needs")
        if 0 < self._offers.size < size:
            return Reply("mail", 552, f"552 5.3.4 The copy has {size} octets, and the relay takes {self._offers.size}")
        return None

    async def _group(self) -> Reply | None:
        """Read the replies to MAIL, RCPT and DATA that were written together, each for itself. None: all three agree.

        RFC 2920, 3.1: a server may say 354 to DATA though it refused the recipient. It then takes whatever comes for
        content, so the line cannot be used any more. (A lone dot might be delivered as an empty message.)
        """
        wire = self._wire
        if len(wire.said) < 3:  # else they came with the reply to the copy before
            await wire.hear(3, self._times)
        said = list(wire.said)
        wire.said.clear()
        if len(said) == 3 and said[0].code < 300 and said[1].code < 300 and said[2].code // 100 == 3 and not wire.lost:
            self._awaits_content = True
            return None
        odd = [(phase, one) for (phase, good), one in zip(_GROUP, said, strict=False) if one.code // 100 != good]
        if not odd:
            phase = _GROUP[min(len(said), 2)][0]
            return Reply(phase, 0, _silence(wire.lost))
        if len(said) == 3 and said[2].code // 100 == 3:
            wire.end("the server waits for a content that it refused")
        return await self._refusal(*odd[0])

    async def _one(self, command: bytes, phase: Phase, good: int, seconds: float) -> Reply | None:
        """Say one command and read its reply. None: the server agrees."""
        wire = self._wire
        wire.write(command, 1)
        await wire.hear(1, (seconds,))
        if not wire.said:
            return Reply(phase, 0, _silence(wire.lost))
        said = wire.said.popleft()
        if said.code // 100 == good:
            return None
        return await self._refusal(phase, said)

    async def _refusal(self, phase: Phase, said: Said) -> Reply:
        """A reply that does not agree, made good for the line. One that makes no sense here says nothing of the message."""
        if said.code < 400:
            self._wire.end("a reply out of order")
            return Reply(phase, 0, _silence(f"a reply out of order: {said.text}"))
        await self._reset()
        self._hang_up_when_spent()
        return Reply(phase, said.code, said.text)

    async def _reset(self) -> None:
        wire = self._wire
        if wire.lost:
            return
        wire.write(commands.RSET, 1)
        await wire.hear(1, (self._patience.reset,))
        if not wire.said or wire.said.popleft().code // 100 != 2:
            wire.end("RSET was not answered")

    async def _stop(self) -> None:
        """Nothing of the content may go. Where the server waits for it already, hanging up is the only way not to send any."""
        try:
            if self._awaits_content:
                self._awaits_content = False
                self._wire.end("stopped before the content")
            else:
                await self._reset()
        except BaseException:
            self._wire.end("given up")
            raise
        self._hang_up_when_spent()

    async def _take_back(self) -> None:
        """The announced envelope is not the one that comes now."""
        if await self._group() is None:
            await self._stop()

    # --- the content

    def _announce(self, following: Envelope | None) -> bytes:
        """The envelope of the copy after this one, as it is written behind the dot (RFC 2920, 3.1). Empty where this server
        or this line has no use for it."""
        if following is None or not self._offers.pipelining or self._left == 0 or self._unfit(following, following.size):
            return b""
        try:
            mail, rcpt = commands.paths(following, following.size, self._offers)
        except commands.NoPath:  # its own send says so
            return b""
        self._announced = following
        self._left -= 1
        return mail + rcpt + commands.DATA

    async def _content(self, pieces: Sequence[bytes], following: Envelope | None) -> Reply:
        """Write the content and hear what became of it. A cancellation here is a silence: what was written is written."""
        wire = self._wire
        self._awaits_content = False
        dotted, behind = False, 0
        long = sum(map(len, pieces)) > BLOCK
        try:
            if long and not await self._blocks(b"".join(pieces)):
                return self._cut_off()
            group = self._announce(following)
            tail = commands.DOT + group
            dotted, behind = True, len(group)
            if long:
                wire.write(tail, 4 if group else 1)
            else:
                wire.write_all((*pieces, tail), 4 if group else 1)
            await wire.hear(1, self._dot_time)
        except asyncio.CancelledError:
            wire.end("cancelled while the reply was awaited")
        if not wire.said:
            # What the kernel has may have reached the server, whatever the network said since: then the copy may have been
            # taken, and only then. A dot that never left this process ended no message (RFC 5321, 4.1.1.4).
            return Reply("dot", 0, _silence(wire.lost), content_sent=dotted and wire.unsent <= behind)
        said = wire.said.popleft()
        if wire.clogged and wire.transport.get_write_buffer_size() > behind:  # it answered before it had heard the end
            wire.end("the server answered before the final dot")
            if said.code < 400:
                return Reply("dot", 0, _silence(f"a reply before the final dot: {said.text}"), content_sent=True)
        if said.code >= 400:
            self._hang_up_when_spent()
            return Reply("dot", said.code, said.text)
        if said.code >= 300:  # where 250 was due: nobody knows what it means
            wire.end("a reply out of order")
            return Reply("dot", 0, _silence(f"a reply out of order: {said.text}"), content_sent=True)
        self._hang_up_when_spent()
        return Reply("dot", said.code, said.text, content_sent=True)

    async def _blocks(self, ready: bytes) -> bool:
        """Write a long content, but not its dot. False where the server spoke up or went away before the end."""
        wire, octets = self._wire, memoryview(ready)
        for at in range(0, len(ready), BLOCK):
            wire.write(octets[at : at + BLOCK])
            await wire.flush()
            if wire.said or wire.lost:
                return False
        return True

    def _cut_off(self) -> Reply:
        """The dot was not written, so nothing can have been accepted, unless the server claims it."""
        wire = self._wire
        why = wire.lost
        wire.end("the server spoke before the final dot")
        said = wire.said.popleft() if wire.said else wire.farewell
        if said is None:
            return Reply("dot", 0, _silence(why))
        if said.code < 400:
            return Reply("dot", 0, _silence(f"a reply before the final dot: {said.text}"), content_sent=True)
        return Reply("dot", said.code, said.text)

    # --- the end

    def _hang_up_when_spent(self) -> None:
        if self._left == 0 and self._announced is None:
            self._wire.part()

    async def close(self) -> None:
        """QUIT, and wait a moment for the answer. Where something is announced, hang up: the server waits for content."""
        wire = self._wire
        if self._announced is not None or self._awaits_content:
            self._announced = None
            wire.end("closed with a copy announced")
        wire.part()
        await asyncio.wait([wire.gone], timeout=self._patience.quit + 1)
        wire.transport.abort()


def _silence(why: str) -> str:
    return f"(no reply: {' '.join(why.split())})"
