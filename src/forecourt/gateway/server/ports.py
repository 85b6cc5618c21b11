"""What the gateway needs from the outside, as protocols. Assembly supplies them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from forecourt.drivers import ContractRoots
from forecourt.kernel import ChargerId, Clock, OperatorId, SiteId
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CardPresented,
    ChargerBooted,
    ConnectionInfo,
    ContractIssued,
    InboxItem,
    StatusAnswer,
    StatusQuestion,
)

_UNSEEN = ConnectionInfo()


@dataclass(frozen=True, slots=True)
class ChargerAccess:
    """What the network knows about an identity. secret_hash None: it connects without a password (security profile 0). offered: hashes
    of passwords it was sent and may be using by now. last_connection: how it last connected. serial: the name it uses besides its
    identity. zone: the time zone of its site; local_times: it writes local times without saying so. mute: the actions it has never
    answered with its current firmware."""

    approval: Approval
    operator_id: OperatorId | None = None
    site_id: SiteId | None = None
    secret_hash: str | None = None
    offered: tuple[str, ...] = ()
    last_connection: ConnectionInfo = _UNSEEN
    serial: str = ""
    zone: tzinfo = UTC
    local_times: bool = False
    firmware: str = ""
    mute: tuple[str, ...] = ()


OnResult = Callable[[Acknowledgement | BaseException], None]
AskCard = Callable[[CardPresented, OnResult], None]


class Inbox(Protocol):
    """Where facts are stored, and questions about cards are answered. healthy: whether the store accepts them at present."""

    @property
    def healthy(self) -> bool: ...

    def add(self, said: InboxItem, on_result: OnResult) -> None:
        """Returns immediately. kept is called, in the loop, when a message is durable or a question is answered, or with the error
        that explains why it never will be."""
        ...


class Admission(Protocol):
    """Who may connect."""

    async def find(self, charger_id: ChargerId) -> ChargerAccess | None: ...

    async def password_taken(self, charger_id: ChargerId, secret_hash: str) -> None:
        """The charger has used one of the offered passwords: from now on only that one is valid."""
        ...

    async def certificate_refused(self, charger_id: ChargerId, why: str, at: datetime) -> None:
        """Someone used this identity with a charger certificate that belongs to another, or that is not valid now."""
        ...

    async def cards_guessed(self, charger_id: ChargerId, at: datetime) -> None:
        """Too many different unknown cards were presented at it."""
        ...

    async def list_unknown(self, charger_id: ChargerId, fact: ChargerBooted, at: datetime) -> Approval:
        """Put an unannounced charger on the approval list; returns its current status."""
        ...

    async def store_unowned(self, charger_id: ChargerId, action: str, raw: str, at: datetime) -> None:
        """Store a transaction message of a charger that does not belong to anyone yet."""
        ...


# Sent to the holder of a charger's socket in place of an order: a newer one has authenticated in another process.
TAKEOVER_REQUEST = b"give way"


class OrderBus(Protocol):
    """Delivers orders, as bytes, to the process that holds a charger's socket."""

    async def take_over(self, charger_id: str) -> bool:
        """Send TAKEOVER_REQUEST to whoever holds the charger's socket; True if an older one has given way. Never raises: if no one
        can be asked, the new socket is served all the same."""
        ...

    async def serve_orders(self, charger_id: str, handler: Callable[[bytes], Awaitable[bytes]], connection: ConnectionInfo) -> None:
        """From now on, deliver orders for this charger to the handler; a second call replaces the first. connection: how it connected."""
        ...

    async def unserve_orders(self, charger_id: str, moved: bool = False) -> None:
        """moved: another process now holds the charger."""
        ...


class CertificateStatuses(Protocol):
    """Asks issuers whether the certificates that chargers show to cars are still valid."""

    async def of(self, question: StatusQuestion) -> StatusAnswer: ...


class NoCertificateStatuses:
    """No issuers are configured, so none is asked: a charger could name any address."""

    async def of(self, question: StatusQuestion) -> StatusAnswer:
        return StatusAnswer(why="this server asks no issuer of certificates")


class ContractIssuer(Protocol):
    """Issues contracts to cars."""

    async def issue(self, request: bytes) -> ContractIssued:
        """request: OCPP's Get15118EVCertificate, JSON. Never raises."""
        ...


_NO_STATUSES = NoCertificateStatuses()


@dataclass(frozen=True, slots=True)
class GatewayPorts:
    """What assembly supplies. ask_card: answers questions about cards; None = the inbox. contract_roots: the trust anchors for cars'
    contract certificates; None = none is trusted. contract_issuer: issues them; None = not available."""

    inbox: Inbox
    admission: Admission
    bus: OrderBus
    clock: Clock
    statuses: CertificateStatuses = _NO_STATUSES
    ask_card: AskCard | None = None
    contract_roots: ContractRoots | None = None
    contract_issuer: ContractIssuer | None = None
