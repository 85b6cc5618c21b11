"""Changes to when a site is open: first previewed, then saved. Promises that can be kept are; the others are withdrawn."""

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo

from forecourt.drivers import GuestStep
from forecourt.flows.bookings.availability import pool_of_site
from forecourt.flows.bookings.compensation import compensate
from forecourt.flows.bookings.reserving import release_slot, release_socket
from forecourt.flows.bookings.site_closing import end_waitlist, waitlist_beyond_closing
from forecourt.flows.bookings.terms import terms_of_booking
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.desk.operator_scope import own_site, site_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, BookingId, Conflict, Money, NotFound, SiteId, Span, instant_text
from forecourt.notices import NoticeKind
from forecourt.reservations import (
    Booking,
    Offered,
    Pool,
    Reassignment,
    add_note,
    break_early,
    credit_for,
    rearranged,
    reassign_bookings,
    resume_waiting,
)
from forecourt.stations import (
    Calendar,
    Evse,
    Maintenance,
    Opening,
    Site,
    closed_in,
    format_hours,
    format_week,
    merged,
    planned,
    public_holidays,
)

MAX_MAINTENANCE_SPAN = timedelta(days=366)
MAX_MAINTENANCE = 50
MAX_REASON_CHARS = 120
MAX_SPECIAL_DAYS = 100
_MOMENT = timedelta(microseconds=1)
# A preview counts drivers who charge or wait now if a change takes hours from their sockets within this time.
SOON = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class LastDay:
    """In the site's local time; after it the site is closed for good. None: no last day."""

    day: date | None


@dataclass(frozen=True, slots=True)
class ServiceEdit:
    """The changes; what is not named stays. openings: the whole week, () = day and night. calendar: all special days.
    begin: maintenance to plan. end: the `maintenance_fingerprint` of maintenance to end now or to cancel. last: set or remove the site's
    last day."""

    openings: tuple[Opening, ...] | None = None
    calendar: Calendar | None = None
    begin: Maintenance | None = None
    end: str = ""
    last: LastDay | None = None


@dataclass(frozen=True, slots=True)
class WithdrawnBooking:
    """A booking that cannot be kept. cause: "closed", "closing" (for good) or "maintenance"; credit: the driver's compensation."""

    booking: Booking
    cause: str
    credit: Money | None


@dataclass(frozen=True, slots=True)
class ServicePreview:
    """changed: whether the edit changes anything. kept: future bookings that stay as they are. moved: those kept at another time inside
    their promise. waiting, charging: drivers in queues for, and labels of sockets with cars charging at, sockets that lose hours soon."""

    changed: bool
    kept: int = 0
    moved: tuple[tuple[Booking, Span], ...] = ()
    taken_back: tuple[WithdrawnBooking, ...] = ()
    waiting: int = 0
    charging: tuple[str, ...] = ()
    hoping: int = 0


def service_fingerprint(site: Site) -> str:
    """A mark of hours and maintenance, to detect that they changed after somebody saw them."""
    return _mark((site.openings, site.calendar, site.maintenance, site.last_day))


def maintenance_fingerprint(maintenance: Maintenance) -> str:
    return _mark(maintenance)


def preview_service(store: Store, by: Staff, site_id: SiteId, edit: ServiceEdit) -> ServicePreview:
    """Compute the effect of an edit; stores nothing and notifies nobody."""
    site = own_site(store, by, site_id)
    return _preview(store, site, _edited(site, edit, store.stations.evses(site.id), by), by)


def set_service(store: Store, by: Staff, site_id: SiteId, edit: ServiceEdit, seen: str) -> ServicePreview:
    """Apply an edit, with effect from now on. Raises Conflict if hours or maintenance have changed since they were seen
    (`service_fingerprint`)."""
    site = site_for_update(store, by, site_id)
    if seen != service_fingerprint(site):
        raise Conflict("service_changed", "Someone else has changed the hours or maintenance in the meantime.", "Check them and try again.")
    for kind in _kinds(store, site):
        store.bookings.lock_pool(site.id, kind)
    after = _edited(site, edit, store.stations.evses(site.id), by)
    found = _preview(store, site, after, by)
    if found.changed:
        store.history.put_past_site(site, by.at)
        _keep(store, after, found, by)
        _log(store, by, site, edit, found)
    return found


def unkeepable_bookings(store: Store, site: Site, kinds: Collection[str], by: Staff) -> frozenset[BookingId]:
    """Bookings that could not be kept as things stand. Locks the pools, so that no promises of these kinds are made meanwhile."""
    for kind in sorted(kinds):
        store.bookings.lock_pool(site.id, kind)
    return frozenset(one.id for kind in kinds for one in reassign_bookings(pool_of_site(store, site, kind, by.at), by.at).lost)


def keep_with_remaining_sockets(store: Store, site: Site, kinds: Collection[str], by: Staff, lost_anyway: Set[BookingId]) -> None:
    """Sockets of these kinds have been removed: promises are kept with the remaining ones, or withdrawn at once.

    lost_anyway: what `unkeepable_bookings` returned before they were removed.
    """
    moved, taken_back = list[tuple[Booking, Span]](), list[WithdrawnBooking]()
    for kind in sorted(kinds):
        pool = pool_of_site(store, site, kind, by.at)
        found = reassign_bookings(pool, by.at)
        taken_back += _losses(store, (site, pool), [one for one in found.lost if one.id not in lost_anyway])
        moved += found.moved
    _keep(store, site, ServicePreview(True, moved=tuple(moved), taken_back=tuple(taken_back)), by)


def _keep(store: Store, after: Site, found: ServicePreview, by: Staff) -> None:
    store.stations.put_site(after)
    for one in found.taken_back:
        if _is_paid_for_now(store, one.booking):
            release_slot(store, one.booking.id, by.at, by.ids)
            _wait_on(store, one.booking)
            continue
        release_socket(store, one.booking, by.at, by.ids)
        broken = break_early(one.booking, by.at, one.cause, compensate(store, one.booking, by.at))
        store.bookings.put(broken)
        notify_booking(store, broken, NoticeKind.BOOKING_CLOSES if one.cause == "closing" else NoticeKind.BOOKING_BROKEN, by.at)
    end_waitlist(store, after, by.at)
    windows = dict(found.moved)
    live_bookings = store.bookings.live_at(after.id)
    for kind in sorted({one.kind for one in windows}):
        promised = [one for one in live_bookings if one.kind == kind]
        for booking in rearranged(promised, windows):
            moved = any(one.id == booking.id for one in windows)
            store.bookings.put(add_note(booking, by.at, "time_moved", instant_text(booking.window.start)) if moved else booking)


def _wait_on(store: Store, booking: Booking) -> None:
    """The driver to whom it was offered goes back to waiting for that time."""
    for wait in store.waitlist.live_at(booking.site_id):
        if isinstance(wait.state, Offered) and wait.state.booking_id == booking.id:
            store.waitlist.put(resume_waiting(wait))


def _preview(store: Store, before: Site, after: Site, by: Staff) -> ServicePreview:
    seen = (before.openings, before.calendar, planned(before.maintenance, by.at), before.last_day)
    if seen == (after.openings, after.calendar, after.maintenance, after.last_day):
        return ServicePreview(changed=False)
    kept_count, moved, taken_back = 0, list[tuple[Booking, Span]](), list[WithdrawnBooking]()
    hoping = len(waitlist_beyond_closing(store, after))
    for kind in _kinds(store, before):
        pool, pool_before = pool_of_site(store, after, kind, by.at), pool_of_site(store, before, kind, by.at)
        found, lost_anyway = _rescued(pool, pool_before, by)
        taken_back += _losses(store, (after, pool), [one for one in found.lost if one.id not in lost_anyway])
        moved += found.moved
        kept_count += len(pool.promised) - len(found.moved) - len(found.lost)
    affected = {evse.id: evse for evse in store.stations.evses(before.id) if _taken_from(evse, before, after, by)}
    charging = [affected[one.evse_id].label for one in store.sessions.open_at(before.id) if one.evse_id in affected and one.token]
    kinds = {evse.kind for evse in affected.values()}
    waiting = sum(ticket.kind in kinds for ticket in store.queue.live_at(before.id))
    return ServicePreview(True, kept_count, tuple(moved), tuple(taken_back), waiting, tuple(sorted(charging)), hoping)


def _rescued(pool: Pool, pool_before: Pool, by: Staff) -> tuple[Reassignment, Set[BookingId]]:
    """The reassignment, and the bookings that could not be kept even before: not caused by this change, they are left to the clock."""
    found = reassign_bookings(pool, by.at)
    return found, {one.id for one in reassign_bookings(pool_before, by.at).lost} if found.lost else set()


def _losses(store: Store, site_and_pool: tuple[Site, Pool], bookings: Sequence[Booking]) -> Iterator[WithdrawnBooking]:
    for one in bookings:
        credit = None if _is_paid_for_now(store, one) else credit_for(one, terms_of_booking(store, one).broken_credit_percent)
        yield WithdrawnBooking(one, _cause(one, *site_and_pool), credit)


def _is_paid_for_now(store: Store, booking: Booking) -> bool:
    """Whether the slot is only reserved while somebody pays or accepts: nothing is promised yet, so nothing is compensated."""
    guest, deposit = store.guests.booking(booking.id), store.deposits.of_booking(booking.id)
    begun = guest is not None and guest.step is GuestStep.PAYING
    return booking.offered_until is not None or begun or (deposit is not None and deposit.step is GuestStep.PAYING and not deposit.notified)


def _cause(booking: Booking, site: Site, pool: Pool) -> str:
    if site.ended(booking.window.end - _MOMENT):
        return "closing"
    return "closed" if any(span.overlaps(booking.window) for span in pool.closed) else "maintenance"


def _taken_from(evse: Evse, before: Site, after: Site, by: Staff) -> bool:
    """Whether the change takes open hours from this socket soon."""
    soon = Span(by.at, by.at + SOON)
    return bool(_shut(after, evse, soon)) and _shut(after, evse, soon) != _shut(before, evse, soon)


def _shut(site: Site, evse: Evse, span: Span) -> tuple[Span, ...]:
    closed_spans = [work.span for work in site.maintenance if evse.label in work.labels and work.span.overlaps(span)]
    return merged((*closed_in(site, span), *closed_spans))


def _edited(site: Site, edit: ServiceEdit, evses: Sequence[Evse], by: Staff) -> Site:
    """The site after the edit, without past maintenance (the log has it). Raises BadInput named after the invalid part."""
    if site.ended(by.at):
        raise Conflict("site_ended", f"{site.name} has closed for good.", "Add another site instead.")
    planned_works = list(planned(site.maintenance, by.at))
    if edit.end:
        ended = [work for work in planned_works if maintenance_fingerprint(work) == edit.end]
        if not ended:
            raise NotFound("maintenance", "This maintenance does not exist, or is over.", "Reload the page.")
        planned_works.remove(ended[0])
    if edit.begin is not None:
        planned_works.append(_checked(edit.begin, evses, by))
    if len(planned_works) > MAX_MAINTENANCE:
        raise BadInput("maintenance", f"{len(planned_works)} planned maintenance periods are too many.", "End some first.")
    return replace(
        site,
        openings=site.openings if edit.openings is None else edit.openings,
        calendar=site.calendar if edit.calendar is None else _ahead(edit.calendar, site, by),
        maintenance=planned(planned_works, by.at),
        last_day=site.last_day if edit.last is None else _checked_last(edit.last, site, by),
    )


def _checked_last(last: LastDay, site: Site, by: Staff) -> date | None:
    today = by.at.astimezone(ZoneInfo(site.zone)).date()
    if last.day is not None and not today <= last.day <= today + MAX_MAINTENANCE_SPAN:
        raise BadInput("last_day", "The last day must be today or later, and within a year.", "Choose another date.")
    return last.day


def _ahead(calendar: Calendar, site: Site, by: Staff) -> Calendar:
    """The calendar to store: in order, without past days. Raises BadInput named after the invalid part."""
    yesterday = by.at.astimezone(ZoneInfo(site.zone)).date() - timedelta(days=1)  # its night may not be over
    days = sorted((one for one in calendar.special_days if one.day >= yesterday), key=lambda one: one.day)
    if len(days) > MAX_SPECIAL_DAYS:
        raise BadInput("special_days", f"{len(days)} special days are too many.", f"Enter up to {MAX_SPECIAL_DAYS}.")
    for one, after in pairwise(days):
        if one.day == after.day:
            raise BadInput("special_days", f"{one.day} is listed twice.", "Enter all hours of a day on one line.")
    if any(len(one.note) > MAX_REASON_CHARS for one in days):
        raise BadInput("special_days", "A note is too long.", f"Use up to {MAX_REASON_CHARS} characters.")
    if calendar.region:
        public_holidays(calendar.region, yesterday.year)
    return replace(calendar, special_days=tuple(days))


def _checked(maintenance: Maintenance, evses: Sequence[Evse], by: Staff) -> Maintenance:
    if maintenance.span.end <= by.at:
        raise BadInput("to", "The end is in the past.", "Choose a later end.")
    if maintenance.span.length > MAX_MAINTENANCE_SPAN:
        raise BadInput("to", "Maintenance can last at most a year.", "Choose an earlier end.")
    if len(maintenance.reason) > MAX_REASON_CHARS:
        raise BadInput("reason", "The reason is too long.", f"Use up to {MAX_REASON_CHARS} characters.")
    unknown = set(maintenance.labels) - {evse.label for evse in evses}
    if unknown:
        raise BadInput("labels", f"There is no socket {min(unknown)!r} here.", "Choose sockets of this site.")
    start = max(maintenance.span.start, by.at.replace(second=0, microsecond=0))
    return Maintenance(Span(start, maintenance.span.end), tuple(sorted(set(maintenance.labels))), maintenance.reason.strip())


def _log(store: Store, by: Staff, before: Site, edit: ServiceEdit, found: ServicePreview) -> None:
    effect = f"; bookings kept {found.kept}, moved {len(found.moved)}, taken back {len(found.taken_back)}"
    if edit.openings is not None:
        old_week, week = format_week(before.openings), format_week(edit.openings)
        changes = ", ".join(f"{day} {old_week[day]} → {week[day]}" for day in week if old_week[day] != week[day])
        note(store, by, "site.hours", before.slug, f"{changes}{effect}"[:1000])
    if edit.calendar is not None:
        note(store, by, "site.calendar", before.slug, f"{_calendar_text(edit.calendar)}{effect}"[:1000])
    if edit.begin is not None:
        note(store, by, "site.maintenance", before.slug, f"{_maintenance_text(edit.begin)}{effect}"[:1000])
    if edit.last is not None:
        note(store, by, "site.last_day", before.slug, f"{before.last_day or 'none'} → {edit.last.day or 'none'}{effect}")
    for maintenance in before.maintenance:
        if maintenance_fingerprint(maintenance) == edit.end:
            note(store, by, "site.maintenance_end", before.slug, f"{_maintenance_text(maintenance)}{effect}"[:1000])


def _calendar_text(calendar: Calendar) -> str:
    holidays = f"public holidays of {calendar.region}: {format_hours(calendar.on_holidays)}" if calendar.region else "no public holidays"
    days = "".join(f", {one.day}: {format_hours(one.hours)}" for one in calendar.special_days)
    return f"{holidays}{days}"


def _maintenance_text(maintenance: Maintenance) -> str:
    place = ", ".join(maintenance.labels) or "the whole site"
    reason = f", {maintenance.reason}" if maintenance.reason else ""
    return f"{place} from {instant_text(maintenance.span.start)} to {instant_text(maintenance.span.end)}{reason}"


def _kinds(store: Store, site: Site) -> list[str]:
    of_evses = {evse.kind for evse in store.stations.evses(site.id)}
    return sorted(of_evses | {one.kind for one in store.bookings.live_at(site.id)})


def _mark(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()[:16]
