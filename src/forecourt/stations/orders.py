"""What we ask chargers to do, independent of any protocol. Each dialect translates the orders; a courier delivers them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from forecourt.stations.card_lists import ListedCard
from forecourt.stations.certificates import RootUse
from forecourt.stations.charge_caps import ChargeCap
from forecourt.stations.price_sheets import PriceSheet

# A limit that ends is sent with a start this long before its end, so that a slightly slow charger clock does not delay its beginning.
LIMIT_SPAN = timedelta(hours=2)


def _unit_and_limit(limit_a: int, limit_w: int | None, plug_v: int | None) -> tuple[Literal["A", "W"], int]:
    if limit_w is None:
        return "A", limit_a
    return ("A", limit_w // plug_v) if plug_v else ("W", limit_w)


@dataclass(frozen=True, slots=True)
class SetLimit:
    """The current an EVSE may offer from now on, in whole amps per phase; 0 = pause.

    plan: number of the plan it comes from; a receiver refuses a plan older than the one it has.
    transaction: the one it applies to (the profile ends with it).
    limit_w: the same limit if the charger takes watts, for all phases together; None = it is sent amps.
    plug_v: if the charger does not take watts: the voltage to divide them by, for amps of direct current.
    until: when it ends by itself and the fallback applies; None: with the transaction. Only for chargers whose clock is right.
    """

    evse_number: int
    limit_a: int
    plan: int
    transaction: str
    until: datetime | None = None
    limit_w: int | None = None
    plug_v: int | None = None

    @property
    def as_sent(self) -> tuple[Literal["A", "W"], int]:
        return _unit_and_limit(self.limit_a, self.limit_w, self.plug_v)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        return ((0, self.as_sent[1]),)


@dataclass(frozen=True, slots=True)
class SetFallback:
    """What every EVSE of the charger may offer if no other limit applies, even while offline (TxDefaultProfile).

    limit_w, plug_v: as in SetLimit; if its EVSEs differ, of the one with the lowest. after_s: seconds into a charge until which it may
    offer nothing.
    """

    limit_a: int
    limit_w: int | None = None
    plug_v: int | None = None
    after_s: int = 0

    @property
    def as_sent(self) -> tuple[Literal["A", "W"], int]:
        return _unit_and_limit(self.limit_a, self.limit_w, self.plug_v)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """(seconds into a charge, limit from then on)."""
        last = (self.after_s, self.as_sent[1])
        return ((0, 0), last) if self.after_s else (last,)


@dataclass(frozen=True, slots=True)
class ClearLimits:
    evse_number: int | None = None


@dataclass(frozen=True, slots=True)
class StartCharge:
    """paid: by the code on its own display, so the token stands for a payment, not a card."""

    evse_number: int
    token: str
    remote_start_number: int
    paid: bool = False


@dataclass(frozen=True, slots=True)
class StopCharge:
    transaction: str


@dataclass(frozen=True, slots=True)
class Reserve:
    """Reserve a socket for a token until an instant. evse_number None: any socket of the charger.

    group: any other token of this group can use it, too; empty = none can.
    """

    reservation_number: int
    evse_number: int | None
    token: str
    until: datetime
    group: str = ""


@dataclass(frozen=True, slots=True)
class CancelReserve:
    reservation_number: int


@dataclass(frozen=True, slots=True)
class ReportMeter:
    """Send meter values, a status or a boot notification now, or request a new certificate of its own."""

    evse_number: int
    what: str = "METER"  # METER, STATUS, BOOT or CERTIFICATE


@dataclass(frozen=True, slots=True)
class QueryCharge:
    """Does the charger still know a charge? ACCEPTED: it is going on, or messages about it are on their way; REJECTED with
    UNKNOWN_CHARGE: it is not (only OCPP 2.x can be asked)."""

    transaction: str


@dataclass(frozen=True, slots=True)
class ShowCost:
    """What a charge costs up to an instant, with tax, for the charger's display; a decimal text in units of its currency.

    register_wh: the charger's meter at that instant. final: the charge has ended; text: to be shown with the final cost.
    """

    transaction: str
    cost: str
    at: datetime
    register_wh: int
    charging: bool
    final: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetSheet:
    """Compute costs of charges at an EVSE by these prices, unless a charge has a sheet of its own (OCPP 2.1)."""

    evse_number: int
    sheet: PriceSheet


@dataclass(frozen=True, slots=True)
class SetChargeSheet:
    """Compute the cost of one charge by these prices from now on."""

    transaction: str
    sheet: PriceSheet


@dataclass(frozen=True, slots=True)
class ClearSheets:
    """Forget the prices of an EVSE; ongoing charges keep theirs."""

    evse_number: int


@dataclass(frozen=True, slots=True)
class CapCharge:
    """Cap a charge (OCPP 2.1). The cap is sent in the answer to the charge's next message, which the charger is asked to send."""

    evse_number: int
    transaction: str
    cap: ChargeCap


@dataclass(frozen=True, slots=True)
class SendCards:
    """Store these cards. whole: they replace the list; otherwise they are added to the previous version."""

    version: int
    whole: bool
    cards: tuple[ListedCard, ...]


@dataclass(frozen=True, slots=True)
class ReadCards:
    """Read the version of the charger's list of cards: the result's detail."""


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """Read what the charger will give an EVSE in the next so many seconds, all limits it knows combined. The result's detail is the
    unit, its values are seconds from now and the maximum from there on."""

    evse_number: int
    seconds: int
    unit: Literal["A", "W"]


@dataclass(frozen=True, slots=True)
class SendLog:
    """Upload a log to an address. security: the log of security events, otherwise the diagnostics log."""

    number: int
    address: str
    security: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InstallFirmware:
    """Download firmware and install it if this signature, made with this certificate (PEM), is valid. Unsigned firmware is never sent."""

    number: int
    address: str
    certificate: str
    signature: str
    retrieve_at: datetime


@dataclass(frozen=True, slots=True)
class InstallSigned:
    """Use this as your own certificate from now on. chain: PEM. number: of the request it answers (OCPP 2.1)."""

    chain: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ReadRoots:
    """Read which certificates the charger trusts for a use."""

    use: RootUse


@dataclass(frozen=True, slots=True)
class InstallRoot:
    """Trust this certificate (PEM) for a use."""

    use: RootUse
    certificate: str


@dataclass(frozen=True, slots=True)
class DeleteRoot:
    """Stop trusting a certificate; root: as the charger described it."""

    root: str


@dataclass(frozen=True, slots=True)
class ReadInventory:
    """Report everything about yourself, in pages (OCPP 2.x). number: identifies the pages of this request."""

    number: int


@dataclass(frozen=True, slots=True)
class NotifyWebPayment:
    """Somebody at the charger is paying on our page: for so many seconds, a card starts nothing at that EVSE (OCPP 2.1)."""

    evse_number: int
    seconds: int


UNKNOWN_CHARGE = "NotOngoing"


@dataclass(frozen=True, slots=True)
class SetAvailability:
    """evse_number 0: the whole charger."""

    evse_number: int
    operative: bool


@dataclass(frozen=True, slots=True)
class Restart:
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Close its connection so that it reconnects by the way in that is valid now. Nothing is sent; the process with the connection acts."""


@dataclass(frozen=True, slots=True)
class Unlock:
    evse_number: int


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """1.6: key names; 2.0.1: "Component/Variable". Empty: what smart charging and metering need; every: all settings, where the
    charger can report all at once (1.6)."""

    names: tuple[str, ...] = ()
    every: bool = False


@dataclass(frozen=True, slots=True)
class WriteSetting:
    """evse_number: of the EVSE that has the setting; 0 = the whole charger (the only choice in OCPP 1.6)."""

    name: str
    value: str
    evse_number: int = 0


Order = (
    SetLimit
    | SetFallback
    | ClearLimits
    | StartCharge
    | StopCharge
    | Reserve
    | CancelReserve
    | ReportMeter
    | QueryCharge
    | ShowCost
    | SetSheet
    | SetChargeSheet
    | ClearSheets
    | CapCharge
    | SendCards
    | ReadCards
    | ReadSchedule
    | SendLog
    | InstallFirmware
    | InstallSigned
    | ReadRoots
    | InstallRoot
    | DeleteRoot
    | NotifyWebPayment
    | SetAvailability
    | Restart
    | Reconnect
    | Unlock
    | ReadSettings
    | ReadInventory
    | WriteSetting
)


class Outcome(StrEnum):
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"  # the charger said no
    UNSUPPORTED = "UNSUPPORTED"  # the charger (or its protocol) cannot
    STALE = "STALE"  # older than the plan it already has; not sent
    UNREACHABLE = "UNREACHABLE"  # no process has its connection
    UNANSWERED = "UNANSWERED"  # sent, but not answered in time: it may or may not have taken effect


@dataclass(frozen=True, slots=True)
class OrderResult:
    """How an order ended. detail: the charger's own word ("Occupied"). values: settings read, as text pairs. mute: messages that the
    charger is known by now not to answer at all, in OCPP's words; None = unknown."""

    outcome: Outcome
    detail: str = ""
    values: tuple[tuple[str, str], ...] = ()
    mute: tuple[str, ...] | None = field(default=None, compare=False)
