"""Rebuild the state from the inbox alone: apply every stored message again, to an empty store, and compare."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from forecourt.drivers import TokenKind
from forecourt.flows.charging.applying import apply_row
from forecourt.flows.desk.quarantine import NOBODY_TO_BILL, UNKNOWN_TRANSACTION
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, SiteId
from forecourt.sessions import END_NOT_REPORTED, ChargeRecord, Session

PAGE = 2000
Charge = TypeVar("Charge", ChargeRecord, Session)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference found by a rebuild. what: "record", "session", "missing", or "limits" (set by others at a charger)."""

    what: str
    subject: str
    kept: str
    rebuilt: str


def rebuild(source: Store, target: Store, site_id: SiteId, ids: Ids) -> int:
    """Replay a site's inbox from `source` into `target`, which holds the same stations, drivers and prices but no
    sessions. Returns the number of messages replayed. Messages that a person has cleared are not joined to their charge again."""
    for code in (UNKNOWN_TRANSACTION, NOBODY_TO_BILL):
        for entry in source.inbox.cleared_by_staff(site_id, code):
            target.inbox.quarantine(entry)
    after_id = count = 0
    while rows := source.inbox.all_rows(site_id, after_id, PAGE):
        for row in rows:
            if row.applied:
                apply_row(target, row, row.message.received_at, ids, source.inbox)
                count += 1
        after_id = rows[-1].id
    return count


def compare(store: Store, rebuilt: Store, site_id: SiteId) -> Iterator[Difference]:
    """Every difference between the stored and the rebuilt charges of a site, and between limits set by others at its chargers.

    A session closed by the clock (its end never came) is closed again by the clock, not by the inbox, so it is not compared: it may be
    missing, or end as its charger reported later. A charge's booking and the price promised with it come from the booking,
    not from the inbox; the driver's statements from the driver.
    """
    for record in store.sessions.records(site_id, limit=1_000_000):
        again = rebuilt.sessions.record(record.session_id)
        if END_NOT_REPORTED in record.notes:
            continue
        if again is None:
            yield Difference("missing", str(record.session_id), repr(record), "")
        elif replace(_as_booked(again, record), stated_departure=record.stated_departure, stated_wh=record.stated_wh) != record:
            yield Difference("record", str(record.session_id), repr(record), repr(again))
    for session in store.sessions.open_at(site_id):
        open_again = rebuilt.sessions.session(session.id)
        if open_again is None or _as_booked(open_again, session) != session:
            yield Difference("session", str(session.id), repr(session), repr(open_again))
    for charger in store.stations.chargers(site_id):
        rebuilt_charger = rebuilt.stations.charger(charger.id)
        if rebuilt_charger is None or rebuilt_charger.outside != charger.outside:
            yield Difference("limits", charger.id, repr(charger.outside), repr(rebuilt_charger.outside if rebuilt_charger else None))


def _as_booked(rebuilt: Charge, stored: Charge) -> Charge:
    """The rebuilt charge with what the stored one has from its booking."""
    if stored.booking_id is None:
        return rebuilt
    return replace(rebuilt, booking_id=stored.booking_id, tariff_version_id=stored.tariff_version_id, price_because=stored.price_because)


def copy_settings(source: Store, target: Store, site_id: SiteId) -> None:
    """Copy what the rebuild needs besides the inbox: the site, its chargers and EVSEs, the prices, the drivers and their tokens."""
    site = source.stations.site(site_id)
    target.stations.put_operator(source.stations.operator(site.operator_id))
    target.stations.put_site(site)
    for charger in source.stations.chargers(site_id):
        target.stations.put_charger(
            replace(charger, clock_right=False, outside=())
        )  # its clock and others' limits are rebuilt from the inbox
    for evse in source.stations.evses(site_id):
        target.stations.put_evse(evse)
    for version in source.prices.versions(site.operator_id):
        target.prices.put_version(version)
    for entry in source.prices.entries(site.operator_id):
        target.prices.put_entry(entry)
    for member in source.drivers.members(site.operator_id):
        target.drivers.put_member(member)
    for driver in source.drivers.drivers(site.operator_id, limit=1_000_000):
        target.drivers.put_driver(driver)
        for token in source.drivers.tokens_of(driver.id):
            target.drivers.put_token(token)
            if token.kind is TokenKind.GUEST and (visit := source.guests.of_driver(driver.id)):
                target.guests.put_visit(visit)
