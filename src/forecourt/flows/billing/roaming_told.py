"""What partners are told of their customers' charges: where, whose, at which price."""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from forecourt.billing import owed_usage
from forecourt.flows.bookings.roaming import party_of
from forecourt.flows.ports.roamed import RoamingCdr, RoamingCharge
from forecourt.flows.ports.store import Store
from forecourt.kernel import TariffVersionId
from forecourt.ocpi import Party, Session, SessionNow, SessionStatus, Told, cdr_place, charge_json, ocpi_session, tariff_told
from forecourt.sessions import ChargeRecord, phases_of
from forecourt.sessions import Session as Running
from forecourt.tariffs import TariffVersion, Usage, rate


def told_of(store: Store, charge: RoamingCharge, of: Running | ChargeRecord, version: TariffVersion) -> Told:
    """A charge that has a price."""
    site, evse = store.stations.site(of.site_id), store.stations.evse(of.evse_id)
    party = party_of(store.stations.operator(of.operator_id))
    return Told(
        party=party,
        place=cdr_place(site, evse, party),
        token=charge.token,
        auth_method=charge.auth_method,
        authorization_reference=charge.authorization_reference,
        tariff=version.tariff,
        tariff_id=str(version.id),
    )


def cdr_told(store: Store, kept: RoamingCdr, ocpi: str) -> bytes:
    """As it was sealed, with the tariff it was sold under, which never changes either."""
    cdr = kept.cdr
    version = store.prices.version(TariffVersionId(UUID(cdr.charging_periods[0].tariff_id)))
    sold = tariff_told(version, Party(cdr.country_code, cdr.party_id), ocpi, version.published_at or version.valid_from)
    return charge_json(structs.replace(cdr, tariffs=(sold,)), ocpi)


def usage_of(store: Store, of: Running | ChargeRecord, until: datetime) -> Usage:
    """What is owed of it up to an instant, as the bill has it."""
    zone = store.stations.site(of.site_id).zone
    booking = store.bookings.booking(of.booking_id) if of.booking_id else None
    phases = of.phases if isinstance(of, ChargeRecord) else phases_of(store.sessions.points(of.id), max(until, of.last_at))
    return owed_usage(phases, zone, booking)


def session_told(store: Store, charge: RoamingCharge) -> Session | None:
    """As it stands; None for one that has no price, which nobody can be asked to pay."""
    running, record = store.sessions.session(charge.session_id), store.sessions.record(charge.session_id)
    of = record or running
    if of is None or of.tariff_version_id is None:
        return None
    version, usage = store.prices.version(of.tariff_version_id), usage_of(store, of, charge.changed_at)
    now = SessionNow(
        id=charge.session_id,
        started_at=of.started_at,
        ended_at=record.ended_at if record else None,
        energy_wh=record.energy_wh if record else (running.meter.energy_wh if running else 0),
        usage=usage,
        taxes=rate(version.tariff, usage).taxes,
        status=_status(record, usage),
        updated_at=charge.changed_at,
    )
    return ocpi_session(told_of(store, charge, of, version), now)


def _status(record: ChargeRecord | None, usage: Usage) -> SessionStatus:
    """A start that failed is billed to nobody."""
    if record is None:
        return SessionStatus.ACTIVE
    return SessionStatus.COMPLETED if usage.phases else SessionStatus.INVALID
