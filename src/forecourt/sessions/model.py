"""One charge, from plug to record."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from forecourt.kernel import BookingId, ChargerId, DriverId, EvseId, OperatorId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.stations import SignedReading, StopReason
from forecourt.tariffs import Phase, PhaseState


@dataclass(frozen=True, slots=True)
class Meter:
    """The state of a session's energy count.

    register_wh: the charger's register at the last reading; energy_wh: delivered in this session so far, which never
    falls whatever the register does.
    """

    first_register_wh: int | None = None
    register_wh: int | None = None
    energy_wh: int = 0
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """The price of a charge, fixed at its start for its whole length, whatever is published later. because: why it is this one."""

    tariff_version_id: TariffVersionId
    because: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """A start that reached us at received_at, `by` after its own time, for a reason not known yet.

    behind: later messages came at their own pace, equally late: the clock is behind. jumped: a later one came on time.
    """

    by: timedelta
    received_at: datetime
    behind: bool = False
    jumped: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """An ongoing charge. token is None while only the cable is plugged in.

    state: how the time since the last point counts. held: a reading or the clock was doubtful, so a person must review it
    before it is billed. notes: codes of corrections ("meter_reset"). late: set while the lateness is unexplained.
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
    signed: tuple[SignedReading, ...] = ()  # the first and the latest received
    held: bool = False
    notes: tuple[str, ...] = ()
    price_because: str = ""
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class MeterPoint:
    """The count of a session at an instant: energy_wh since its start, never falling; state applies from here on."""

    session_id: SessionId
    at: datetime
    energy_wh: int
    state: PhaseState
    power_w: int | None = None
    current_ma: int | None = None
    soc_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCharge:
    """What lists, habits and figures need from a finished charge: everything but its course, which is most of a record.

    held: not to be billed before a person has reviewed it.
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
    stated_departure: datetime | None = None  # the driver's last stated departure, if any
    stated_wh: int | None = None  # and the energy the driver asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRecord(EndedCharge):
    """A finished charge, sealed: what was delivered, when, in which state. The bill is made from this alone.

    phases are contiguous from started_at to ended_at and sum to energy_wh. notes: also the reasons for holding it.
    """

    transaction: str
    token: TokenUid | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    phases: tuple[Phase, ...]
    reason: StopReason
    notes: tuple[str, ...] = ()
    price_because: str = ""
    signed: tuple[SignedReading, ...] = ()  # as the meter signed them: verified before a bill goes out


@dataclass(frozen=True, slots=True)
class Step:
    """What one fact did to a session: its new value and the points to store. ended_at is set by the fact that ended it."""

    session: Session
    points: tuple[MeterPoint, ...] = ()
    ended_at: datetime | None = None
    reason: StopReason = StopReason.OTHER
