"""A dialect made of two tables: the calls it handles, and the orders it can send."""

from collections.abc import Callable, Mapping, Set
from typing import Any

from msgspec import Struct

from forecourt.gateway.dialects.hearing import Asked, Denied, Hear, Heard, Inbound
from forecourt.gateway.dialects.unreadable import UnreadableError
from forecourt.gateway.wire import Fault, Spelling, WholeCalls, whole_call
from forecourt.stations import Order, OrderResult, Outcome, Protocol


class TableDialect:
    """Looks up handlers by action and by kind of order.

    known: the version's actions a charger may call. One of them without a handler is NotSupported, any other NotImplemented.
    often: the types of the most frequent calls.
    """

    def __init__(
        self,
        protocol: Protocol,
        spelling: Spelling,
        hears: Mapping[str, Hear],
        asks: Mapping[type, Callable[[Any], Asked | OrderResult]],
        known: Set[str],
        often: Mapping[str, type[Struct]],
    ) -> None:
        self.protocol = protocol
        self.spelling = spelling
        self.pending_may_report = protocol is Protocol.OCPP16
        self._hears = hears
        self._asks = asks
        self._known = known
        self.whole_calls: WholeCalls = {action: whole_call(action, kind) for action, kind in often.items()}

    def hear(self, action: str, payload: str, heard: Heard) -> Inbound:
        """Interpret a call; Denied if it cannot be read or is not for us."""
        handler = self._hears.get(action)
        if handler is None:
            return Denied(Fault.NOT_SUPPORTED if action in self._known else Fault.NOT_IMPLEMENTED)
        try:
            return handler(payload, heard)
        except UnreadableError as error:
            return Denied(error.fault, error.where)

    def ask(self, order: Order) -> Asked | OrderResult:
        """The call to send for an order, or the order's result if no call is needed."""
        ask = self._asks.get(type(order))
        return ask(order) if ask else OrderResult(Outcome.UNSUPPORTED, f"not possible in {self.protocol}")
