"""The values a dialect makes of a charger's call or of an order. Shared by all versions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Protocol as Shape

from msgspec import Raw, Struct

from forecourt.drivers import PresentedContract
from forecourt.gateway.wire import Fault, Spelling, WholeCalls
from forecourt.stations import (
    Acknowledgement,
    Approval,
    ChargerBooted,
    ContractIssued,
    Order,
    OrderResult,
    Protocol,
    ReportedFact,
    StatusAnswer,
    StatusQuestion,
)

EMPTY = b"{}"


class CallContext(Struct, frozen=True, gc=False):
    """The context of a call: when it arrived, its message id, and the message if it is already decoded. zone: the time zone of times
    written without one."""

    received_at: datetime
    call_id: str
    message: Struct | None = None
    zone: tzinfo = UTC


class Report(Struct, frozen=True, gc=False):
    """A fact to store before it is answered. transactional: never refused, whoever the charger is."""

    fact: ReportedFact
    dedupe_key: str
    flags: tuple[str, ...]
    answer: Callable[[Acknowledgement], bytes]
    transactional: bool = True


class Boot(Struct, frozen=True, gc=False):
    """The charger has started up. The answer gives its registration status, the time, and the heartbeat interval."""

    fact: ChargerBooted
    dedupe_key: str
    flags: tuple[str, ...]
    answer: Callable[[Approval, datetime, int], bytes]


class CardQuery(Struct, frozen=True, gc=False):
    """May this token charge? reference: the processor's reference of a payment at the charger's own terminal. contract: the certificate
    presented with the token."""

    token: str
    answer: Callable[[Acknowledgement], bytes]
    reference: str = ""
    contract: PresentedContract | None = None


class TimeQuery(Struct, frozen=True, gc=False):
    """A heartbeat."""

    answer: Callable[[datetime], bytes]


class CertificateStatusQuery(Struct, frozen=True, gc=False):
    """Are these certificates, shown to cars or by them, still valid? answer: makes the reply from one answer for each, in the order
    given."""

    questions: tuple[StatusQuestion, ...]
    answer: Callable[[Sequence[StatusAnswer], datetime], bytes]


class ContractQuery(Struct, frozen=True, gc=False):
    """A car requests its contract certificate. request: the charger's message, JSON."""

    request: bytes
    answer: Callable[[ContractIssued], bytes]


class Reply(Struct, frozen=True, gc=False):
    """Answered immediately, with nothing to store. note: a short word for the log where an operator may want to know."""

    payload: bytes
    note: str = ""


class Denied(Struct, frozen=True, gc=False):
    """Refused with a CALLERROR. where: the position in the charger's own message."""

    fault: Fault
    where: str = ""


Inbound = Report | Boot | CardQuery | CertificateStatusQuery | ContractQuery | TimeQuery | Reply | Denied
# Interprets the payload of one action. Raises UnreadableError.
CallHandler = Callable[[str, CallContext], Inbound]


class OutgoingCall(Struct, frozen=True):
    """An order as a call of this version. read: turns the charger's answer into an outcome."""

    action: str
    payload: bytes
    read: Callable[[Raw], OrderResult]


class Dialect(Shape):
    """One version of OCPP."""

    @property
    def protocol(self) -> Protocol: ...

    @property
    def spelling(self) -> Spelling: ...

    @property
    def pending_may_report(self) -> bool:
        """Whether transaction messages of a charger that has not been accepted are stored (1.6) or answered with SecurityError (2.0.1)."""
        ...

    @property
    def whole_calls(self) -> WholeCalls:
        """Decoders of the most frequent calls, for `read_frame`."""
        ...

    def parse_call(self, action: str, payload: str, context: CallContext) -> Inbound: ...

    def build_call(self, order: Order) -> OutgoingCall | OrderResult: ...
