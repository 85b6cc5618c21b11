"""What assembly supplies to the web: store access, time, ids, secrets, and events from outside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from forecourt.drivers import RoamingPartner
from forecourt.flows.desk import Staff
from forecourt.flows.ports import CardSetupService, HttpClient, HttpRequest, HttpResponse, PartnerUnreachable, Store, Transactions
from forecourt.flows.roaming import InvitedPartner, PartnerHandshake
from forecourt.kernel import ChargerId, Clock, Ids
from forecourt.stations import ChargerAuthority, Order, OrderResult, Outcome

SendOrder = Callable[[ChargerId, Order], Awaitable[OrderResult]]


class Passwords(Protocol):
    """Slow on purpose; the web calls it in threads."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str, password: str) -> bool: ...


class PaymentEvents(Protocol):
    """The processor's webhook: checks the signature and passes the event to its flow within the given store.

    Raises Forbidden for a wrong signature, BadInput for a malformed body.
    """

    def accept(self, store: Store, body: bytes, signature: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class LegalPages:
    """The addresses of the operator's own pages; empty = none. In an address, {language} stands for that of the reader: "en", "de", ..."""

    terms: str = ""
    privacy: str = ""
    notice: str = ""

    def in_language(self, language: str) -> "LegalPages":
        return LegalPages(*(one.replace("{language}", language) for one in (self.terms, self.privacy, self.notice)))


NO_LEGAL_PAGES = LegalPages()


@dataclass(frozen=True, slots=True)
class MapTiles:
    """Map tiles from a server of the operator's choice. url: with {z}, {x} and {y}. attribution: the map's copyright notice, as HTML."""

    url: str
    attribution: str

    @property
    def origin(self) -> str:
        """The server's origin, as a content security policy names it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


async def publish_nothing(topic: str) -> None:
    """Used without a bus: other processes notice changes at their own interval."""


async def no_hints() -> AsyncIterator[str]:
    """Used without a bus: pages refresh at their own interval only."""
    return
    yield ""


async def unreachable_charger(charger_id: ChargerId, order: Order) -> OrderResult:
    """Used without a bus: no charger can be reached."""
    return OrderResult(Outcome.UNREACHABLE)


class NoPartnerRegistration:
    """Used where nothing is sent to partners."""

    def join(self, by: Staff, wanted: InvitedPartner, way_in: tuple[str, str], home: str) -> RoamingPartner:
        raise PartnerUnreachable("nobody is called from here")

    def renew(self, by: Staff, partner_id: UUID, home: str) -> RoamingPartner:
        raise PartnerUnreachable("nobody is called from here")

    def leave(self, by: Staff, partner_id: UUID) -> bool:
        raise PartnerUnreachable("nobody is called from here")


class NoProviderClient:
    """Used where no identity provider is queried."""

    def send(self, request: HttpRequest) -> HttpResponse:
        raise PartnerUnreachable("nobody is called from here")


@dataclass(frozen=True, slots=True)
class WebPorts:
    """public_url: where people reach the service, for printed material; empty = taken from the request. card_key: the key with which our
    own page collects a card; empty = the processor has a page for it.

    secret_key: at least 32 bytes, the same in every web process. hints: signals that something changed; publish_hint: sends such a
    signal. Both only shorten waits.

    send_order: passes an order to the process that holds the charger's connection, and waits for its answer.

    partner_registration: registers with roaming partners' systems. identity_provider_http: queries companies' identity providers.

    ocpp_url: the configured address of the gateway for chargers; empty = ocpp_port of the host in the request.

    authority: signs chargers' certificates; may return None. tls_expires_at: when the charger port's certificate expires, if any.
    map_tiles: the base map; None = the bundled outline of the world, without an outside server. legal_pages: linked at the foot of
    drivers' and partners' pages.

    push_key: what browsers subscribe with; empty = no push messages. sends_email: a mail server is configured, so emails arrive.

    ready: the checks that must pass before traffic may come, by name. metrics: the text of the Prometheus exposition.
    """

    transactions: Transactions
    clock: Clock
    ids: Ids
    passwords: Passwords
    secret_key: bytes
    hints: Callable[[], AsyncIterator[str]] = no_hints
    publish_hint: Callable[[str], Awaitable[None]] = publish_nothing
    ready: Callable[[], Mapping[str, bool]] = dict
    metrics: Callable[[], bytes] = bytes
    payment_events: PaymentEvents | None = None
    secure_cookies: bool = False
    public_url: str = ""
    card_key: str = ""
    card_desk: CardSetupService | None = None
    push_key: str = ""
    sends_email: bool = False
    ocpp_url: str = ""
    ocpp_port: int = 9000
    ocpp_tls: bool = False
    send_order: SendOrder = unreachable_charger
    partner_registration: PartnerHandshake = NoPartnerRegistration()  # noqa: RUF009 - it holds nothing
    identity_provider_http: HttpClient = NoProviderClient()  # noqa: RUF009 - it holds nothing
    authority: Callable[[], ChargerAuthority | None] = lambda: None
    tls_expires_at: Callable[[], datetime | None] = lambda: None
    map_tiles: MapTiles | None = None
    legal_pages: LegalPages = NO_LEGAL_PAGES

    def __post_init__(self) -> None:
        if len(self.secret_key) < 32:
            raise ValueError("secret_key needs at least 32 bytes")
