"""The part of a recording that is played, and its garage's past: the charges of the preceding weeks, stored like any site's charges.

From them the site learns, as it does every night, how long cars stay, how much they charge, and who may come. The past excludes the
first day itself and anything later.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Ids, SessionId
from forecourt.sessions import ChargeRecord
from forecourt.simulation import Inputs, RecordedSession, SiteSpec, load_site, recorded_days, sessions_on
from forecourt.stations import Evse, Site, StopReason
from forecourt.tariffs import Phase, PhaseState

MAX_KW = 100_000


def recorded_stays(name: str, first_day: date, days: int) -> tuple[SiteSpec, tuple[RecordedSession, ...]]:
    """The site and its stays on these days. Raises BadInput if there is no such site, or no car came."""
    try:
        spec, sessions, known = load_site(name), sessions_on(name, first_day, days), recorded_days(name)
    except KeyError as error:
        raise BadInput("site", str(error.args[0]).capitalize() + ".") from error
    except ValueError as error:
        raise BadInput("site", f"{error}.") from error
    if not sessions:
        days_text = f"Choose {known[0]} to {known[-1]}." if known else "It holds no session that can be used."
        raise BadInput(
            "date", f"No car arrived at {spec.slug} on {first_day}{f' or the {days - 1} days after it' if days > 1 else ''}.", days_text
        )
    return spec, sessions


def check_limit(spec: SiteSpec, limit_kw: float | None) -> None:
    """Raises BadInput if the transformer's limit is invalid, or no row of the single-line diagram follows it."""
    if limit_kw is None:
        return
    if not 1 <= limit_kw <= MAX_KW:
        raise BadInput("limit_kw", f"{limit_kw:g} kW is no limit of a site.", f"Give kilowatts from 1 to {MAX_KW:,}.")
    if not spec.scaled_rows:
        raise BadInput("limit_kw", f"No limit of {spec.slug} follows --limit-kw.", "Name the rows that do as scaled_rows in the drawing.")


def stays_before(name: str, first_day: date, weeks: int) -> tuple[RecordedSession, ...]:
    """Recorded stays that began within these weeks and ended before the first day began, at the site's own midnight."""
    midnight = datetime.combine(first_day, datetime.min.time(), ZoneInfo(load_site(name).zone))
    found = sessions_on(name, first_day - timedelta(weeks=weeks), 7 * weeks) if weeks else ()
    return tuple(one for one in found if one.departure <= midnight)


def add_history(store: Store, site: Site, stays: Sequence[RecordedSession], inputs: Inputs, ids: Ids) -> None:
    """Store the stays as charges without a driver: learned from, never billed. inputs: what drivers stated, as in the replay itself."""
    evses = {evse.label: evse for evse in store.stations.evses(site.id)}
    for stay in stays:
        store.sessions.end(_record(site, evses[stay.station], stay, inputs, ids))


def _record(site: Site, evse: Evse, stay: RecordedSession, inputs: Inputs, ids: Ids) -> ChargeRecord:
    stated = inputs is Inputs.STATED
    return ChargeRecord(
        session_id=SessionId(ids.new(stay.arrival)),
        operator_id=site.operator_id,
        site_id=site.id,
        evse_id=evse.id,
        charger_id=evse.charger_id,
        transaction=f"recorded-{stay.ref}",
        started_at=stay.arrival,
        ended_at=stay.departure,
        token=None,
        driver_id=None,
        tariff_version_id=None,
        booking_id=None,
        meter_start_wh=None,
        meter_stop_wh=None,
        energy_wh=stay.energy_wh,
        phases=(Phase(PhaseState.CHARGING, stay.arrival, stay.departure, stay.energy_wh),),
        reason=StopReason.DRIVER,
        stated_departure=stay.stated_departure if stated else stay.departure,
        stated_wh=stay.requested_wh if stated else stay.energy_wh,
    )
