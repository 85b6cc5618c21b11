"""What assembly supplies to the web: the way into the store, time, ids, secrets, and the outside's news."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from forecourt.drivers import RoamingPartner
from forecourt.flows.desk import Staff
from forecourt.flows.ports import CardDesk, Incoming, Outgoing, PartnerPost, PartnerUnreachable, Store, Transactions
from forecourt.flows.roaming import PartnerDoor, PartnerNamed
from forecourt.kernel import ChargerId, Clock, Ids
from forecourt.stations import ChargerAuthority, Order, OrderResult, Outcome

AskCharger = Callable[[ChargerId, Order], Awaitable[OrderResult]]


class Passwords(Protocol):
    """Slow on purpose; the web calls it in threads."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str, password: str) -> bool: ...


class PaymentEvents(Protocol):
    """The processor's webhook: checks the signature and hands the event to its flow within the given store.

    Raises Forbidden for a signature that does not fit, BadInput for a body that is none.
    """

    def accept(self, store: Store, body: bytes, signature: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class MapTiles:
    """Pictures of the ground from a server of the operator's choice. url: with {z}, {x} and {y}. attribution: whose they are, as HTML."""

    url: str
    attribution: str

    @property
    def origin(self) -> str:
        """Of the server, as a content policy names it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


async def tell_nobody(topic: str) -> None:
    """Where no bus is: the others look by their own beat."""


async def no_hints() -> AsyncIterator[str]:
    """Where no bus is: pages refresh by their own beat alone."""
    return
    yield ""


async def reach_nobody(charger_id: ChargerId, order: Order) -> OrderResult:
    """Where no bus is: no charger can be told anything."""
    return OrderResult(Outcome.UNREACHABLE)


class NoDoor:
    """Where nothing is sent to partners."""

    def join(self, by: Staff, wanted: PartnerNamed, way_in: tuple[str, str], home: str) -> RoamingPartner:
        raise PartnerUnreachable("nobody is called from here")

    def renew(self, by: Staff, partner_id: UUID, home: str) -> RoamingPartner:
        raise PartnerUnreachable("nobody is called from here")

    def leave(self, by: Staff, partner_id: UUID) -> bool:
        raise PartnerUnreachable("nobody is called from here")


class NoPost:
    """Where nobody is asked anything."""

    def ask(self, request: Outgoing) -> Incoming:
        raise PartnerUnreachable("nobody is called from here")


@dataclass(frozen=True, slots=True)
class WebPorts:
    """public_url: where people reach the service, for what is printed; empty = as the request came. card_key: with which a page
    of ours asks the processor for a card; empty = the processor has a page of its own.

    secret_key: at least 32 bytes, the same in every web process. hints: news that something changed, and tell: what says so to the
    others; both only shorten waits.

    ask_charger: hands an order to the process that holds the charger's socket, and waits for its answer.

    partner_door: by which we register with roaming partners' systems. provider_post: by which companies' identity providers are asked.

    ocpp_url: where chargers reach the gateway, as set; empty = at ocpp_port of the host people ask.

    authority: who signs chargers' own certificates; None: nobody. door_ends: when the certificate of the chargers' port does, if it has
    one.
    map_tiles: what maps are drawn on; None = on the outline of the world that is shipped, with nobody's help.

    push_key: what browsers subscribe to; empty = nothing is pushed. mails: there is a mail server, so letters arrive.

    ready: what must answer before traffic may come, by name. metrics: the text of the Prometheus exposition.
    """

    transactions: Transactions
    clock: Clock
    ids: Ids
    passwords: Passwords
    secret_key: bytes
    hints: Callable[[], AsyncIterator[str]] = no_hints
    tell: Callable[[str], Awaitable[None]] = tell_nobody
    ready: Callable[[], Mapping[str, bool]] = dict
    metrics: Callable[[], bytes] = bytes
    payment_events: PaymentEvents | None = None
    secure_cookies: bool = False
    public_url: str = ""
    card_key: str = ""
    card_desk: CardDesk | None = None
    push_key: str = ""
    mails: bool = False
    ocpp_url: str = ""
    ocpp_port: int = 9000
    ocpp_tls: bool = False
    ask_charger: AskCharger = reach_nobody
    partner_door: PartnerDoor = NoDoor()  # noqa: RUF009 - it holds nothing
    provider_post: PartnerPost = NoPost()  # noqa: RUF009 - it holds nothing
    authority: Callable[[], ChargerAuthority | None] = lambda: None
    door_ends: Callable[[], datetime | None] = lambda: None
    map_tiles: MapTiles | None = None

    def __post_init__(self) -> None:
        if len(self.secret_key) < 32:
            raise ValueError("secret_key needs at least 32 bytes")
