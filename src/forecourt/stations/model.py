"""What stands on a forecourt: operators, sites, chargers, EVSEs, and the wiring that limits them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from forecourt.kernel import ChargerId, EvseId, OperatorId, SiteId
from forecourt.stations.card_lists import MOST_CARDS, USUAL_AT_ONCE, USUAL_ROOM, CardsTold, OfflineCards
from forecourt.stations.certificates import Certificates
from forecourt.stations.charge_caps import CapTold
from forecourt.stations.grouping import USUAL_CLASSES, EvseGroup, PowerClass, check_grouping
from forecourt.stations.hosting import HostTerms
from forecourt.stations.inventory import Inventory
from forecourt.stations.opening import BY_THE_WEEK, Calendar, Maintenance, Opening
from forecourt.stations.pay_codes import PayCodes
from forecourt.stations.position import Position
from forecourt.stations.price_sheets import SheetTold
from forecourt.stations.quirks import Quirk, QuirkKind, has_quirk, quirks_of
from forecourt.stations.sharing import Sharing
from forecourt.stations.terminals import NO_TERMINAL, Terminal
from forecourt.stations.way_in import Contact, WayIn
from forecourt.stations.works import Work, WorkKind

_USUAL_SHARING = Sharing()
_UNSEEN = WayIn()
_NO_CERTIFICATES = Certificates()
_NO_CODES = PayCodes()
_NO_CARDS = CardsTold()
_NO_CONTACT = Contact()


class Protocol(StrEnum):
    OCPP16 = "ocpp1.6"
    OCPP201 = "ocpp2.0.1"
    OCPP21 = "ocpp2.1"


class Approval(StrEnum):
    """A charger that names itself is listed first; an operator lets it in (or not)."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    RETIRED = "RETIRED"  # was in service; taken out of it for good

    @property
    def turned_away(self) -> bool:
        """At the door, whatever its password."""
        return self in (Approval.REFUSED, Approval.RETIRED)


class ConnectorState(StrEnum):
    """What a socket says of itself (OCPP 2.0.1 ConnectorStatusEnumType; 1.6 states map onto it)."""

    UNKNOWN = "UNKNOWN"
    AVAILABLE = "AVAILABLE"
    OCCUPIED = "OCCUPIED"
    RESERVED = "RESERVED"
    UNAVAILABLE = "UNAVAILABLE"
    FAULTED = "FAULTED"


class ChargingState(StrEnum):
    """What a transaction is doing (OCPP 2.0.1 ChargingStateEnumType; 1.6 statuses map onto it)."""

    EV_CONNECTED = "EV_CONNECTED"
    CHARGING = "CHARGING"
    SUSPENDED_EV = "SUSPENDED_EV"
    SUSPENDED_EVSE = "SUSPENDED_EVSE"
    IDLE = "IDLE"


@dataclass(frozen=True, slots=True)
class Operator:
    """A legal entity that runs sites and issues invoices."""

    id: OperatorId
    name: str
    legal_name: str
    country: str  # ISO 3166-1 alpha-2
    vat_number: str
    address: str
    currency: str
    vat_exemption: str = ""  # the rule by which it charges no VAT, as printed; empty = it charges VAT
    zone: str = "UTC"  # IANA: in which its months begin and end
    keep_messages_days: int = 365  # what drivers were told of bookings, the queue and charging is deleted after so long
    keep_readings_months: int = 48  # how a charge went, reading by reading; what was signed and what was billed stays with the bill
    party_id: str = ""  # three characters, as registered for roaming (OCPI); empty = none
    rate_accounts: tuple[tuple[str, str, str], ...] = ()  # for its accountant: a VAT rate, the accounts of its tax and of what is taxed so
    team_needs_factor: bool = False  # its people do nothing in a browser until they have a second factor
    bank: str = ""  # where transfers go to: an IBAN, or as people there write it; empty = it is not said


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit in amps on the size of a phasor sum: |sum of weight x current x e^(j x phase angle)| <= limit_a.

    weights: by EVSE label; an EVSE that is not named does not count. Angles are the EVSE's own (`Evse.phase_deg`).
    commissioned_a: the highest limit that was ever confirmed; None = the present one.
    """

    name: str
    limit_a: float
    weights: tuple[tuple[str, float], ...]
    commissioned_a: float | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One place with one connection to the grid."""

    id: SiteId
    operator_id: OperatorId
    slug: str
    name: str
    address: str
    country: str
    zone: str  # IANA, such as America/Los_Angeles: prices and opening hours follow it
    currency: str
    latitude: Decimal
    longitude: Decimal
    limits: tuple[LimitRow, ...] = ()
    limit_w: int | None = None  # what the connection may draw, for people; the planner obeys `limits` and `power_limit_w`
    host_shares: tuple[tuple[str, Decimal], ...] = ()  # who earns how many percent of each document's net, before any terms
    host_terms: tuple[HostTerms, ...] = ()  # by since
    openings: tuple[Opening, ...] = ()  # empty: open day and night
    calendar: Calendar = BY_THE_WEEK  # days that have hours of their own
    maintenance: tuple[Maintenance, ...] = ()
    evse_groups: tuple[EvseGroup, ...] = ()
    power_classes: tuple[PowerClass, ...] = USUAL_CLASSES
    strict_commissioning: bool = False  # untested sockets serve only with room for all they can draw
    power_limit_w: int | None = None  # what all sockets together may draw, held by the planner; None = the rows alone hold
    commissioned_w: int | None = None  # the highest power limit that was ever confirmed
    sharing: Sharing = _USUAL_SHARING
    offline_cards: OfflineCards = OfflineCards.NONE

    def __post_init__(self) -> None:
        check_grouping(self.evse_groups, self.power_classes)
        self._located()

    def shares_at(self, at: datetime) -> tuple[tuple[str, Decimal], ...]:
        """Of what is issued at an instant: who earns how many percent."""
        begun = [one for one in self.host_terms if one.since <= at]
        return max(begun, key=lambda one: one.since).shares if begun else self.host_shares

    @property
    def position(self) -> Position | None:
        """None where nobody ever gave one: both degrees are 0."""
        return self._located() if self.latitude or self.longitude else None

    def _located(self) -> Position:
        return Position(float(self.latitude), float(self.longitude))


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """What a charger said it can take; None = not read yet. measurands: what it sends while somebody charges; () = not read yet."""

    rate_unit: str = "A"
    amps_alone: bool = False  # it has said so
    max_stack_level: int | None = None
    max_periods: int | None = None
    max_profiles: int | None = None
    measurands: tuple[str, ...] = ()
    sample_interval_s: int | None = None
    shows_cost: bool = False  # it has a display for what a charge costs
    keeps_prices: bool = False  # it works out costs by itself (OCPP 2.1)
    zone: str = ""  # IANA, of its clock
    caps: tuple[str, ...] = ()  # where it stops a charge by itself, in OCPP 2.1's words (maxCost)
    card_room: int | None = None  # how many cards it can know by itself; 0 = none
    cards_at_once: int | None = None  # of them it can be told in one message


@dataclass(frozen=True, slots=True)
class Charger:
    """A box with a socket to us and one or more EVSEs. site_id is None until an operator approves it.

    holder: the process that has its socket. clock_right: since it booted it has told the time, and that was right. booted_at: when we
    last heard that it came up. out_of_use: numbers of the sockets it was told to let nobody use, for maintenance.
    sheets: the prices it was told since it booted; caps: how far its charges may go, likewise. works: the last log it was asked
    for, the last firmware. inventory: what it says of itself. pay_codes: what its display leads guests by. cards: those it
    was told to know by itself. terminal: whether its card terminal may begin charges.
    """

    id: ChargerId
    approval: Approval
    operator_id: OperatorId | None = None
    site_id: SiteId | None = None
    protocol: Protocol = Protocol.OCPP16
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    seen_at: datetime | None = None
    connected: bool = False
    settings: ChargerSettings = field(default_factory=ChargerSettings)
    clock_right: bool = False
    holder: str = ""
    booted_at: datetime | None = None
    out_of_use: tuple[int, ...] = ()
    sheets: tuple[SheetTold, ...] = ()
    caps: tuple[CapTold, ...] = ()
    works: tuple[Work, ...] = ()
    way_in: WayIn = _UNSEEN
    certificates: Certificates = _NO_CERTIFICATES
    inventory: Inventory | None = None
    pay_codes: PayCodes = _NO_CODES
    cards: CardsTold = _NO_CARDS
    terminal: Terminal = NO_TERMINAL
    contact: Contact = _NO_CONTACT

    @property
    def quirks(self) -> tuple[Quirk, ...]:
        """What is known of its make, as it named itself at its last boot."""
        return quirks_of(self.vendor, self.model, self.firmware)

    def has(self, kind: QuirkKind) -> bool:
        return has_quirk(kind, self.vendor, self.model, self.firmware)

    @property
    def starts_by_payment(self) -> bool:
        """A guest's charge begins by the payment's reference where its display leads guests here."""
        return self.protocol is Protocol.OCPP21 and self.pay_codes.shown

    @property
    def longest_card(self) -> int:
        """How many characters of a card its version of OCPP can carry."""
        return 20 if self.protocol is Protocol.OCPP16 else 36

    @property
    def card_room(self) -> tuple[int, int]:
        """How many cards it can know by itself, and be told of in one message."""
        said = None if self.protocol is Protocol.OCPP16 else self.inventory
        room = said.numbers("LocalAuthListCtrlr/Entries").get(0) if said else self.settings.card_room
        at_once = said.numbers("LocalAuthListCtrlr/ItemsPerMessage").get(0) if said else self.settings.cards_at_once
        return min(USUAL_ROOM if room is None else room, MOST_CARDS), max(1, at_once or USUAL_AT_ONCE)

    @property
    def takes_terminal(self) -> bool:
        """Whether a hold of its own card terminal may begin a charge."""
        return self.protocol is Protocol.OCPP21 and self.terminal.allowed

    def work(self, kind: WorkKind) -> Work | None:
        return next((one for one in self.works if one.kind is kind), None)

    def with_work(self, work: Work) -> "Charger":
        return replace(self, works=(*(one for one in self.works if one.kind is not work.kind), work))

    def sheet_at(self, number: int) -> SheetTold | None:
        return next((one for one in self.sheets if one.evse_number == number), None)

    def with_sheet(self, number: int, told: SheetTold | None) -> "Charger":
        """The same with other prices told for one socket; None: none."""
        others = tuple(one for one in self.sheets if one.evse_number != number)
        return replace(self, sheets=(*others, told) if told else others)

    def cap_of(self, transaction: str) -> CapTold | None:
        return next((one for one in self.caps if one.transaction == transaction), None)

    def with_cap(self, told: CapTold) -> "Charger":
        others = tuple(one for one in self.caps if one.transaction != told.transaction)
        return replace(self, caps=(*others, told))

    def with_use(self, number: int, in_use: bool) -> "Charger":
        """The same with one socket that it is told to let people use, or not."""
        others = {one for one in self.out_of_use if one != number}
        return replace(self, out_of_use=tuple(sorted(others if in_use else others | {number})))


@dataclass(frozen=True, slots=True)
class Socket:
    """The live state of one EVSE, as its charger last reported it. since: when it first said this of its state and error."""

    evse_id: EvseId
    state: ConnectorState = ConnectorState.UNKNOWN
    charging_state: ChargingState | None = None
    error: str = ""
    at: datetime | None = None
    since: datetime | None = None
