"""The things on a forecourt: operators, sites and the wiring that limits them, the live state of sockets."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from forecourt.kernel import EvseId, OperatorId, SiteId
from forecourt.stations.card_lists import OfflineCards
from forecourt.stations.grouping import USUAL_CLASSES, EvseGroup, PowerClass, check_grouping
from forecourt.stations.hosting import HostTerms
from forecourt.stations.opening import BY_THE_WEEK, Calendar, Maintenance, Opening
from forecourt.stations.position import Position
from forecourt.stations.public_facts import NOTHING_SAID, PublicFacts
from forecourt.stations.sharing import Sharing

_USUAL_SHARING = Sharing()


class Protocol(StrEnum):
    OCPP16 = "ocpp1.6"
    OCPP201 = "ocpp2.0.1"
    OCPP21 = "ocpp2.1"


class Approval(StrEnum):
    """A charger that introduces itself is first listed as pending; an operator approves or refuses it."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    RETIRED = "RETIRED"  # was in service; removed for good

    @property
    def turned_away(self) -> bool:
        """Whether it is refused a connection, whatever its password."""
        return self in (Approval.REFUSED, Approval.RETIRED)


class ConnectorState(StrEnum):
    """A socket's state as it reports it (OCPP 2.0.1 ConnectorStatusEnumType; 1.6 states are mapped to it)."""

    UNKNOWN = "UNKNOWN"
    AVAILABLE = "AVAILABLE"
    OCCUPIED = "OCCUPIED"
    RESERVED = "RESERVED"
    UNAVAILABLE = "UNAVAILABLE"
    FAULTED = "FAULTED"


class ChargingState(StrEnum):
    """What a transaction is doing (OCPP 2.0.1 ChargingStateEnumType; 1.6 statuses are mapped to it)."""

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
    vat_exemption: str = ""  # the legal ground on which it charges no VAT, as printed; empty = it charges VAT
    zone: str = "UTC"  # IANA: defines where its months begin and end
    keep_messages_days: int = 365  # messages to drivers about bookings, the queue and charging are deleted after so long
    keep_readings_months: int = 48  # single readings of a charge are deleted after so long; signed values and bills are kept
    party_id: str = ""  # three characters, as registered for roaming (OCPI); empty = none
    rate_accounts: tuple[tuple[str, str, str], ...] = ()  # for its accountant: a VAT rate, the accounts of its tax and its revenue
    input_tax_accounts: tuple[tuple[str, str], ...] = ()  # for its accountant too: a VAT rate, the account of input tax at it
    customer_accounts: tuple[tuple[str, str, str], ...] = ()  # and: a driver or partner, its debtor account, since when (ISO; empty = ever)
    team_needs_factor: bool = False  # its staff can do nothing in a browser until they have a second factor
    creditor_id: str = ""  # its SEPA creditor identifier for direct debits; empty = it does not collect any
    bank: str = ""  # where to send transfers: an IBAN, or whatever is usual there; empty = not stated


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit in amps on the size of a phasor sum: |sum of weight x current x e^(j x phase angle)| <= limit_a.

    weights: by EVSE label; EVSEs that are not named do not count. Angles are the EVSE's own (`Evse.phase_deg`).
    commissioned_a: the highest limit ever confirmed; None = the present one.
    """

    name: str
    limit_a: float
    weights: tuple[tuple[str, float], ...]
    commissioned_a: float | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One place with one connection to the grid. last_day: in local time; after it the site is closed for good. closed_at: when the last
    car had left and everything of the site was over."""

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
    limit_w: int | None = None  # rating of the connection, for display; the planner obeys `limits` and `power_limit_w`
    host_shares: tuple[tuple[str, Decimal], ...] = ()  # percentages of each document's net per partner, before any host terms
    host_terms: tuple[HostTerms, ...] = ()  # by since
    openings: tuple[Opening, ...] = ()  # empty: open day and night
    calendar: Calendar = BY_THE_WEEK  # days with hours of their own
    maintenance: tuple[Maintenance, ...] = ()
    evse_groups: tuple[EvseGroup, ...] = ()
    power_classes: tuple[PowerClass, ...] = USUAL_CLASSES
    strict_commissioning: bool = False  # untested sockets serve only if there is room for all they can draw
    power_limit_w: int | None = None  # for all sockets together, enforced by the planner; None = only the rows apply
    commissioned_w: int | None = None  # the highest power limit ever confirmed
    sharing: Sharing = _USUAL_SHARING
    offline_cards: OfflineCards = OfflineCards.NONE
    last_day: date | None = None
    closed_at: datetime | None = None
    facts: PublicFacts = NOTHING_SAID
    region: str = ""  # ISO 3166-2, such as US-CA; empty = not stated

    def __post_init__(self) -> None:
        check_grouping(self.evse_groups, self.power_classes)
        self._located()

    def shares_at(self, at: datetime) -> tuple[tuple[str, Decimal], ...]:
        """The hosts' percentages for a document issued at an instant."""
        begun = [one for one in self.host_terms if one.since <= at]
        return max(begun, key=lambda one: one.since).shares if begun else self.host_shares

    @property
    def jurisdiction(self) -> str:
        """The place whose law applies to prices: the region (whose code names its country), or the country if none is stated."""
        return self.region or self.country

    @property
    def ends_at(self) -> datetime | None:
        """The midnight after its last day; None: no last day is set."""
        if self.last_day is None:
            return None
        return datetime.combine(self.last_day + timedelta(days=1), time(0), ZoneInfo(self.zone)).astimezone(UTC)

    def ended(self, at: datetime) -> bool:
        """Whether nothing can begin there any more; a car that is charging may still be there."""
        return self.ends_at is not None and self.ends_at <= at

    @property
    def position(self) -> Position | None:
        """None if none was entered: both degrees are 0."""
        return self._located() if self.latitude or self.longitude else None

    def _located(self) -> Position:
        return Position(float(self.latitude), float(self.longitude))


@dataclass(frozen=True, slots=True)
class Socket:
    """The live state of one EVSE, as its charger last reported it. since: when it first reported this state and error.

    at: of the last report, by the charger's clock; learned_at: when we took note of it, by ours: later, if it had to wait for the database.
    """

    evse_id: EvseId
    state: ConnectorState = ConnectorState.UNKNOWN
    charging_state: ChargingState | None = None
    error: str = ""
    at: datetime | None = None
    since: datetime | None = None
    learned_at: datetime | None = None
