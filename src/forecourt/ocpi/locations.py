"""What can be booked at a site and when, as an OCPI BookingLocation; and a partner's request matched against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from forecourt.kernel import BadInput, SiteId, Span, TariffVersionId, TokenUid, instant_text
from forecourt.ocpi.booking_terms import Conditions, Party, location_id, power_type_of, terms_of
from forecourt.ocpi.model import NOT_AVAILABLE, BookingLocation, BookingOption, Calendar, OcpiBookingRequest, Policy
from forecourt.ocpi.times import slot_of, span_of
from forecourt.reservations import STEP, Pool, free_until, vacancies
from forecourt.stations import Evse

_MINUTE = timedelta(minutes=1)
_NOW = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Bookable:
    """The sockets of one kind at a site, of which a booking promises one."""

    party: Party
    site_id: SiteId
    kind: str
    evses: tuple[Evse, ...]
    conditions: Conditions
    tariff_version_id: TariffVersionId | None

    @property
    def id(self) -> str:
        return location_id(self.site_id, self.kind)

    @property
    def max_power_w(self) -> int:
        """What every one of them can deliver: it is not known yet which one it will be."""
        return min(evse.max_power_w for evse in self.evses)

    @property
    def option(self) -> BookingOption:
        """No socket is named: it is chosen shortly before the start."""
        standards, powers = sorted({evse.standard for evse in self.evses}), sorted({power_type_of(evse) for evse in self.evses})
        return BookingOption(evse_uid=NOT_AVAILABLE, connector_types=tuple(standards), power_types=tuple(powers))


@dataclass(frozen=True, slots=True)
class PartnerBooking:
    """A partner's request as we understand it. cancels: cancel the booking made under request_id."""

    request_id: str
    window: Span
    tokens: tuple[TokenUid, ...]
    cancels: bool


def booking_location(place: Bookable, pool: Pool, at: datetime, ahead: timedelta) -> BookingLocation:
    """With the free times from now on; without a calendar if there are none. The times are exact as of `at`."""
    free = 0 if free_until(pool, at, _NOW) is None else pool.sockets - sum(claim.contains(at) for claim in pool.claims())
    calendar = calendar_of(place, pool, at, ahead)
    return BookingLocation(
        country_code=place.party.country,
        party_id=place.party.id,
        id=place.id,
        location_id=str(place.site_id),
        booking_option=place.option,
        policy=Policy(reservation_required=False, ad_hoc=free),
        tariff_ids=(str(place.tariff_version_id),) if place.tariff_version_id else (),
        booking_terms=terms_of(place.conditions),
        calendars=(calendar,) if calendar else (),
        last_updated=instant_text(at),
    )


def calendar_of(place: Bookable, pool: Pool, at: datetime, ahead: timedelta) -> Calendar | None:
    """Within each timeslot a booking may be placed anywhere, for at least one car. None if there is no timeslot."""
    begins = at.replace(second=0, microsecond=0) + _MINUTE
    begins += -timedelta(minutes=begins.minute) % STEP
    span = Span(begins, begins + ahead)
    slots = tuple(slot_of(one, place.max_power_w) for one in vacancies(pool, span, at))
    if not slots:
        return None
    return Calendar(
        id=str(uuid5(UUID(place.id), "calendar")),
        begin_from=instant_text(span.start),
        end_before=instant_text(span.end),
        timeslot_increment=STEP // _MINUTE,
        available_timeslots=slots,
        last_updated=instant_text(at),
    )


def match_request(request: OcpiBookingRequest, places: Sequence[Bookable]) -> tuple[Bookable, PartnerBooking]:
    """The sockets a request is about, and what it asks for. Raises BadInput naming the field that does not fit."""
    place = next((one for one in places if one.id.lower() == request.booking_location_id.lower()), None)
    if place is None:
        raise _misfit("booking_location_id", "nothing of that id can be booked here", "Take it from the BookingLocation.")
    if request.location_id.lower() != str(place.site_id):
        raise _misfit("location_id", "the BookingLocation is of another Location", "Take both from one BookingLocation.")
    if request.booking_option:
        _check_option(request.booking_option, place)
    if request.power_required and request.power_required * 1000 > place.max_power_w:
        raise _misfit("power_required", f"{request.power_required} kW are more than these sockets give", f"Ask for {place.max_power_w} W.")
    tokens = tuple(TokenUid(token.uid) for token in request.tokens)
    return place, PartnerBooking(
        request.request_id, span_of(request.period, "booking_request.period"), tokens, request.canceled is not None
    )


def _check_option(option: BookingOption, place: Bookable) -> None:
    """A requested property must hold for every socket of the kind: it is not known yet which one it will be."""
    if option.evse_uid not in (None, NOT_AVAILABLE) or option.connector_id not in (None, NOT_AVAILABLE):
        raise _misfit("booking_option.evse_uid", "a socket is chosen shortly before", 'Leave it out, or write "#NA".')
    for name in ("connector_types", "power_types"):
        wanted, offered = getattr(option, name), getattr(place.option, name)
        if wanted and not set(wanted) & set(offered):
            raise _misfit(f"booking_option.{name}", f"these sockets have {', '.join(offered)}", "Book another BookingLocation.")
    unknown_fields = [name for name in option.__struct_fields__ if name not in _KNOWN and getattr(option, name) not in (None, ())]
    if unknown_fields:
        raise _misfit(f"booking_option.{unknown_fields[0]}", "nothing is known of it here, so it cannot be promised", "Leave it out.")


_KNOWN = {"evse_uid", "connector_id", "connector_types", "power_types"}


def _misfit(field: str, what: str, remedy: str) -> BadInput:
    return BadInput("field", f"booking_request.{field}: {what}.", remedy)
