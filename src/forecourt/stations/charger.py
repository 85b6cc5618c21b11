"""A charger: what it said it can do, what it was sent, and its current state."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations.card_lists import DEFAULT_CAPACITY, DEFAULT_PER_MESSAGE, MAX_CARDS, SentCardList
from forecourt.stations.certificates import Certificates
from forecourt.stations.charge_caps import SentCap
from forecourt.stations.charger_jobs import ChargerJob, ChargerJobKind
from forecourt.stations.composite_schedules import OwnSchedule
from forecourt.stations.connections import ConnectionInfo, Contact
from forecourt.stations.external_limits import DisregardedLimit, ExternalLimit
from forecourt.stations.inventory import Inventory
from forecourt.stations.model import Approval, Protocol
from forecourt.stations.pay_codes import PayCodes
from forecourt.stations.price_sheets import SentPriceSheet
from forecourt.stations.quirks import Quirk, QuirkKind, has_quirk, quirks_of
from forecourt.stations.terminals import NO_TERMINAL, Terminal

_UNSEEN = ConnectionInfo()
_NO_CERTIFICATES = Certificates()
_NO_CODES = PayCodes()
_NO_CARDS = SentCardList()
_NO_CONTACT = Contact()


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """What a charger said it can do; None = not read yet. measurands: what it sends during a charge; () = not read yet."""

    rate_unit: str = "A"
    amps_alone: bool = False  # it said that it takes amps only
    max_stack_level: int | None = None
    max_periods: int | None = None
    max_profiles: int | None = None
    measurands: tuple[str, ...] = ()
    sample_interval_s: int | None = None
    shows_cost: bool = False  # it has a display for the running cost
    keeps_prices: bool = False  # it computes costs itself (OCPP 2.1)
    zone: str = ""  # IANA, of its clock
    caps: tuple[str, ...] = ()  # quantities by which it can stop a charge itself, in OCPP 2.1's words (maxCost)
    card_room: int | None = None  # how many cards it can store; 0 = none
    cards_at_once: int | None = None  # how many of them fit into one message


@dataclass(frozen=True, slots=True)
class Charger:
    """A box with a connection to us and one or more EVSEs. site_id is None until an operator approves it.

    holder: the process that holds its connection. clock_right: since its boot it has reported the time, correctly; on_time: or its
    readings have arrived on time for a while, which is enough to let limits end by its clock. booted_at: when we last heard of a boot.
    out_of_use: numbers of sockets that it was told to block for maintenance.
    sheets: the prices sent to it since its boot; caps: likewise, how far its charges may go. works: the last log and the last firmware
    requested. inventory: what it reports about itself. pay_codes: the codes on its display that lead guests to the payment page. cards:
    the list of cards it was sent. terminal: whether its card terminal may start charges. outside: limits set at it by others, as it
    reports; disregarded: those of them that no longer count. schedules: what it last reported to give each socket. mute: messages that it
    has never answered with its present firmware, in OCPP's words. retires_at: when it stops serving; it is retired once it is free.
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
    sheets: tuple[SentPriceSheet, ...] = ()
    caps: tuple[SentCap, ...] = ()
    works: tuple[ChargerJob, ...] = ()
    last_connection: ConnectionInfo = _UNSEEN
    certificates: Certificates = _NO_CERTIFICATES
    inventory: Inventory | None = None
    pay_codes: PayCodes = _NO_CODES
    cards: SentCardList = _NO_CARDS
    terminal: Terminal = NO_TERMINAL
    contact: Contact = _NO_CONTACT
    outside: tuple[ExternalLimit, ...] = ()
    disregarded: tuple[DisregardedLimit, ...] = ()
    schedules: tuple[OwnSchedule, ...] = ()
    mute: tuple[str, ...] = ()
    retires_at: datetime | None = None
    on_time: bool = False

    @property
    def quirks(self) -> tuple[Quirk, ...]:
        """Known quirks of its make, as it identified itself at its last boot."""
        return quirks_of(self.vendor, self.model, self.firmware)

    def is_other_device(self, vendor: str, model: str, serial: str) -> bool:
        """Whether a box that identifies itself like this at boot is not the one that booted under this name before."""
        if self.booted_at is None:
            return False
        return (vendor, model) != (self.vendor, self.model) or bool(serial and self.serial and serial != self.serial)

    def has(self, kind: QuirkKind) -> bool:
        return has_quirk(kind, self.vendor, self.model, self.firmware)

    @property
    def starts_by_payment(self) -> bool:
        """Whether a guest's charge starts by the payment's reference, because the charger's display leads guests to our page."""
        return self.protocol is Protocol.OCPP21 and self.pay_codes.shown

    @property
    def max_card_chars(self) -> int:
        """The greatest number of characters in a card's id that its version of OCPP allows."""
        return 20 if self.protocol is Protocol.OCPP16 else 36

    @property
    def card_room(self) -> tuple[int, int]:
        """How many cards it can store, and how many of them fit into one message."""
        inventory = None if self.protocol is Protocol.OCPP16 else self.inventory
        entries = inventory.numbers("LocalAuthListCtrlr/Entries").get(0) if inventory else self.settings.card_room
        at_once = inventory.numbers("LocalAuthListCtrlr/ItemsPerMessage").get(0) if inventory else self.settings.cards_at_once
        return min(DEFAULT_CAPACITY if entries is None else entries, MAX_CARDS), max(1, at_once or DEFAULT_PER_MESSAGE)

    @property
    def takes_terminal(self) -> bool:
        """Whether a hold by its own card terminal may start a charge."""
        return self.protocol is Protocol.OCPP21 and self.terminal.allowed

    def limits_at(self, at: datetime, evse_number: int | None = None) -> tuple[ExternalLimit, ...]:
        """Outside limits that apply at an instant; evse_number: only those that concern this socket."""
        concerned = (one for one in self.outside if evse_number is None or one.evse_number in (0, evse_number))
        return tuple(one for one in concerned if not one.over(at) and not any(by.covers(one) for by in self.disregarded))

    def job(self, kind: ChargerJobKind) -> ChargerJob | None:
        return next((one for one in self.works if one.kind is kind), None)

    def with_job(self, work: ChargerJob) -> "Charger":
        return replace(self, works=(*(one for one in self.works if one.kind is not work.kind), work))

    def sheet_at(self, number: int) -> SentPriceSheet | None:
        return next((one for one in self.sheets if one.evse_number == number), None)

    def with_sheet(self, number: int, sheet: SentPriceSheet | None) -> "Charger":
        """The same charger with another price sheet for one socket; None: with none."""
        others = tuple(one for one in self.sheets if one.evse_number != number)
        return replace(self, sheets=(*others, sheet) if sheet else others)

    def cap_of(self, transaction: str) -> SentCap | None:
        return next((one for one in self.caps if one.transaction == transaction), None)

    def with_cap(self, cap: SentCap) -> "Charger":
        others = tuple(one for one in self.caps if one.transaction != cap.transaction)
        return replace(self, caps=(*others, cap))

    def with_availability(self, number: int, in_use: bool) -> "Charger":
        """The same charger with one socket set to be used, or not."""
        others = {one for one in self.out_of_use if one != number}
        return replace(self, out_of_use=tuple(sorted(others if in_use else others | {number})))
