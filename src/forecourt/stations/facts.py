"""What chargers report, independent of any protocol. Each OCPP dialect parses its messages into these facts and nothing else.

A fact is what the charger said, with its own event time `at` (UTC). When it reached us, and over which
connection, is in the Message around it. Meter readings are integers in base units; a reading that a charger did not
give is None, never 0.

These are msgspec structs, not dataclasses: each charger message creates some, and a frozen dataclass takes twenty times
as long to build.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations.charge_caps import ChargeCap
from forecourt.stations.charger_jobs import ChargerJobKind
from forecourt.stations.external_limits import ExternalLimit, ExternalLimitStep
from forecourt.stations.inventory import InventoryPart
from forecourt.stations.model import ChargingState, ConnectorState, Protocol


class StopReason(StrEnum):
    """Why a transaction ended: what OCPP 1.6 and 2.0.1 can say, reduced to what billing and people need."""

    DRIVER = "DRIVER"  # card, cable pulled, stop button, vehicle
    REMOTE = "REMOTE"
    POWER_LOSS = "POWER_LOSS"
    REBOOT = "REBOOT"
    EMERGENCY = "EMERGENCY"
    FAULT = "FAULT"
    UNAUTHORISED = "UNAUTHORISED"
    LIMIT = "LIMIT"  # energy, time or cost limit reached
    OTHER = "OTHER"


class SignedReading(Struct, frozen=True, gc=False):
    """A reading signed by the meter itself, as the charger sent it. data: the signed text with its signature (OCMF).

    key: the public key sent with it, or empty. Neither proves anything alone: see `flows/billing/signed_values.py`.
    """

    data: str
    key: str = ""


class MeterSample(Struct, frozen=True, gc=False, omit_defaults=True):
    """One reading at one instant. energy_wh is the import register as the charger counts it (not relative to the session)."""

    at: datetime
    energy_wh: int | None = None
    power_w: int | None = None
    current_ma: int | None = None  # the largest phase
    offered_ma: int | None = None
    soc_percent: int | None = None
    signed: tuple[SignedReading, ...] = ()


class ChargerBooted(Struct, frozen=True, gc=False, omit_defaults=True):
    at: datetime
    protocol: Protocol
    vendor: str
    model: str
    serial: str = ""
    firmware: str = ""
    reason: str = ""


class ConnectorReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """The state of a socket. evse_number 0 = the whole charger (OCPP 1.6: connector 0)."""

    at: datetime
    evse_number: int
    state: ConnectorState
    charging_state: ChargingState | None = None
    error: str = ""


class CarNeedsReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a car says about itself over the cable (ISO 15118). energy_wh: what it wants from now on. capacity_wh, level_percent,
    target_percent: of its battery."""

    at: datetime
    evse_number: int
    energy_wh: int | None = None
    departure: datetime | None = None
    capacity_wh: int | None = None
    level_percent: int | None = None
    target_percent: int | None = None


class ExternalLimitSet(Struct, frozen=True, gc=False, omit_defaults=True):
    """Somebody else has set a limit at the charger, which obeys it by itself. from_now: the steps to use if the charger's clock is not
    reliable, starting at the message's arrival; () = the same steps."""

    at: datetime
    limit: ExternalLimit
    from_now: tuple[ExternalLimitStep, ...] = ()


class ExternalLimitLifted(Struct, frozen=True, gc=False, omit_defaults=True):
    """A limit set there by somebody else no longer applies. evse_number 0: none of that source does."""

    at: datetime
    evse_number: int
    source: str


class SecurityNoted(Struct, frozen=True, gc=False, omit_defaults=True):
    """The charger noticed something about its security, in OCPP's own words (TamperDetectionActivated). text: further details."""

    at: datetime
    what: str
    text: str = ""


class InventoryReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """A page of the charger's report about itself (OCPP 2.x). number: of our request; last: no page follows."""

    at: datetime
    number: int
    parts: tuple[InventoryPart, ...] = ()
    last: bool = False


class CertificateRequested(Struct, frozen=True, gc=False, omit_defaults=True):
    """The charger wants a certificate of its own signed. csr: the request, PEM. number: identifies the answer (OCPP 2.1)."""

    at: datetime
    csr: str
    number: int | None = None


class TransactionStarted(Struct, frozen=True, gc=False, omit_defaults=True):
    """transaction: the id that both sides use from now on. 1.6: the number we assign while storing the fact; 2.0.1: the charger's own.

    token is None if the cable was plugged in first (2.0.1); it follows in a TransactionUpdated.
    """

    at: datetime
    evse_number: int
    transaction: str
    token: str | None = None
    samples: tuple[MeterSample, ...] = ()
    charging_state: ChargingState | None = None
    reservation_number: int | None = None
    remote_start_number: int | None = None
    seq: int | None = None
    offline: bool = False
    cap: ChargeCap | None = None


class TransactionUpdated(Struct, frozen=True, gc=False, omit_defaults=True):
    """Readings or a change of state. transaction None: readings outside a transaction (1.6), matched by EVSE and time.

    evse_number None: 2.0.1 may omit it after the start. cap: how far the charger says the charge may go (2.1); capped: it has reached that.
    """

    at: datetime
    evse_number: int | None
    transaction: str | None
    token: str | None = None
    samples: tuple[MeterSample, ...] = ()
    charging_state: ChargingState | None = None
    seq: int | None = None
    offline: bool = False
    cap: ChargeCap | None = None
    capped: bool = False


class ComponentAlerted(Struct, frozen=True, gc=False, omit_defaults=True):
    """Parts of the charger that need attention (OCPP 2.x): each as component/variable, its value, and further details."""

    at: datetime
    alerts: tuple[tuple[str, str, str], ...]


class WorkReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """The progress of a log upload or a firmware update, in OCPP's own words (Uploaded). number: of the request, if stated."""

    at: datetime
    work: ChargerJobKind
    state: str
    number: int | None = None


class CostReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """The cost of a charge as computed by the charger: decimal texts in units of the currency. failed: why it could not compute it."""

    currency: str
    before_tax: str | None = None
    after_tax: str | None = None
    sheet_ids: tuple[str, ...] = ()
    failed: str = ""


class SettlementReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """The outcome of a payment at the charger's own card terminal (OCPP 2.1). reference: the processor's. state: in OCPP's words (Settled).

    amount: a decimal text, in a currency that the message does not name. detail: further details.
    """

    at: datetime
    reference: str
    state: str
    amount: str
    transaction: str = ""
    receipt: str = ""
    detail: str = ""


class TransactionEnded(Struct, frozen=True, gc=False, omit_defaults=True):
    """The end as the charger saw it. evse_number is None if the message does not carry it (1.6)."""

    at: datetime
    transaction: str
    evse_number: int | None = None
    token: str | None = None
    samples: tuple[MeterSample, ...] = ()
    reason: StopReason = StopReason.OTHER
    seq: int | None = None
    offline: bool = False
    cost: CostReported | None = None


# What a charger reports after it has booted.
ReportedFact = (
    ConnectorReported
    | CarNeedsReported
    | ExternalLimitSet
    | ExternalLimitLifted
    | SecurityNoted
    | ComponentAlerted
    | WorkReported
    | CertificateRequested
    | InventoryReported
    | SettlementReported
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
)
Fact = ChargerBooted | ReportedFact


class Message(Struct, frozen=True, gc=False):
    """A fact on its way into the inbox: who sent it, when it arrived, and its literal text.

    dedupe_key: equal if the same message is sent again, even with a new message id or after a reconnect, and
    different otherwise; unique per charger (see `docs/facts.md`).
    raw: the frame's payload as received, kept as evidence.
    flags: what the lenient decoder had to tolerate ("unit_missing"), empty for a clean message.
    """

    charger_id: ChargerId
    operator_id: OperatorId
    site_id: SiteId
    received_at: datetime
    action: str
    fact: Fact
    dedupe_key: str
    raw: str
    flags: tuple[str, ...] = ()


class CardPresented(Struct, frozen=True, gc=False):
    """A card presented at a charger before charging: a question, answered at once and not stored. reference: the processor's, of a hold
    made by the charger's own terminal; the token is derived from it."""

    charger_id: ChargerId
    operator_id: OperatorId
    site_id: SiteId
    token: str
    asked_at: datetime
    reference: str = ""


InboxItem = Message | CardPresented


class Verdict(StrEnum):
    """Whether a token may charge (OCPP AuthorizationStatus, folded)."""

    ACCEPTED = "ACCEPTED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    INVALID = "INVALID"
    NO_CREDIT = "NO_CREDIT"
    CONCURRENT = "CONCURRENT"
    NO_ROOM = "NO_ROOM"  # the socket is not known to obey limits, and there is no room yet for all it can draw
    NOT_NOW = "NOT_NOW"  # the socket is reserved for somebody else, or others are waiting for it


class Acknowledgement(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the charger may be answered once its message is stored.

    transaction: the id of a start (a repeated start gets the same id). verdict: on the token it carried, if any.
    group: by which the charger recognises other tokens of the same holder.
    cap: how far its charge may go (OCPP 2.1). link: to the page of its charge, for the charger's display (OCPP 2.1).
    certificate: the status of the contract's certificate, in OCPP 2.x's words.
    stranger: the message was not stored, because the charger is not admitted, or no longer belongs where the message says.
    """

    transaction: str | None = None
    verdict: Verdict | None = None
    group: str = ""
    repeated: bool = False
    stranger: bool = False
    cap: ChargeCap | None = None
    link: str = ""
    certificate: str = ""
