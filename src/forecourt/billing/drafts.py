"""Drafts for a finished charge or an unused booking, priced by the one `rate` function on what was measured."""

from dataclasses import replace
from datetime import timedelta

from forecourt.billing.itemising import itemised
from forecourt.billing.model import Delivery, DocumentKind, Draft, InvoiceLine, LineKind, Parties, Place
from forecourt.billing.vat_relief import relieved
from forecourt.kernel import Conflict, DriverId, Money, Span
from forecourt.reservations import Booking, Kept, bay_ready_from
from forecourt.sessions import ChargeRecord
from forecourt.tariffs import Phase, PhaseState, Rating, TariffVersion, Usage, rate, rounded_separately


def bill(
    record: ChargeRecord,
    version: TariffVersion,
    place: Place,
    parties: Parties,
    booking: Booking | None = None,
    legacy_rounding: bool = False,
) -> Draft:
    """The draft of a charge's invoice, also when the total is zero: the driver then has that in writing.

    version: the tariff the record began under. booking: the one the charge fulfilled; the time its socket waited from the start
    of the window until the plug came is reserved time. apart: round as early bills were rounded, to check those (`rounded_separately`).
    Raises Conflict for a record that a person must review first, that nobody owes, or that began under another tariff.
    """
    if record.held:
        raise Conflict("record_held", f"This charge needs review: {', '.join(record.notes)}.", "Review it first.")
    if record.driver_id is None:
        raise Conflict("nobody_to_bill", "This charge has no known payer.")
    if record.tariff_version_id != version.id:
        raise Conflict("other_tariff", "The charge started under another tariff version.")
    rating = _rounded(rating_of(record, version, place.zone, booking), legacy_rounding)
    draft = _draft(rating, itemised(rating, legacy_rounding=legacy_rounding), version, (place, parties), record, record.driver_id)
    delivery = _delivery(record, _reserved_phases(record.phases, booking) + record.phases)
    because = record.price_because
    return replace(draft, delivery=delivery, session_id=record.session_id, booking_id=record.booking_id, price_because=because)


def bill_no_show(booking: Booking, version: TariffVersion, place: Place, parties: Parties, legacy_rounding: bool = False) -> Draft | None:
    """The draft of a no-show fee; None if the tariff has none. apart: as in `bill`."""
    if booking.given_up_at is None:
        raise Conflict("not_missed", "This booking was not missed.")
    rating = _rounded(no_show_rating(booking, version, place.zone), legacy_rounding)
    if not rating.gross:
        return None
    draft = _draft(rating, itemised(rating, LineKind.NO_SHOW, legacy_rounding), version, (place, parties), booking, booking.driver_id)
    because = booking.quote.because if booking.quote else ""
    return replace(draft, booking_id=booking.id, price_because=because, period=booking.window)


def no_show_rating(booking: Booking, version: TariffVersion, zone: str) -> Rating:
    """The rating of a no-show; for a booking that may still be used, the most a no-show would cost."""
    return rate(version.tariff, no_show_usage(booking, zone))


def no_show_usage(booking: Booking, zone: str) -> Usage:
    """The time a socket was reserved in vain, counted from when it was ready if that was after the window began."""
    given_up_at, begins = booking.given_up_at or booking.window.end, bay_ready_from(booking) or booking.window.start
    until = max(begins, min(given_up_at, booking.window.end))  # given up before the window: no reserved time
    return Usage((Phase(PhaseState.RESERVED, begins, until, 0),), zone, reservation_expired=True)


def max_no_show_fee(version: TariffVersion, window: Span, zone: str) -> Money:
    """The most that a no-show costs for a booking of this window."""
    usage = Usage((Phase(PhaseState.RESERVED, window.start, window.end, 0),), zone, reservation_expired=True)
    return rate(version.tariff, usage).gross


def rating_of(record: ChargeRecord, version: TariffVersion, zone: str, booking: Booking | None = None) -> Rating:
    """The rating behind `bill`, on which discounts are calculated."""
    return rate(version.tariff, usage_of_record(record, zone, booking))


def usage_of_record(record: ChargeRecord, zone: str, booking: Booking | None = None) -> Usage:
    """`billable_usage` of a finished charge."""
    return billable_usage(record.phases, zone, booking)


def billable_usage(phases: tuple[Phase, ...], zone: str, booking: Booking | None = None) -> Usage:
    """What is priced of a charge, running or finished: the time its booked socket was reserved for a late driver, then its phases.
    Nothing is owed while no energy has been delivered and the car has asked for it all along: the start failed, or has yet to
    succeed.
    """
    if not any(phase.energy_wh or phase.state is PhaseState.IDLE for phase in phases):
        return Usage((), zone)
    return Usage(_reserved_phases(phases, booking) + phases, zone)


def _reserved_phases(phases: tuple[Phase, ...], booking: Booking | None) -> tuple[Phase, ...]:
    """The time a booked socket stood ready for a driver who was late."""
    ready = bay_ready_from(booking) if booking is not None else None
    if booking is None or ready is None or not phases:
        return ()
    came_at = min(phases[0].start, booking.state.arrived_at) if isinstance(booking.state, Kept) else phases[0].start
    return (Phase(PhaseState.RESERVED, ready, came_at, 0),) if came_at > ready else ()


def _rounded(rating: Rating, legacy_rounding: bool) -> Rating:
    return rounded_separately(rating) if legacy_rounding else rating


def _draft(
    rating: Rating,
    lines: tuple[InvoiceLine, ...],
    version: TariffVersion,
    between: tuple[Place, Parties],
    subject: ChargeRecord | Booking,
    driver_id: DriverId,
) -> Draft:
    place, parties = between
    draft = Draft(
        kind=DocumentKind.INVOICE,
        operator_id=subject.operator_id,
        site_id=subject.site_id,
        driver_id=driver_id,
        parties=parties,
        place=place,
        currency=rating.currency,
        lines=lines,
        taxes=rating.taxes,
        net=rating.net,
        tax=rating.tax,
        gross=rating.gross,
        tax_included=rating.tax_included,
        tariff_version_id=version.id,
        tariff_hash=version.content_hash,
        notes=rating.notes,
    )
    return relieved(draft)


def _delivery(record: ChargeRecord, phases: tuple[Phase, ...]) -> Delivery:
    def seconds(state: PhaseState) -> int:
        spent = sum((phase.end - phase.start for phase in phases if phase.state is state), timedelta())
        return spent // timedelta(seconds=1)

    return Delivery(
        started_at=record.started_at,
        ended_at=record.ended_at,
        energy_wh=record.energy_wh,
        meter_start_wh=record.meter_start_wh,
        meter_stop_wh=record.meter_stop_wh,
        charging_s=seconds(PhaseState.CHARGING),
        idle_s=seconds(PhaseState.IDLE),
        withheld_s=seconds(PhaseState.WITHHELD),
        reserved_s=seconds(PhaseState.RESERVED),
        charger_id=record.charger_id,
        transaction=record.transaction,
    )
