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
    CardShown,
    ChargerBooted,
    ContractIssued,
    Said,
    StatusAnswer,
    StatusQuestion,
    WayIn,
)

_UNSEEN = WayIn()


@dataclass(frozen=True, slots=True)
class ChargerAccess:
    """What the network knows of an identity. secret_hash None: it logs in without a password (security profile 0). offered: hashes of
    passwords it was told and may hold by now. way_in: how it came in last. serial: what it calls itself beside its
    identity. zone: of the place where it stands; local_times: it writes them so, without saying it. mute: what it has
    never answered with this firmware."""

    approval: Approval
    operator_id: OperatorId | None = None
    site_id: SiteId | None = None
    secret_hash: str | None = None
    offered: tuple[str, ...] = ()
    way_in: WayIn = _UNSEEN
    serial: str = ""
    zone: tzinfo = UTC
    local_times: bool = False
    firmware: str = ""
    mute: tuple[str, ...] = ()


Kept = Callable[[Acknowledgement | BaseException], None]
AskCard = Callable[[CardShown, Kept], None]


class Inbox(Protocol):
    """Where facts are kept, and questions about cards are answered. healthy: whether the record takes them now."""

    @property
    def healthy(self) -> bool: ...

    def add(self, said: Said, kept: Kept) -> None:
        """Returns at once. kept is called, in the loop, when a message is durable or a question is answered, or with the error
        why it will never be."""
        ...


class Admission(Protocol):
    """Who may connect."""

    async def find(self, charger_id: ChargerId) -> ChargerAccess | None: ...

    async def password_taken(self, charger_id: ChargerId, secret_hash: str) -> None:
        """It has come with one of those offered: that alone opens from now on."""
        ...

    async def certificate_refused(self, charger_id: ChargerId, why: str, at: datetime) -> None:
        """Somebody came under its name with a certificate of a charger, but not its own, or not one that holds now."""
        ...

    async def cards_guessed(self, charger_id: ChargerId, at: datetime) -> None:
        """Too many different unknown cards were shown to it."""
        ...

    async def list_unknown(self, charger_id: ChargerId, fact: ChargerBooted, at: datetime) -> Approval:
        """List a charger nobody has announced for approval; says where it stands now."""
        ...

    async def set_aside(self, charger_id: ChargerId, action: str, raw: str, at: datetime) -> None:
        """Keep a transaction message of a charger that belongs to nobody yet."""
        ...


# To the holder of a charger's socket, in the place of an order: a newer one has authenticated in another process.
GIVE_WAY = b"give way"


class OrderBus(Protocol):
    """Brings orders, as bytes, to the process that holds a charger's socket."""

    async def take_over(self, charger_id: str) -> bool:
        """Send GIVE_WAY to whoever holds the charger's socket; True if an older one has given way. Never raises: where nobody
        can be asked, the new socket is served all the same."""
        ...

    async def serve_orders(self, charger_id: str, handler: Callable[[bytes], Awaitable[bytes]], way_in: WayIn) -> None:
        """Orders for this charger come to the handler from now on; a second call replaces the first. way_in: how it came."""
        ...

    async def unserve_orders(self, charger_id: str, moved: bool = False) -> None:
        """moved: another process holds the charger now."""
        ...


class Statuses(Protocol):
    """Who asks the issuers of certificates that chargers show cars."""

    async def of(self, question: StatusQuestion) -> StatusAnswer: ...


class NoStatuses:
    """Nobody has said which issuers may be asked, so none is: a charger could name any address."""

    async def of(self, question: StatusQuestion) -> StatusAnswer:
        return StatusAnswer(why="this server asks no issuer of certificates")


class ContractIssuer(Protocol):
    """Who issues contracts to cars."""

    async def issue(self, request: bytes) -> ContractIssued:
        """request: OCPP's Get15118EVCertificate, JSON. Never raises."""
        ...


_NO_STATUSES = NoStatuses()


@dataclass(frozen=True, slots=True)
class GatewayPorts:
    """What assembly supplies. ask_card: who answers questions about cards; None = the inbox. contract_roots: by whom the certificates of
    contracts in cars count; None = of nobody. contract_issuer: who issues them; None = nobody."""

    inbox: Inbox
    admission: Admission
    bus: OrderBus
    clock: Clock
    statuses: Statuses = _NO_STATUSES
    ask_card: AskCard | None = None
    contract_roots: ContractRoots | None = None
    contract_issuer: ContractIssuer | None = None
