"""What is due at a site or for an operator because time has passed: promises, holds, settings of chargers, messages to partners.

Each step has its own commit: locks of two sites are never held at once, and a step that fails stops no other.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from forecourt.flows.billing import issue_partner_statements
from forecourt.flows.bookings import advance_bookings, advance_queue, advance_waitlist
from forecourt.flows.chargers import (
    complete_closings,
    complete_retirements,
    process_certificate_requests,
    send_availability,
    send_card_lists,
    send_price_sheets,
)
from forecourt.flows.charging import assign_early_arrivals, end_stale, has_stale, send_caps, send_stay_notices, show_costs
from forecourt.flows.offers import expire_vouchers, queue_renewals
from forecourt.flows.paying import enforce_fleet_limits, maintain_deposits, maintain_guest_bookings, maintain_holds, poll_disputes
from forecourt.flows.ports import Store
from forecourt.flows.power import advance_tests
from forecourt.flows.roaming import answer_pending_profiles, push_ended_tariffs, push_site_changes, start_token_fetches, update_partners
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import Ids, OperatorId, SiteId

Step = Callable[[Store, SiteId, datetime, Ids], int]

# Unpaid bookings are cancelled before they could count as missed; holds of what has just ended are released immediately.
_SECURING: tuple[Step, ...] = (maintain_guest_bookings, maintain_deposits)
_CHARGERS: tuple[Step, ...] = (complete_retirements, complete_closings, send_availability, send_price_sheets, send_card_lists, send_caps)
_BOOKINGS: tuple[Step, ...] = (assign_early_arrivals, advance_bookings)
_STEPS = (*_SECURING, advance_waitlist, *_CHARGERS, *_BOOKINGS, *_SECURING, advance_queue, advance_tests)
_OF_PARTNERS: tuple[Step, ...] = (push_site_changes, answer_pending_profiles)


def advance_site(ports: WorkerPorts, site_id: SiteId, at: datetime, heard_since: datetime) -> int:
    """Do all that is due at a site and return how much changed. heard_since: charges are not ended for silence before that instant."""
    changed = 0
    for name, step in _steps(ports, site_id, at, heard_since):
        changed += run_isolated(f"{name} {site_id}", step, 0)
    return changed


def _steps(ports: WorkerPorts, site_id: SiteId, at: datetime, heard_since: datetime) -> Iterator[tuple[str, Callable[[], int]]]:
    for step in _STEPS:
        yield step.__name__, partial(_commit, ports, step, site_id, at)
    yield "end_stale", partial(end_stale_sessions, ports, site_id, at, heard_since)
    if ports.partner_line is not None:
        for step in _OF_PARTNERS:
            yield step.__name__, partial(_commit, ports, step, site_id, at)
    yield "certificates", partial(_answer_certificate_requests, ports, site_id, at)


def _commit(ports: WorkerPorts, step: Step, site_id: SiteId, at: datetime) -> int:
    with ports.transactions.begin() as store:
        return step(store, site_id, at, ports.ids)


def _answer_certificate_requests(ports: WorkerPorts, site_id: SiteId, at: datetime) -> int:
    """The signing authority may have changed since the last look."""
    return _commit(ports, partial(process_certificate_requests, authority=ports.authority()), site_id, at)


def end_stale_sessions(ports: WorkerPorts, site_id: SiteId, at: datetime, heard_since: datetime) -> int:
    """Messages of a site wait while its charges are ended, so first look, without a lock, whether there is one to end."""
    with ports.transactions.begin() as store:
        if not has_stale(store, site_id, at, heard_since):
            return 0
    with ports.transactions.begin() as store:
        return end_stale(store, site_id, at, ports.ids, heard_since)


def advance_operator(ports: WorkerPorts, operator_id: OperatorId, at: datetime) -> int:
    """Do all that is due for an operator, in one commit, and return how much changed."""
    ids = ports.ids
    with ports.transactions.begin() as store:
        changed = (
            maintain_holds(store, operator_id, at, ids)
            + enforce_fleet_limits(store, operator_id, at, ids)
            + queue_renewals(store, operator_id, at, ids)
        )
        poll_disputes(store, operator_id, at, ids)
        expire_vouchers(store, operator_id, at)
        issue_partner_statements(store, operator_id, at, ids)
        if ports.partner_line is not None:
            changed += push_ended_tariffs(store, operator_id, at, ids) + start_token_fetches(store, operator_id, at, ids)
    return changed


def follow_stays(ports: WorkerPorts, site_id: SiteId, at: datetime) -> None:
    """Notify drivers about their running charges, show what they cost so far, and report them to partners."""
    with ports.transactions.begin() as store:
        send_stay_notices(store, site_id, at, ports.ids)
        show_costs(store, site_id, at, ports.ids)
        update_partners(store, site_id, at, ports.ids)
