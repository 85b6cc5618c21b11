"""The terms of a booking, and what can be booked at a site, in OCPI's words."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid5

from forecourt.kernel import BadInput, SiteId
from forecourt.ocpi.model import NOT_AVAILABLE, AccessMethod, BookingTerms, PowerType
from forecourt.reservations import EARLY, GRACE, MAX_BOOKING, SHORTEST_BOOKING
from forecourt.stations import DIRECT, Evse

_MINUTE = timedelta(minutes=1)
_PHASES = {1: PowerType.AC_1_PHASE, 2: PowerType.AC_2_PHASE_SPLIT, 3: PowerType.AC_3_PHASE}


@dataclass(frozen=True, slots=True)
class Party:
    """The party that owns an object. id: three characters, as registered; "#NA" for an operator that has none."""

    country: str
    id: str = NOT_AVAILABLE

    def __post_init__(self) -> None:
        if len(self.country) != 2 or not (self.country.isascii() and self.country.isalpha()):
            raise BadInput("country_code", f"{self.country[:20]!r} is not a country code.", "Use ISO 3166-1 alpha-2, such as DE.")
        if self.id != NOT_AVAILABLE and (len(self.id) != 3 or not (self.id.isascii() and self.id.isalnum())):
            raise BadInput("party_id", f"{self.id[:20]!r} is not a party id.", "It has three letters or digits.")


@dataclass(frozen=True, slots=True)
class Conditions:
    """free_cancel_min: as agreed with the booking, otherwise by the site's rules. no_show_fee: the tariff has one. address: of a page that
    explains them."""

    free_cancel_min: int
    no_show_fee: bool
    address: str | None = None


def location_id(site_id: SiteId, kind: str) -> str:
    """The BookingLocation's id: there is one for each kind of socket at a site, since that is what is booked."""
    return str(uuid5(site_id, f"bookings/{kind}"))


def terms_of(conditions: Conditions) -> BookingTerms:
    """Cancelling is free until `cancel_until_minutes` before; later it costs as much as a no-show. Staying longer needs a request."""
    free = conditions.free_cancel_min
    return BookingTerms(
        rfid_auth_required=False,
        token_groups_supported=False,
        remote_auth_supported=True,
        supported_access_methods=(AccessMethod.TOKEN,),
        change_until_minutes=free,
        cancel_until_minutes=free,
        change_not_allowed=False,
        early_start_allowed=True,
        early_start_time=EARLY // _MINUTE,
        noshow_timeout=GRACE // _MINUTE,
        noshow_fee=conditions.no_show_fee,
        late_stop_allowed=False,
        overlapping_bookings_allowed=False,
        min_booking_duration=SHORTEST_BOOKING // _MINUTE,
        max_booking_duration=MAX_BOOKING // _MINUTE,
        booking_terms=conditions.address if conditions.address and len(conditions.address) <= 255 else None,
    )


def power_type_of(evse: Evse) -> PowerType:
    return PowerType.DC if evse.standard in DIRECT else _PHASES[len(evse.phases)]
