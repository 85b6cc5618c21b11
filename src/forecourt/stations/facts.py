"""What chargers report, in words of no protocol. Each OCPP dialect parses into these and nothing else.

A fact is what the charger said, with its own event time `at` (UTC). When it reached us, and through which
socket, is the Message around it. Meter readings are integers in base units; a reading that a charger did not
give is None, never 0.

These are msgspec structs, not dataclasses: each charger message makes some, and a frozen dataclass costs twenty times
as much to build.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations.charge_caps import ChargeCap
from forecourt.stations.inventory import InventoryPart
from forecourt.stations.model import ChargingState, ConnectorState, Protocol
from forecourt.stations.outside_limits import OutsideLimit, OutsideStep
from forecourt.stations.works import WorkKind


class StopReason(StrEnum):
    """Why a transaction ended (the union of what 1.6 and 2.0.1 can say, folded to what billing and people need)."""

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
    """A reading that the meter itself has signed, as the charger sent it. data: what was signed, with the signature (OCMF).

    key: the public key sent with it, or empty. What is sent proves nothing by itself: see `flows.signed_values`.
    """

    data: str
    key: str = ""


class MeterSample(Struct, frozen=True, gc=False, omit_defaults=True):
    """One reading at one instant. energy_wh is the import register as the charger counts it (not yet session-relative)."""

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
    """The state of a socket. evse_number 0 = the whole charger (1.6 connector 0)."""

    at: datetime
    evse_number: int
    state: ConnectorState
    charging_state: ChargingState | None = None
    error: str = ""


class CarAsked(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a car tells of itself over the cable (ISO 15118). energy_wh: what it asks for from now on. capacity_wh, level_percent,
    target_percent: of its battery."""

    at: datetime
    evse_number: int
    energy_wh: int | None = None
    departure: datetime | None = None
    capacity_wh: int | None = None
    level_percent: int | None = None
    target_percent: int | None = None


class OutsideLimitTold(Struct, frozen=True, gc=False, omit_defaults=True):
    """Somebody else has set a limit at the charger, which keeps to it by itself. from_now: its steps where the charger's clock cannot be
    relied on, as if they began with its arrival; () = they are the same."""

    at: datetime
    limit: OutsideLimit
    from_now: tuple[OutsideStep, ...] = ()


class OutsideLimitLifted(Struct, frozen=True, gc=False, omit_defaults=True):
    """A limit that somebody else had set there holds no more. evse_number 0: none of that source does."""

    at: datetime
    evse_number: int
    source: str


class SecurityNoted(Struct, frozen=True, gc=False, omit_defaults=True):
    """The charger has seen something about its security, in OCPP's own words (TamperDetectionActivated). text: what else it says of it."""

    at: datetime
    what: str
    text: str = ""


class InventoryTold(Struct, frozen=True, gc=False, omit_defaults=True):
    """A page of what the charger says of itself (OCPP 2.x). number: of the question; last: no page follows."""

    at: datetime
    number: int
    parts: tuple[InventoryPart, ...] = ()
    last: bool = False


class CertificateAsked(Struct, frozen=True, gc=False, omit_defaults=True):
    """The charger wants a certificate of its own signed. csr: the request, PEM. number: by which it knows the answer (OCPP 2.1)."""

    at: datetime
    csr: str
    number: int | None = None


class TransactionStarted(Struct, frozen=True, gc=False, omit_defaults=True):
    """transaction: the id both sides use from now on. 1.6: the number we allot while storing the fact; 2.0.1: the charger's own.

    token is None where the cable came first (2.0.1); it follows in a TransactionUpdated.
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
    """Readings or a change of state. transaction None: readings outside a transaction (1.6), joined by EVSE and time.

    evse_number None: 2.0.1 may leave it out after the start. cap: how far it says the charge may go (2.1); capped: it went so far.
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
    """Parts of the charger that need somebody (OCPP 2.x): each as component/variable, its value, and what else it says of it."""

    at: datetime
    alerts: tuple[tuple[str, str, str], ...]


class WorkReported(Struct, frozen=True, gc=False, omit_defaults=True):
    """How far a charger is with a log or firmware, in OCPP's own words (Uploaded). number: which, where it says so."""

    at: datetime
    work: WorkKind
    state: str
    number: int | None = None


class CostTold(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a charger worked out that a charge cost, as decimal texts in units of the currency. failed: why it could not."""

    currency: str
    before_tax: str | None = None
    after_tax: str | None = None
    sheet_ids: tuple[str, ...] = ()
    failed: str = ""


class SettlementTold(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the charger's own card terminal has made of a payment (OCPP 2.1). reference: the processor's. state: in OCPP's words (Settled).

    amount: as a decimal text, in a currency that it does not say. words: what else it says.
    """

    at: datetime
    reference: str
    state: str
    amount: str
    transaction: str = ""
    receipt: str = ""
    words: str = ""


class TransactionEnded(Struct, frozen=True, gc=False, omit_defaults=True):
    """The end as the charger saw it. evse_number is None where the message does not carry it (1.6)."""

    at: datetime
    transaction: str
    evse_number: int | None = None
    token: str | None = None
    samples: tuple[MeterSample, ...] = ()
    reason: StopReason = StopReason.OTHER
    seq: int | None = None
    offline: bool = False
    cost: CostTold | None = None


# What a charger tells once it is up.
ReportedFact = (
    ConnectorReported
    | CarAsked
    | OutsideLimitTold
    | OutsideLimitLifted
    | SecurityNoted
    | ComponentAlerted
    | WorkReported
    | CertificateAsked
    | InventoryTold
    | SettlementTold
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
)
Fact = ChargerBooted | ReportedFact


class Message(Struct, frozen=True, gc=False):
    """A fact on its way into the inbox: who said it, when it came, and what it literally was.

    dedupe_key: equal for the same message sent again, also with a new message id and after a reconnect, and
    different otherwise; unique together with the charger (see `docs/facts.md`).
    raw: the frame's payload as received, kept as evidence.
    flags: what the lenient decoder had to forgive ("unit_missing"), empty for a clean message.
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


class CardShown(Struct, frozen=True, gc=False):
    """A card held up to a charger before it charges: a question, answered at once and not kept. reference: the processor's, of a hold that
    the charger's own terminal has put up; its token follows from that."""

    charger_id: ChargerId
    operator_id: OperatorId
    site_id: SiteId
    token: str
    asked_at: datetime
    reference: str = ""


Said = Message | CardShown


class Verdict(StrEnum):
    """Whether a token may charge (OCPP AuthorizationStatus, folded)."""

    ACCEPTED = "ACCEPTED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    INVALID = "INVALID"
    NO_CREDIT = "NO_CREDIT"
    CONCURRENT = "CONCURRENT"
    NO_ROOM = "NO_ROOM"  # nobody knows that the socket keeps a limit, and there is no room yet for all it can draw
    NOT_NOW = "NOT_NOW"  # the socket is kept for somebody else, or others wait for it


class Acknowledgement(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the charger may be told once its message is durable.

    transaction: the id of a start (also of a repeated one: the same id again). verdict: of the token it carried, if any.
    group: by which the charger knows other tokens of whoever's token that was.
    cap: how far its charge may go (OCPP 2.1). link: to the page of its charge, for the charger's display (OCPP 2.1).
    certificate: what was found of the one that stands for a contract, as OCPP 2.x says it.
    stranger: this was not kept, because the charger is not let in, or no longer where the message says it stands.
    """

    transaction: str | None = None
    verdict: Verdict | None = None
    group: str = ""
    repeated: bool = False
    stranger: bool = False
    cap: ChargeCap | None = None
    link: str = ""
    certificate: str = ""
