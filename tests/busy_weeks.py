"""Weeks of charges for a site: busy mornings and evenings, quiet nights and weekends, always the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Ids, SessionId, SiteId
from forecourt.sessions import ChargeRecord
from forecourt.stations import StopReason
from forecourt.tariffs import Phase, PhaseState


def live_weeks(store: Store, site_id: SiteId, until: datetime, weeks: int, ids: Ids, busy: float = 1.0) -> int:
    """Sealed records up to the local-ish midnight before `until`; who finds no free socket drives on. How many there are."""
    dice, evses = np.random.default_rng(11), store.stations.evses(site_id)
    free_at = dict.fromkeys((one.id for one in evses), datetime.min.replace(tzinfo=UTC))
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    count = 0
    for hour in range(weeks * 168):
        start = midnight - timedelta(hours=weeks * 168 - hour)
        rush = 2.5 if start.hour in (7, 8, 9, 16, 17, 18) and start.weekday() < 5 else 0.3 if start.hour < 6 else 0.8
        for minute in sorted(dice.uniform(0, 60, dice.poisson(busy * rush * len(evses) / 4))):
            at = start + timedelta(minutes=round(minute, 1))
            place = next((one for one in evses if free_at[one.id] <= at), None)
            if place is None:
                continue
            end = at + timedelta(minutes=round(float(dice.uniform(30, 150))))
            free_at[place.id] = end
            count += 1
            _end(store, place, (at, end), round(float(dice.uniform(6_000, 20_000))), ids, count)
    return count


def _end(store, evse, span, energy_wh, ids, count) -> None:  # type: ignore[no-untyped-def]
    at, end = span
    version = next((one for one in store.prices.versions(evse.operator_id, evse.site_id) if one.is_valid_at(at)), None)
    store.sessions.end(
        ChargeRecord(
            session_id=SessionId(ids.new(at)),
            operator_id=evse.operator_id,
            site_id=evse.site_id,
            evse_id=evse.id,
            charger_id=evse.charger_id,
            transaction=f"season-{count}",
            started_at=at,
            ended_at=end,
            token=None,
            driver_id=None,
            tariff_version_id=version.id if version else None,
            booking_id=None,
            meter_start_wh=0,
            meter_stop_wh=energy_wh,
            energy_wh=energy_wh,
            phases=(Phase(PhaseState.CHARGING, at, end, energy_wh),),
            reason=StopReason.DRIVER,
        )
    )


def bill(store: Store, site_id: SiteId, since: datetime, driver_id: DriverId, ids: Ids) -> int:
    """Invoices for the records since an instant, as if one driver had charged them all."""
    count = 0
    for record in store.sessions.records(site_id, 100_000):
        if record.ended_at >= since and record.driver_id is None and record.tariff_version_id is not None:
            store.sessions.end(replace(record, driver_id=driver_id))
            count += rate_and_invoice(store, record.session_id, record.ended_at + timedelta(seconds=20), ids) is not None
    return count
