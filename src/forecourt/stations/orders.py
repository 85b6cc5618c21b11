"""What we ask of chargers, in words of no protocol. Each dialect translates them; a courier delivers them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from forecourt.stations.card_lists import ListedCard
from forecourt.stations.certificates import RootUse
from forecourt.stations.charge_caps import ChargeCap
from forecourt.stations.price_sheets import PriceSheet

# A limit that ends began, in the charger's words, this long before its end: so a clock that is a little slow does not make it begin later.
LIMIT_SPAN = timedelta(hours=2)


def _as_told(limit_a: int, limit_w: int | None, plug_v: int | None) -> tuple[Literal["A", "W"], int]:
    if limit_w is None:
        return "A", limit_a
    return ("A", limit_w // plug_v) if plug_v else ("W", limit_w)


@dataclass(frozen=True, slots=True)
class SetLimit:
    """The current an EVSE may offer from now on, in whole amps per phase; 0 = pause.

    plan: number of the plan it comes from; a receiver refuses an older one than it has taken.
    transaction: the one it holds for (the profile ends with it).
    limit_w: the same, where the charger is to be told watts of all phases together; None = it is told amps.
    plug_v: where the charger takes no watts: what they are divided by, for amps of direct current.
    until: when it ends by itself and the fallback holds; None: not before the transaction does. Only for chargers whose clock is right.
    """

    evse_number: int
    limit_a: int
    plan: int
    transaction: str
    until: datetime | None = None
    limit_w: int | None = None
    plug_v: int | None = None

    @property
    def as_told(self) -> tuple[Literal["A", "W"], int]:
        return _as_told(self.limit_a, self.limit_w, self.plug_v)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        return ((0, self.as_told[1]),)


@dataclass(frozen=True, slots=True)
class SetFallback:
    """What every EVSE of the charger may offer when nothing else is said, also without a link (TxDefaultProfile).

    limit_w, plug_v: as of SetLimit; where its EVSEs differ, of the one that is given least. after_s: from so many seconds of a charge
    on; until then it may offer nothing.
    """

    limit_a: int
    limit_w: int | None = None
    plug_v: int | None = None
    after_s: int = 0

    @property
    def as_told(self) -> tuple[Literal["A", "W"], int]:
        return _as_told(self.limit_a, self.limit_w, self.plug_v)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """From so many seconds of a charge on, so much."""
        last = (self.after_s, self.as_told[1])
        return ((0, 0), last) if self.after_s else (last,)


@dataclass(frozen=True, slots=True)
class ClearLimits:
    evse_number: int | None = None


@dataclass(frozen=True, slots=True)
class StartCharge:
    """paid: at its own display's code, so the token is a payment's and not a card's."""

    evse_number: int
    token: str
    remote_start_number: int
    paid: bool = False


@dataclass(frozen=True, slots=True)
class StopCharge:
    transaction: str


@dataclass(frozen=True, slots=True)
class Reserve:
    """Keep a socket for a token until an instant. evse_number None: any socket of the charger.

    group: of which every other token opens it, too; empty = none does.
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
    """Send meter values, a status or a boot now, or ask for another certificate of its own."""

    evse_number: int
    what: str = "METER"  # METER, STATUS, BOOT or CERTIFICATE


@dataclass(frozen=True, slots=True)
class AskCharge:
    """Does the charger still know of a charge? ACCEPTED: it goes on, or messages about it are on their way; REJECTED with
    UNKNOWN_CHARGE: it does not (OCPP 2.x alone can be asked)."""

    transaction: str


@dataclass(frozen=True, slots=True)
class ShowCost:
    """What a charge costs up to an instant, with tax, for the charger's display; a decimal text in units of its currency.

    register_wh: of the charger's meter then. final: the charge has ended; words: then said beside it.
    """

    transaction: str
    cost: str
    at: datetime
    register_wh: int
    charging: bool
    final: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class SetSheet:
    """Work out by these prices what a charge of an EVSE costs, unless told otherwise for it (OCPP 2.1)."""

    evse_number: int
    sheet: PriceSheet


@dataclass(frozen=True, slots=True)
class SetChargeSheet:
    """Work out by these what one charge costs from now on."""

    transaction: str
    sheet: PriceSheet


@dataclass(frozen=True, slots=True)
class ClearSheets:
    """Forget the prices of an EVSE; charges that go on keep them."""

    evse_number: int


@dataclass(frozen=True, slots=True)
class CapCharge:
    """Let a charge go no further than this (OCPP 2.1). It goes into the answer to the next message about the charge, which is asked for."""

    evse_number: int
    transaction: str
    cap: ChargeCap


@dataclass(frozen=True, slots=True)
class SendCards:
    """Know these cards by yourself from now on. whole: and no others; else these beside those of the version before."""

    version: int
    whole: bool
    cards: tuple[ListedCard, ...]


@dataclass(frozen=True, slots=True)
class ReadCards:
    """Which version of its list of cards a charger keeps: the result's detail."""


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """What does the charger give an EVSE in the next so many seconds, all limits that it knows taken together? The result's detail is the
    unit, its values are seconds from now and the most from there on."""

    evse_number: int
    seconds: int
    unit: Literal["A", "W"]


@dataclass(frozen=True, slots=True)
class SendLog:
    """Send a log to an address. security: that of security events, else the one for diagnosis."""

    number: int
    address: str
    security: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InstallFirmware:
    """Fetch firmware from an address and install it, if it has this signature by this certificate (PEM). Nothing unsigned is ever asked."""

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
    """Which certificates does it trust for that?"""

    use: RootUse


@dataclass(frozen=True, slots=True)
class InstallRoot:
    """Trust this (PEM) for that."""

    use: RootUse
    certificate: str


@dataclass(frozen=True, slots=True)
class DeleteRoot:
    """Trust one no more; root: as it described it."""

    root: str


@dataclass(frozen=True, slots=True)
class ReadInventory:
    """Tell all of yourself, in pages (OCPP 2.x). number: by which they name the question."""

    number: int


@dataclass(frozen=True, slots=True)
class TellPaying:
    """Somebody before it pays on a page of ours: for so many seconds a card begins nothing at that EVSE (OCPP 2.1)."""

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
class ComeAgain:
    """Its connection is ended, so that it has to come in by what opens now. It is told nothing: whoever holds its socket does it."""


@dataclass(frozen=True, slots=True)
class Unlock:
    evse_number: int


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """1.6: key names; 2.0.1: "Component/Variable". Empty: what smart charging and metering need; every: all of them, where the
    charger can be asked for all (1.6)."""

    names: tuple[str, ...] = ()
    every: bool = False


@dataclass(frozen=True, slots=True)
class WriteSetting:
    """evse_number: of the EVSE that has it; 0 = the whole charger (OCPP 1.6 knows no other)."""

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
    | AskCharge
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
    | TellPaying
    | SetAvailability
    | Restart
    | ComeAgain
    | Unlock
    | ReadSettings
    | ReadInventory
    | WriteSetting
)


class Outcome(StrEnum):
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"  # the charger said no
    UNSUPPORTED = "UNSUPPORTED"  # the charger (or its protocol) cannot
    STALE = "STALE"  # an older plan than the one already taken; not sent
    UNREACHABLE = "UNREACHABLE"  # no process holds its socket
    UNANSWERED = "UNANSWERED"  # sent; no answer in time: may or may not have had effect


@dataclass(frozen=True, slots=True)
class OrderResult:
    """How an order ended. detail: the charger's own word ("Occupied"). values: settings read, as text pairs. mute: what its
    charger does not answer at all, in OCPP's words, as is known by now; None = nobody could tell."""

    outcome: Outcome
    detail: str = ""
    values: tuple[tuple[str, str], ...] = ()
    mute: tuple[str, ...] | None = field(default=None, compare=False)
