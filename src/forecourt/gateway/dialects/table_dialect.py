"""A dialect made of two tables: the calls it handles, and the orders it can send."""

from collections.abc import Callable, Mapping, Set
from typing import Any

from msgspec import Struct

from forecourt.gateway.dialects.model import CallContext, CallHandler, Denied, Inbound, OutgoingCall
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
        handlers: Mapping[str, CallHandler],
        call_builders: Mapping[type, Callable[[Any], OutgoingCall | OrderResult]],
        known_calls: Set[str],
        frequent_calls: Mapping[str, type[Struct]],
    ) -> None:
        self.protocol = protocol
        self.spelling = spelling
        self.pending_may_report = protocol is Protocol.OCPP16
        self._handlers = handlers
        self._call_builders = call_builders
        self._known_calls = known_calls
        self.whole_calls: WholeCalls = {action: whole_call(action, kind) for action, kind in frequent_calls.items()}

    def parse_call(self, action: str, payload: str, context: CallContext) -> Inbound:
        """Interpret a call; Denied if it cannot be read or is not for us."""
        handler = self._handlers.get(action)
        if handler is None:
            return Denied(Fault.NOT_SUPPORTED if action in self._known_calls else Fault.NOT_IMPLEMENTED)
        try:
            return handler(payload, context)
        except UnreadableError as error:
            return Denied(error.fault, error.where)

    def build_call(self, order: Order) -> OutgoingCall | OrderResult:
        """The call to send for an order, or the order's result if no call is needed."""
        build_call = self._call_builders.get(type(order))
        return build_call(order) if build_call else OrderResult(Outcome.UNSUPPORTED, f"not possible in {self.protocol}")
