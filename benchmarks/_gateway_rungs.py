"""The steps from an echo to the gateway, each a server in a process of its own, to show what each step costs.

    python benchmarks/_gateway_rungs.py later|read|fact|kept PORT [DATABASE_URL]

later: an echo that answers as late, and as many at once, as a commit would, and does nothing else: the cost of waiting.
read: also decodes the frame to its type, with all checks. fact: also makes a neutral fact and its answer.
kept: also answers only when the fact is durable, in groups. The gateway does more: the handshake with its password,
verdicts on tokens, transaction numbers, limits, fencing, orders, and the site that each charger belongs to.
"""

import asyncio
import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import uvloop
from _gateway_network import OPERATOR, SPACE
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from forecourt.gateway import GroupCommitWriter
from forecourt.gateway.dialects import V16, Boot, CallContext, CardQuery, Report
from forecourt.gateway.wire import Call, read_frame, write_result
from forecourt.kernel import ChargerId, SiteId
from forecourt.stations import Acknowledgement, Approval, CardPresented, Message, Verdict
from forecourt.store import PostgresTransactions

ANSWER = b'{"idTagInfo":{"status":"Accepted"},"transactionId":1}'
ACK = Acknowledgement("1", Verdict.ACCEPTED)
SITE = SiteId(SPACE)
LATER_S = 0.04


class Later(WSListener):
    """Everybody waits for the same moment."""

    line: ClassVar[list[tuple[WSTransport, bytes]]] = []

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            if not self.line:
                asyncio.get_running_loop().call_later(LATER_S, self.answer)
            self.line.append((transport, frame.get_payload_as_bytes()))

    def answer(self) -> None:
        waiting = self.line.copy()
        self.line.clear()
        for transport, payload in waiting:
            transport.send(WSMsgType.TEXT, payload)


class Read(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            event = read_frame(frame.get_payload_as_bytes(), V16.whole_calls)
            assert isinstance(event, Call)
            self.called(transport, event)

    def called(self, transport: WSTransport, call: Call) -> None:
        transport.send(WSMsgType.TEXT, write_result(call.id, ANSWER))


class Fact(Read):
    def called(self, transport: WSTransport, call: Call) -> None:
        now = datetime.now(UTC)
        self.said(transport, call, V16.parse_call(call.action, call.payload, CallContext(now, call.id, call.message)), now)

    def said(self, transport: WSTransport, call: Call, inbound: object, now: datetime) -> None:
        assert isinstance(inbound, Report | Boot | CardQuery)
        payload = inbound.answer(Approval.APPROVED, now, 300) if isinstance(inbound, Boot) else inbound.answer(ACK)
        transport.send(WSMsgType.TEXT, write_result(call.id, payload))


class Kept(Fact):
    def __init__(self, name: str, writer: GroupCommitWriter) -> None:
        super().__init__()
        self.name, self.writer = ChargerId(name), writer

    def said(self, transport: WSTransport, call: Call, inbound: object, now: datetime) -> None:
        if isinstance(inbound, CardQuery):
            return super().said(transport, call, inbound, now)
        assert isinstance(inbound, Report | Boot)
        message = Message(self.name, OPERATOR, SITE, now, call.action, inbound.fact, inbound.dedupe_key, call.payload, inbound.flags)
        return self.writer.add(message, partial(self.durable, transport, call, inbound, now))

    def durable(self, transport: WSTransport, call: Call, inbound: object, now: datetime, ack: object) -> None:
        assert isinstance(ack, Acknowledgement)
        super().said(transport, call, inbound, now)


KINDS = {"later": Later, "read": Read, "fact": Fact}


async def serve(kind: str, port: int, url: str) -> None:
    transactions = PostgresTransactions(url) if url else None

    def accept(said: Sequence[Message | CardPresented]) -> Sequence[Acknowledgement]:
        assert transactions is not None
        messages = [one for one in said if isinstance(one, Message)]
        with transactions.begin() as store:
            return store.inbox.add(messages, [ACK] * len(messages))

    writer = GroupCommitWriter(accept)

    def listener(request: WSUpgradeRequest) -> WSListener:
        if kind == "kept":
            return Kept(request.path.decode().rpartition("/")[2], writer)
        return KINDS[kind]()

    server = await ws_create_server(listener, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


def main() -> None:
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # as in the gateway
    kind, port, *url = sys.argv[1:]
    uvloop.run(serve(kind, int(port), url[0] if url else ""))


if __name__ == "__main__":
    main()
