"""What a charge would cost: the price book chooses the tariff, and the same `rate` and the same entitlements as on the bill
give the amount."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from forecourt.billing import Contribution, InvoiceLine, billable_usage, contributions, discount_lines, taxes_after_discounts
from forecourt.drivers import Token, TokenKind
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.entitlements import discounts_for
from forecourt.kernel import Conflict, DriverId, Money, NotFound, SiteId, Span, Text
from forecourt.offers import AppliedDiscounts, FunderKind
from forecourt.reservations import Booking, Quote
from forecourt.sessions import FixedPrice, Session, phases_of
from forecourt.stations import Evse, Site, class_of, group_of, in_service
from forecourt.tariffs import (
    Buyer,
    ChosenPrice,
    Phase,
    PhaseState,
    PriceLocation,
    Rating,
    TariffKey,
    TariffVersion,
    Usage,
    choose_price,
    rate,
)

TYPICAL_WH = 12_000


@dataclass(frozen=True, slots=True)
class Price:
    """A tariff version, what the usage costs under it, and the driver's discounts. because: why this tariff."""

    version: TariffVersion
    usage: Usage
    rating: Rating
    applied: AppliedDiscounts
    because: str = ""

    @property
    def due(self) -> Money:
        """What the driver pays, with tax: the due of the invoice."""
        return self.rating.gross - self.applied.off

    @property
    def gross(self) -> Money:
        """The total of the invoice, with tax: what partners contribute is in it."""
        return self.rating.gross - self.applied.borne_by(FunderKind.OPERATOR)

    @property
    def discounts(self) -> tuple[InvoiceLine, ...]:
        """The operator's discounts, as lines of the invoice."""
        return discount_lines(self.rating.taxes, self.applied.discounts, self.rating.tax_included)

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        return contributions(self.applied.discounts)

    @property
    def tax(self) -> Money:
        """The tax of the invoice: the operator's discounts lower it, a partner's contribution does not."""
        taxes = taxes_after_discounts(self.rating.taxes, self.applied.discounts)
        return sum((one.tax for one in taxes), Money.zero(self.rating.currency))


def find_price(
    store: Store, site_id: SiteId, kind: str, window: Span, energy_wh: int = TYPICAL_WH, driver_id: DriverId | None = None
) -> Price:
    """The price of charging energy_wh in a window at a socket of a kind: full power first, then parked to the end; less what
    the driver is entitled to as things stand.

    driver_id: None = somebody without a contract. Raises Conflict "no_price" where there is none, "site_ended" after the site's last day.
    """
    site = store.stations.site(site_id)
    if site.ended(window.start):
        raise Conflict(
            "site_ended", "{place} will have closed for good by then.", "Choose an earlier time, or another place.", place=site.name
        )
    usage = expected_usage(window, energy_wh, power_of(store, site_id, kind), site.zone)
    chosen = price_for(store, site, kind, buyer_of(store, driver_id, window.start), window.start)
    rating = rate(chosen.version.tariff, usage)
    return Price(chosen.version, usage, rating, discounts_for(store, driver_id, site_id, rating, window), chosen.because)


def current_quote(store: Store, booking: Booking) -> Quote | None:
    """The price promised with a booking to come, less what its driver is entitled to as things stand now, and not when it was made."""
    if booking.quote is None:
        return None
    site, quote = store.stations.site(booking.site_id), booking.quote
    usage = expected_usage(booking.window, quote.energy_wh, power_of(store, site.id, booking.kind), site.zone)
    rating = rate(store.prices.version(quote.tariff_version_id).tariff, usage)
    discount = discounts_for(store, booking.driver_id, site.id, rating, booking.window).off
    return replace(quote, off=min(discount, quote.gross, key=lambda one: one.minor) or None)


def price_for(store: Store, site: Site, kind: str, buyer: Buyer, at: datetime) -> ChosenPrice:
    """As `price_at`; raises Conflict "no_price" where there is none: then no charge may be started or booked."""
    chosen = price_at(store, site, kind, buyer, at)
    if chosen is None:
        raise Conflict(
            "no_price", "{site} has no price for you at that time.", "Choose another place, or ask the operator.", site=site.name
        )
    return chosen


def price_at(store: Store, site: Site, kind: str, buyer: Buyer, at: datetime) -> ChosenPrice | None:
    """The one price of a kind of socket for a driver at an instant, with the reason; None where there is none."""

    @cache
    def in_force(key: TariffKey) -> TariffVersion | None:
        return store.prices.version_at(site.operator_id, key, at)

    return choose_price(
        store.prices.entries(site.operator_id, site.id), in_force, price_location(store, site, kind), buyer, at, ZoneInfo(site.zone)
    )


def guest_price_reason(chosen: ChosenPrice) -> str:
    """The reason for a guest's price: it was shown before paying, and later changes of the price book do not matter."""
    return f"{chosen.because}, as shown before paying".removeprefix(", ")


def price_at_start(store: Store, evse: Evse, token: Token, booking: Booking | None, at: datetime) -> FixedPrice | None:
    """The price of a charge that began at an instant: as quoted with its booking, or as shown to a guest before paying, otherwise by the
    price book."""
    visit = store.guests.of_driver(token.driver_id) if token.kind is TokenKind.GUEST else None
    if visit is not None:
        return FixedPrice(visit.tariff_version_id, visit.price_because)
    if booking is not None and booking.quote is not None:
        return FixedPrice(booking.quote.tariff_version_id, f"{booking.quote.because}, as quoted with the booking".removeprefix(", "))
    chosen = price_at(store, store.stations.site(evse.site_id), evse.kind, buyer_of(store, token.driver_id, at, token), at)
    return FixedPrice(chosen.version.id, chosen.because) if chosen else None


def price_location(store: Store, site: Site, kind: str) -> PriceLocation:
    """A kind of socket as a price sees it. Sockets of one kind have one price, so the slowest of them says the class."""
    return PriceLocation(site.id, group_of(site.evse_groups, kind), class_of(site.power_classes, power_of(store, site.id, kind)))


def running_cost(store: Store, session: Session, at: datetime) -> Price | None:
    """What a running charge costs up to now, under the version it began with; None where it has no price.

    As the bill has it: with the wait for a driver who had booked and came late, nothing while no energy has come, and less
    what the driver is entitled to.
    """
    if session.tariff_version_id is None:
        return None
    site = store.stations.site(session.site_id)
    booking = store.bookings.booking(session.booking_id) if session.booking_id else None
    usage = billable_usage(phases_of(store.sessions.points(session.id), at), site.zone, booking)
    version = store.prices.version(session.tariff_version_id)
    rating = rate(version.tariff, usage)
    charge = Span(session.started_at, max(at, session.started_at + timedelta(seconds=1)))
    return Price(version, usage, rating, discounts_for(store, session.driver_id, site.id, rating, charge), session.price_because)


def expected_usage(window: Span, energy_wh: int, power_w: int, zone: str) -> Usage:
    """Charging at full power until the energy (or what fits the window) is in, then idle until the window ends."""
    fits_wh = min(energy_wh, power_w * window.seconds // 3600)
    full_at = min(window.end, window.start + timedelta(seconds=-(-fits_wh * 3600 // power_w)))
    phases = [Phase(PhaseState.CHARGING, window.start, full_at, fits_wh)] if full_at > window.start else []
    if full_at < window.end:
        phases.append(Phase(PhaseState.IDLE, full_at, window.end, 0))
    return Usage(tuple(phases), zone)


def power_of(store: Store, site_id: SiteId, kind: str) -> int:
    """Watts of a socket of the kind (the least of them)."""
    return min(evse.max_power_w for evse in sockets_of(store, site_id, kind))


def sockets_of(store: Store, site_id: SiteId, kind: str) -> list[Evse]:
    """The EVSEs of a kind at a site that are in service, or where none is any more those that were: what began there has a price still.
    NotFound when there never was one."""
    evses = [evse for evse in store.stations.evses(site_id) if evse.kind == kind]
    if not evses:
        kinds = ", ".join(sorted({evse.kind for evse in store.stations.evses(site_id)}))
        raise NotFound("kind", "This site has no sockets of kind {kind!r}.", "It has: {kinds}.", kind=kind, kinds=kinds or Text("none"))
    return in_service(evses) or evses
