"""The power that can be promised with a slot, besides existing promises and the minimum of all other sockets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import firm_allowance
from forecourt.flows.power.site_power import evse_limits, site_limits
from forecourt.kernel import BookingId, SiteId, Span
from forecourt.planning import PowerClaim, PowerHeadroom
from forecourt.reservations import (
    START_ALLOWANCE,
    Booking,
    PowerPromise,
    extend_power_promise,
    make_power_promise,
    power_span,
    required_power_w,
)
from forecourt.stations import Site, in_service

# Sockets of all kinds share the same wires, so promises of power at a site are made one at a time.
_ALL_KINDS = "* power"


@dataclass(frozen=True, slots=True)
class SlotPower:
    """The power of a site with its present promises. labels: of the sockets of each kind."""

    room: PowerHeadroom
    labels: Mapping[str, tuple[str, ...]]
    starting: timedelta

    def promise(self, kind: str, window: Span, energy_wh: int, promised: Span | None = None) -> PowerPromise | None:
        """A promise for a stay as long as the window anywhere in `promised`; None if nothing can be promised."""
        power_w = self.most_w(kind, promised or window, required_power_w(energy_wh, window.length, self.starting))
        return make_power_promise(power_w, energy_wh, window.length, self.starting) if power_w else None

    def most_w(self, kind: str, span: Span, wanted_w: int) -> int:
        return self.room.most_w(self.labels[kind], span, wanted_w) if kind in self.labels else 0


def slot_power(store: Store, site_id: SiteId, at: datetime, excluded: BookingId | None = None) -> SlotPower:
    """excluded: a booking to leave out, because its promise is being renewed."""
    site = store.stations.site(site_id)
    labels = _labels(store, site_id)
    claims = [claim for claim_of, claim in _claims(store, site_id, labels, at) if claim_of != excluded]
    starting = START_ALLOWANCE + timedelta(seconds=site.sharing.random_delay_s)
    return SlotPower(_room(store, site, claims, at), labels, starting)


def lock_power(store: Store, site_id: SiteId) -> None:
    """Lock after the pools of the kinds concerned."""
    store.bookings.lock_pool(site_id, _ALL_KINDS)


def power_promises_at_risk(store: Store, site: Site, at: datetime) -> frozenset[BookingId]:
    """Bookings whose promises of power may be broken under these limits: besides all others, less power is left. The plans of that hour
    decide which are, and break the fewest."""
    claims = list(_claims(store, site.id, _labels(store, site.id), at))
    found = set[BookingId]()
    for booking_id, claim in claims:
        headroom = _room(store, site, [other for other_id, other in claims if other_id != booking_id], at)
        if headroom.most_w(claim.evses, claim.span, claim.power_w) < claim.power_w:
            found.add(booking_id)
    return frozenset(found)


def count_unkeepable_promises(store: Store, site: Site, at: datetime) -> int:
    """How many promises of power could not be made under these limits: those made first are kept first."""
    keepable: list[PowerClaim] = []
    claims = [claim for _, claim in _claims(store, site.id, _labels(store, site.id), at)]
    for claim in claims:
        if _room(store, site, keepable, at).most_w(claim.evses, claim.span, claim.power_w) >= claim.power_w:
            keepable.append(claim)
    return len(claims) - len(keepable)


def _room(store: Store, site: Site, claims: Sequence[PowerClaim], at: datetime) -> PowerHeadroom:
    """The room under the limits and what the site is sure to be allowed even if every source falls silent."""
    evses = in_service(store.stations.evses(site.id))
    limits = tuple(evse_limits(evse) for evse in evses)
    allowance = firm_allowance(store.plans.allowances(site.id), at)
    return PowerHeadroom(site_limits(site, evses), limits, claims, store.bookings.rules(site.id).others_power_percent, allowance)


def _labels(store: Store, site_id: SiteId) -> Mapping[str, tuple[str, ...]]:
    """Labels of the sockets of each kind."""
    labels: dict[str, tuple[str, ...]] = {}
    for evse in sorted(in_service(store.stations.evses(site_id)), key=lambda one: one.label):
        labels[evse.kind] = (*labels.get(evse.kind, ()), evse.label)
    return labels


def with_power_promise(store: Store, booking: Booking, energy_wh: int, at: datetime) -> Booking:
    """The booking with the promise of power that is possible besides all others. Hold the lock of its pool."""
    lock_power(store, booking.site_id)
    power = slot_power(store, booking.site_id, at, booking.id)
    return replace(booking, power=power.promise(booking.kind, booking.window, energy_wh, booking.promised))


def with_extended_power_promise(store: Store, booking: Booking, longer: Booking, at: datetime) -> Booking:
    """An extended stay with its promise of power extended too, if as much is left for the added time. Hold the lock of its pool."""
    if booking.power is None:
        return longer
    lock_power(store, booking.site_id)
    added = Span(booking.window.end, longer.window.end)
    most_w = slot_power(store, booking.site_id, at, booking.id).most_w(booking.kind, added, booking.power.power_w)
    whole_wh = booking.power.power_w * (added.length // timedelta(seconds=1)) // 3600
    extra = make_power_promise(most_w, whole_wh, added.length, timedelta()) if most_w else None
    return extend_power_promise(booking, longer, extra)


def _claims(store: Store, site_id: SiteId, labels: Mapping[str, tuple[str, ...]], at: datetime) -> Iterator[tuple[BookingId, PowerClaim]]:
    """Claims of future bookings, in the order made, wherever they may still be moved to; then of those under way, at their sockets."""
    live_bookings = {booking.id: booking for booking in sorted(store.bookings.live_at(site_id), key=lambda one: (one.made_at, one.id))}
    for booking in live_bookings.values():
        if booking.power is not None and booking.kind in labels:
            span = booking.window if booking.fixed(at) else booking.promised
            yield booking.id, PowerClaim(labels[booking.kind], span, booking.power.power_w)
    by_id = {evse.id: evse.label for evse in in_service(store.stations.evses(site_id))}
    for session in store.sessions.open_at(site_id):
        claimed = store.bookings.booking(session.booking_id) if session.booking_id else None
        if (
            claimed is not None
            and claimed.id not in live_bookings
            and claimed.power
            and (time := power_span(claimed))
            and session.evse_id in by_id
        ):
            yield claimed.id, PowerClaim((by_id[session.evse_id],), time, claimed.power.power_w)
