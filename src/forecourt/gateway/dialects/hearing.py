"""What a dialect makes of a charger's call, and what it makes of an order. Shared by all versions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Protocol as Shape

from msgspec import Raw, Struct

from forecourt.drivers import ContractShown
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


class Heard(Struct, frozen=True, gc=False):
    """Around a call: when it came, its message id, and the message where it is decoded already. zone: of times written without one."""

    received_at: datetime
    call_id: str
    message: Struct | None = None
    zone: tzinfo = UTC


class Report(Struct, frozen=True, gc=False):
    """A fact to keep before it is answered. transactional: never refused, whoever the charger is."""

    fact: ReportedFact
    dedupe_key: str
    flags: tuple[str, ...]
    answer: Callable[[Acknowledgement], bytes]
    transactional: bool = True


class Boot(Struct, frozen=True, gc=False):
    """The charger came up. Its answer says where it stands, what time it is, and how often to be heard of."""

    fact: ChargerBooted
    dedupe_key: str
    flags: tuple[str, ...]
    answer: Callable[[Approval, datetime, int], bytes]


class Question(Struct, frozen=True, gc=False):
    """May this token charge? reference: the processor's, of a payment at the charger's own terminal. contract: the certificate that was
    shown with it."""

    token: str
    answer: Callable[[Acknowledgement], bytes]
    reference: str = ""
    contract: ContractShown | None = None


class TimeAsked(Struct, frozen=True, gc=False):
    """A heartbeat."""

    answer: Callable[[datetime], bytes]


class StatusAsked(Struct, frozen=True, gc=False):
    """Do certificates that it shows cars, or is shown by them, still count? answer: from one answer to each, given when."""

    questions: tuple[StatusQuestion, ...]
    answer: Callable[[Sequence[StatusAnswer], datetime], bytes]


class ContractAsked(Struct, frozen=True, gc=False):
    """A car wants its contract's certificate. request: the charger's words, JSON."""

    request: bytes
    answer: Callable[[ContractIssued], bytes]


class Reply(Struct, frozen=True, gc=False):
    """Answered at once, nothing to keep. note: a short word for the log where an operator may want to know."""

    payload: bytes
    note: str = ""


class Denied(Struct, frozen=True, gc=False):
    """Refused with a CALLERROR. where: the place in the charger's own message."""

    fault: Fault
    where: str = ""


Inbound = Report | Boot | Question | StatusAsked | ContractAsked | TimeAsked | Reply | Denied
# What is made of one action's payload. Raises UnreadableError.
Hear = Callable[[str, Heard], Inbound]


class Asked(Struct, frozen=True):
    """An order as a call of the version. read: the charger's answer, as an outcome."""

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
        """Whether transaction messages of a charger that is not let in are kept (1.6), or get a SecurityError (2.0.1)."""
        ...

    @property
    def whole_calls(self) -> WholeCalls:
        """Decoders of the calls that come often, for `read_frame`."""
        ...

    def hear(self, action: str, payload: str, heard: Heard) -> Inbound: ...

    def ask(self, order: Order) -> Asked | OrderResult: ...
