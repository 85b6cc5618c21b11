"""Details of their customers' charges that partners receive: place, customer and price."""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from forecourt.billing import billable_usage, no_show_usage, taxes_after_relief
from forecourt.flows.billing.parties import parties, supplied_on
from forecourt.flows.ports.roaming_charges import RoamingCdr, RoamingCharge
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.published import party_of
from forecourt.kernel import TariffVersionId
from forecourt.ocpi import (
    Cdr,
    CdrLocation,
    ChargeContext,
    Party,
    Session,
    SessionProgress,
    SessionStatus,
    cdr_location_of,
    charge_json,
    ocpi_session,
    ocpi_tariff,
    reserved_location,
)
from forecourt.reservations import Booking, Bound
from forecourt.sessions import ChargeRecord, phases_of
from forecourt.sessions import Session as Running
from forecourt.tariffs import Phase, PhaseState, TariffVersion, TaxLine, Usage, rate


def charge_details(store: Store, charge: RoamingCharge, subject: Running | ChargeRecord | Booking, version: TariffVersion) -> ChargeContext:
    """Details of a charge that has a price, or of a reserved socket."""
    party = party_of(store.stations.operator(subject.operator_id))
    return ChargeContext(
        session_id=charge.id,
        party=party,
        place=_place(store, subject, party),
        token=charge.token,
        auth_method=charge.auth_method,
        authorization_reference=charge.authorization_reference,
        tariff=version.tariff,
        tariff_id=str(version.id),
    )


def _place(store: Store, charge: Running | ChargeRecord | Booking, party: Party) -> CdrLocation:
    site = store.stations.site(charge.site_id)
    if not isinstance(charge, Booking):
        return cdr_location_of(site, store.stations.evse(charge.evse_id), party)
    if isinstance(charge.state, Bound):
        return cdr_location_of(site, store.stations.evse(charge.state.evse_id), party)
    return reserved_location(site, next(one for one in store.stations.evses(site.id) if one.kind == charge.kind), party)


def cdr_for_partner(store: Store, sealed: RoamingCdr, ocpi: str) -> bytes:
    """The CDR as it was sealed, with the tariff it was sold under, which never changes either."""
    cdr = sealed.cdr
    version = store.prices.version(TariffVersionId(UUID(cdr.charging_periods[0].tariff_id)))
    since, year = version.published_at or version.valid_from, int(cdr.start_date_time[:4])
    sold = ocpi_tariff(version, Party(cdr.country_code, cdr.party_id), ocpi, since, year)
    return charge_json(structs.replace(cdr, tariffs=(sold,)), ocpi)


def usage_of(store: Store, charge: Running | ChargeRecord, until: datetime) -> Usage:
    """What is owed up to an instant, as the bill counts it; for a running charge, by the readings so far."""
    zone = store.stations.site(charge.site_id).zone
    booking = store.bookings.booking(charge.booking_id) if charge.booking_id else None
    phases = charge.phases if isinstance(charge, ChargeRecord) else phases_of(store.sessions.points(charge.id), until)
    return billable_usage(phases, zone, booking)


def session_for_partner(store: Store, charge: RoamingCharge) -> Session | None:
    """The Session as of its last change: reading it twice with the same `last_updated` gives the same result. None for one without a
    price, which nobody can be asked to pay."""
    if charge.session_id is None:
        return _reservation_session(store, charge)
    running, record = store.sessions.session(charge.session_id), store.sessions.record(charge.session_id)
    subject = record or running
    if subject is None or subject.tariff_version_id is None:
        return None
    version, usage = store.prices.version(subject.tariff_version_id), usage_of(store, subject, charge.changed_at)
    now = SessionProgress(
        started_at=subject.started_at,
        ended_at=record.ended_at if record else None,
        energy_wh=record.energy_wh if record else usage.energy_wh,
        usage=usage,
        taxes=_taxes(store, subject, version, usage, charge.changed_at),
        status=_status(record, usage),
        updated_at=charge.changed_at,
    )
    session, corrected = (
        ocpi_session(charge_details(store, charge, subject, version), now),
        corrected_cdr(store, charge) if record else None,
    )
    if corrected is None:
        return session
    periods = corrected.charging_periods
    return structs.replace(
        session,
        end_date_time=corrected.end_date_time,
        kwh=corrected.total_energy,
        total_cost=corrected.total_cost,
        charging_periods=periods,
    )


def corrected_cdr(store: Store, charge: RoamingCharge) -> Cdr | None:
    """The latest CDR that replaced another because more became known after the bill; None if none did."""
    cdrs = [one.cdr for one in store.roaming_charges.cdrs_of_charge(charge.id) if not one.cdr.credit]
    return cdrs[-1] if len(cdrs) > 1 else None


def _taxes(
    store: Store, charge: Running | ChargeRecord | Booking, version: TariffVersion, usage: Usage, at: datetime
) -> tuple[TaxLine, ...]:
    """Taxes on what is owed so far, as on a bill issued now."""
    is_reservation, taxes = isinstance(charge, Booking), rate(version.tariff, usage).taxes
    if charge.driver_id is None:
        return taxes
    supply = supplied_on(
        charge.ended_at if isinstance(charge, ChargeRecord) else at, store.stations.site(charge.site_id), energy=not is_reservation
    )
    exemption = parties(store, charge.operator_id, store.drivers.driver(charge.driver_id), supply).exemption
    return taxes_after_relief(taxes, exemption.relief if exemption else None)


def _reservation_session(store: Store, charge: RoamingCharge) -> Session | None:
    """The Session of a socket that is, or was, reserved without a charge: what is owed for that."""
    booking = store.bookings.booking(charge.reserved.booking_id) if charge.reserved else None
    if booking is None or booking.quote is None:
        return None
    version, usage = store.prices.version(booking.quote.tariff_version_id), reservation_usage(store, booking, charge.changed_at)
    now = SessionProgress(
        started_at=booking.window.start,
        ended_at=None if booking.live else charge.changed_at,
        energy_wh=0,
        usage=usage,
        taxes=_taxes(store, booking, version, usage, charge.changed_at),
        status=SessionStatus.RESERVATION if booking.live else SessionStatus.COMPLETED,
        updated_at=charge.changed_at,
    )
    return ocpi_session(charge_details(store, charge, booking, version), now)


def reservation_usage(store: Store, booking: Booking, at: datetime) -> Usage:
    """What is owed for a socket that is reserved, or was reserved in vain."""
    zone = store.stations.site(booking.site_id).zone
    if booking.given_up_at is not None:
        return no_show_usage(booking, zone)
    phases = (Phase(PhaseState.RESERVED, booking.window.start, at, 0),) if booking.live and at > booking.window.start else ()
    return Usage(phases, zone)


def _status(record: ChargeRecord | None, usage: Usage) -> SessionStatus:
    """The status; a failed start is billed to nobody."""
    if record is None:
        return SessionStatus.ACTIVE
    return SessionStatus.COMPLETED if usage.phases else SessionStatus.INVALID
