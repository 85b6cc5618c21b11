"""A driver states what the car needs, when it leaves, and how it should be charged until then."""

from datetime import datetime, timedelta

from forecourt.drivers import BatteryGoal, ChargingNeed, Pace, StatedNeeds
from forecourt.flows.bookings.availability import booking_of_stay
from forecourt.flows.ports.store import Store
from forecourt.flows.power.plant import plant_of
from forecourt.kernel import BadInput, DriverId
from forecourt.sessions import Session
from forecourt.stations import Evse, local_time_text

MAX_WH = 200_000
MAX_CAPACITY_WH = 300_000
MAX_STAY = timedelta(days=14)


def state_need(store: Store, driver_id: DriverId, evse: Evse, stated: StatedNeeds, at: datetime) -> ChargingNeed:
    """Store the statement; it applies from the next plan on, to the running charge or the one about to begin.

    Raises BadInput that names the first invalid field.
    """
    session = store.sessions.open_on(evse.id)
    own_session = session if session is not None and session.driver_id == driver_id else None
    _check(stated, at)
    if own_session is not None:
        _check_booked(store, own_session, stated, at)
    if stated.pace is Pace.GREEN and plant_of(store, evse.site_id).solar is None:
        raise BadInput("pace", "This place has no sun of its own.", "Choose another way to charge.")
    energy_wh = stated.energy_wh if stated.battery is None else _until_full_enough(stated.battery, own_session)
    fields = (energy_wh, stated.departure, at, stated.stop_there, stated.pace, stated.battery)
    need = ChargingNeed(evse.operator_id, evse.site_id, driver_id, *fields)
    store.drivers.put_need(need)
    return need


def _check(stated: StatedNeeds, at: datetime) -> None:
    if stated.energy_wh is not None and stated.battery is not None:
        raise BadInput("need_twice", "You gave both an amount of energy and a battery level.", "Give only one of them.")
    if stated.energy_wh is not None and not 0 < stated.energy_wh <= MAX_WH:
        given_kwh, max_kwh = (f"{energy_wh / 1000:g}" for energy_wh in (stated.energy_wh, MAX_WH))
        raise BadInput("energy_wh", "{given} kWh is not a possible charge.", "Give at most {most} kWh.", given=given_kwh, most=max_kwh)
    if stated.departure is not None and not at < stated.departure <= at + MAX_STAY:
        raise BadInput("departure", "The departure time is not within the next 14 days.", "Give a time in the future.")
    if stated.stop_there and stated.energy_wh is None and stated.battery is None:
        raise BadInput("stop_there", "You have not said where to stop.", "Give the energy or the battery level to stop at.")
    if stated.pace is not Pace.FAST and stated.departure is None:
        raise BadInput("pace", "To choose the hours, we need to know when you leave.", "Give your departure time.")


def _check_booked(store: Store, session: Session, stated: StatedNeeds, at: datetime) -> None:
    """Time after the booking is somebody else's: a car that waited for it would have nothing by its end. A driver past the end may
    still state a departure."""
    booking = booking_of_stay(store, session)
    if booking is not None and stated.departure is not None and at < booking.window.end < stated.departure:
        ends = local_time_text(store.stations.site(session.site_id), booking.window.end, at)
        raise BadInput("departure", "Your booking ends at {ends}.", "Give a time no later than that, or extend your stay first.", ends=ends)


def _until_full_enough(goal: BatteryGoal, session: Session | None) -> int:
    """The energy of the whole charge, from the battery's level now: as reported by the charger, otherwise by the driver."""
    _check_goal(goal)
    level = session.soc_percent if session is not None and session.soc_percent is not None else goal.level_percent
    if level is None:
        raise BadInput(
            "battery_level", "We do not know how full the battery is.", "Give its current level: this charger does not report it."
        )
    if level >= goal.target_percent:
        raise BadInput("battery_target", "The battery is already at {level} %.", "Give a higher level.", level=level)
    return (session.meter.energy_wh if session is not None else 0) + goal.missing_wh(level)


def _check_goal(goal: BatteryGoal) -> None:
    if not 1000 <= goal.capacity_wh <= MAX_CAPACITY_WH:
        raise BadInput(
            "battery_size",
            "{given} Wh is not the size of a car's battery.",
            "Give 1000 to {most} Wh.",
            given=goal.capacity_wh,
            most=MAX_CAPACITY_WH,
        )
    if not 1 <= goal.target_percent <= 100:
        raise BadInput("battery_target", "{given} % is not a level to charge to.", "Give 1 to 100.", given=goal.target_percent)
    if goal.level_percent is not None and not 0 <= goal.level_percent <= 100:
        raise BadInput("battery_level", "{given} % is not a level.", "Give 0 to 100.", given=goal.level_percent)
