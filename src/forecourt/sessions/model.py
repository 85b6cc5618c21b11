"""One charge, from plug to record."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from forecourt.kernel import BookingId, ChargerId, DriverId, EvseId, OperatorId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.stations import SignedReading, StopReason
from forecourt.tariffs import Phase, PhaseState


@dataclass(frozen=True, slots=True)
class Meter:
    """Where the energy count of a session stands.

    register_wh: the charger's register at the last reading; energy_wh: delivered in this session so far, which never
    falls whatever the register does.
    """

    first_register_wh: int | None = None
    register_wh: int | None = None
    energy_wh: int = 0
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """The price a charge began under, for its whole length, whatever is published later. because: why it is this one."""

    tariff_version_id: TariffVersionId
    because: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """A start that reached us at received_at, `by` after its own time, and why that is not known.

    behind: later messages came at their own pace, each as late: the clock is behind. jumped: a later one came in time.
    """

    by: timedelta
    received_at: datetime
    behind: bool = False
    jumped: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A charge that is going on. token is None while only the cable is in.

    state: what the time since the last point counts as. held: a reading or clock was doubtful, so a person looks
    before a bill goes out. notes: codes of what was corrected ("meter_reset"). late: set while it is unexplained.
    """

    id: SessionId
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    charger_id: ChargerId
    transaction: str
    started_at: datetime
    last_at: datetime
    state: PhaseState
    max_power_w: int
    token: TokenUid | None = None
    driver_id: DriverId | None = None
    tariff_version_id: TariffVersionId | None = None
    booking_id: BookingId | None = None
    meter: Meter = field(default_factory=Meter)
    power_w: int | None = None
    current_ma: int | None = None
    soc_percent: int | None = None
    charged: bool = False  # power has flowed at least once
    signed: tuple[SignedReading, ...] = ()  # the first and the latest that came
    held: bool = False
    notes: tuple[str, ...] = ()
    price_because: str = ""
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class MeterPoint:
    """The count of a session at an instant: energy_wh since its start, never falling; state holds from here on."""

    session_id: SessionId
    at: datetime
    energy_wh: int
    state: PhaseState
    power_w: int | None = None
    current_ma: int | None = None
    soc_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCharge:
    """What lists, habits and figures want to know of a finished charge: all but its course, which is most of a record.

    held: not to be billed before a person has looked.
    """

    session_id: SessionId
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    charger_id: ChargerId
    started_at: datetime
    ended_at: datetime
    driver_id: DriverId | None
    tariff_version_id: TariffVersionId | None
    booking_id: BookingId | None
    energy_wh: int
    held: bool = False
    stated_departure: datetime | None = None  # when the driver last said to leave, where anything was said
    stated_wh: int | None = None  # and how much the car should get


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRecord(EndedCharge):
    """A finished charge, sealed: what was delivered, when, in which state. The bill is made from this alone.

    phases are contiguous from started_at to ended_at and sum to energy_wh. notes: also why it is held.
    """

    transaction: str
    token: TokenUid | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    phases: tuple[Phase, ...]
    reason: StopReason
    notes: tuple[str, ...] = ()
    price_because: str = ""
    signed: tuple[SignedReading, ...] = ()  # as the meter signed them: judged before a bill goes out


@dataclass(frozen=True, slots=True)
class Step:
    """What one fact did to a session: its new value and the points to keep. record is set by the fact that ended it."""

    session: Session
    points: tuple[MeterPoint, ...] = ()
    ended_at: datetime | None = None
    reason: StopReason = StopReason.OTHER
