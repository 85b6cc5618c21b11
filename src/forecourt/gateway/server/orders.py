"""Orders to one charger: each becomes a call, and the charger's answer becomes the result."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace as with_
from functools import partial

from msgspec.structs import replace

from forecourt.gateway.dialects import Dialect, OutgoingCall
from forecourt.gateway.orders_codec import decode_order, encode_result
from forecourt.gateway.server.repeated_orders import RepeatedOrders
from forecourt.gateway.wire import CallError, CallResult, Conversation, Fault, fault_of
from forecourt.kernel import BadInput
from forecourt.stations import (
    Acknowledgement,
    CapCharge,
    ChargeCap,
    Fact,
    Order,
    OrderResult,
    Outcome,
    ReadInventory,
    ReadSchedule,
    SetLimit,
    TransactionStarted,
    TransactionUpdated,
)

_UNREACHABLE = OrderResult(Outcome.UNREACHABLE)
_UNANSWERED = OrderResult(Outcome.UNANSWERED)
_OPTIONAL_ANSWERS = (ReadSchedule, ReadInventory)
_CANNOT = (Fault.NOT_IMPLEMENTED, Fault.NOT_SUPPORTED)


class OrderExecutor:
    """Accepts orders for as long as its socket lives. A limit from an older plan than the last accepted one is STALE and is not sent.

    plans: by EVSE, the plan of the last limit; outlives the socket. outcomes: counts how orders ended. caps: by transaction, the cap to
    send in the answer to its next message. repeated: what is known of orders that may be sent again.
    """

    def __init__(
        self, dialect: Dialect, conversation: Conversation, send: Callable[[bytes], None], plans: dict[int, int], outcomes: Counter[str]
    ) -> None:
        self._dialect = dialect
        self._conversation = conversation
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._open: dict[str, tuple[OutgoingCall, asyncio.Future[OrderResult]]] = {}
        self._plans = plans
        self._outcomes = outcomes
        self.caps: dict[str, ChargeCap] = {}
        self.repeated = RepeatedOrders()
        self._closed = False

    async def handle(self, data: bytes) -> bytes:
        """Carry out an order, from bytes to the result as bytes; waits for the charger."""
        try:
            order, order_id = decode_order(data)
        except BadInput as error:
            return encode_result(OrderResult(Outcome.REJECTED, error.text))
        result = await self.repeated.once(order_id, partial(self._count_outcome, order))
        return encode_result(with_(result, mute=self._conversation.mute))

    async def _count_outcome(self, order: Order) -> OrderResult:
        result = await self.execute(order)
        self._outcomes[result.outcome.value] += 1
        return result

    async def execute(self, order: Order) -> OrderResult:
        if self._closed:
            return _UNREACHABLE
        if isinstance(order, SetLimit) and order.plan < self._plans.get(order.evse_number, order.plan):
            return OrderResult(Outcome.STALE)
        outgoing = self._dialect.build_call(order)
        if isinstance(outgoing, OrderResult):
            return outgoing
        if self._conversation.is_full:
            return OrderResult(Outcome.UNREACHABLE, "too many orders are waiting")
        if isinstance(order, SetLimit):
            self._plans[order.evse_number] = order.plan
        elif isinstance(order, CapCharge):
            self.caps[order.transaction] = order.cap
        future: asyncio.Future[OrderResult] = self._loop.create_future()
        self._open[self._conversation.queue_call(outgoing.action, outgoing.payload, brief=isinstance(order, _OPTIONAL_ANSWERS))] = (
            outgoing,
            future,
        )
        self._pump()
        return await future

    def answered(self, event: CallResult | CallError) -> None:
        outgoing, future = self._open.pop(event.id)
        if isinstance(event, CallResult):
            result = outgoing.read(event.payload)
        else:
            cannot = fault_of(event.code) in _CANNOT
            result = OrderResult(Outcome.UNSUPPORTED if cannot else Outcome.REJECTED, event.code[:50])
        _settle(future, result)
        self._pump()

    def with_cap(self, fact: Fact, acknowledgement: Acknowledgement) -> Acknowledgement:
        """The answer to a message about a running charge, with the cap that is waiting for it."""
        if not isinstance(fact, TransactionStarted | TransactionUpdated) or fact.offline:
            return acknowledgement
        cap = self.caps.pop(fact.transaction or "", None)
        return acknowledgement if cap is None else replace(acknowledgement, cap=cap)

    def expire(self, now: float) -> None:
        expired = self._conversation.expire(now)
        if expired is not None:
            _settle(self._open.pop(expired)[1], _UNANSWERED)
            self._pump()

    def abandon(self) -> None:
        """The socket is closed: orders already sent may have had an effect, the others had none."""
        self._closed = True
        sent, _ = self._conversation.abandon()
        for call_id, (_, future) in self._open.items():
            _settle(future, _UNANSWERED if call_id == sent else _UNREACHABLE)
        self._open.clear()

    def _pump(self) -> None:
        frame = self._conversation.next_frame(self._loop.time())
        if frame is not None:
            self._send(frame)


def _settle(future: "asyncio.Future[OrderResult]", result: OrderResult) -> None:
    if not future.done():
        future.set_result(result)
