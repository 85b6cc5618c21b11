"""The acceptance test of a socket: started by a person, advanced by each answer and reading, ended by a finding stored with the socket.

The planner counts the socket at its maximum until it is over; a higher limit is sent only once the others have left room for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.power_plans import DISOBEYED_TOO_OFTEN, Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.partner_profiles import profiles_of
from forecourt.flows.power.site_power import SiteState, evse_limits, limit_for, load_site_state
from forecourt.flows.power.supply_readings import at_supply
from forecourt.flows.power.verification import PowerEffect
from forecourt.kernel import Conflict, EvseId, Ids, NotFound, SiteId
from forecourt.planning import safe_setpoints
from forecourt.sessions import Session
from forecourt.stations import (
    AcceptanceTest,
    Evse,
    Finding,
    MeterSample,
    Obedience,
    OrderResult,
    Outcome,
    ReportMeter,
    SetLimit,
    cancelled,
    end_inconclusive,
    limit_accepted,
    limit_sent,
    limits_to_test,
    reading_received,
    time_passed,
)

READING_INTERVAL = timedelta(seconds=8)  # between two requested readings while a limit is watched
_FOUND = {Finding.OBEYS: Obedience.OBEYS, Finding.LATE: Obedience.LATE, Finding.IGNORES: Obedience.IGNORES}


def begin_test(store: Store, by: Staff, evse_id: EvseId) -> AcceptanceTest:
    """Start a test. Raises Conflict if nothing can be tested now: charger offline, no charging car, or a test is running."""
    evse = _own(store, by, evse_id)
    store.plans.lock_site(evse.site_id)
    session, charger = store.sessions.open_on(evse_id), store.stations.charger(evse.charger_id)
    if charger is None or not charger.connected:
        raise Conflict("no_contact", f"{evse.label}: its charger is offline.", "Test it when it is back online.")
    if session is None or session.driver_id is None:
        raise Conflict("no_car", f"{evse.label}: no car is charging there.", "Plug in a car or a load and start a charge, then test.")
    if charger.limits_at(by.at, evse.number):
        raise Conflict(
            "outside_limit", f"{evse.label}: an external limit applies to its charger.", "Test it when that limit is lifted or set aside."
        )
    if profiles_of(store, [session]):
        raise Conflict("profile_holds", f"{evse.label}: a roaming partner's profile limits this charge.", "Test it with another car.")
    if store.plans.open_test(evse_id) is not None:
        raise Conflict("test_runs", f"{evse.label} is being tested already.")
    limits_a = limits_to_test(evse_limits(evse).pilots_a, at_supply(evse, session).current_ma or 0)
    test = AcceptanceTest(by.ids.new(by.at), evse.operator_id, evse.site_id, evse_id, session.id, by.actor, by.at, limits_a)
    grant = store.plans.grant(evse_id) or Grant(evse_id, evse.operator_id, evse.site_id)
    grant = grant if grant.session_id == session.id else replace(grant.without_session(), session_id=session.id)
    store.plans.put_grant(replace(grant, testing=True, counted_a=evse.max_a))
    note(store, by, "socket.test", evse.label, "begun")
    return _send_next(store, test, evse, by.at, by.ids)


def cancel_test(store: Store, by: Staff, evse_id: EvseId) -> None:
    """Cancel the test that runs there, if any; what was known about the socket stays as it was."""
    evse = _own(store, by, evse_id)
    store.plans.lock_site(evse.site_id)
    if (test := store.plans.open_test(evse_id)) is not None:
        _store(store, cancelled(test, by.at))
        note(store, by, "socket.test", evse.label, "cancelled")


def end_disturbed_test(store: Store, evse_id: EvseId, source: str, at: datetime) -> None:
    """Somebody else now limits the charger: it is no longer clear which limit the car follows, so the test ends."""
    if (test := store.plans.open_test(evse_id)) is not None:
        _store(store, end_inconclusive(test, f"A limit set at the charger by {source} interfered.", at))


def set_strict_commissioning(store: Store, by: Staff, site_id: SiteId, strict: bool) -> None:
    """Set whether room is kept for untested sockets even while no car is there."""
    site = site_for_update(store, by, site_id)
    store.stations.put_site(replace(site, strict_commissioning=strict))
    note(store, by, "site.strict_commissioning", site.slug, "on" if strict else "off")


def advance_tests(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """As time passes: end tests whose car or connection is gone, advance those that wait. Returns how many changed."""
    tests = store.plans.open_tests(site_id)
    if not tests:
        return 0
    store.plans.lock_site(site_id)
    return sum(_advance(store, test, at, ids) for test in tests)


def _advance(store: Store, test: AcceptanceTest, at: datetime, ids: Ids) -> bool:
    evse = store.stations.evse(test.evse_id)
    session, charger = store.sessions.open_on(evse.id), store.stations.charger(evse.charger_id)
    after = time_passed(test, at)
    if session is None or session.id != test.session_id:
        after = end_inconclusive(test, "The charge ended before the test did.", at)
    elif charger is None or not charger.connected:
        after = end_inconclusive(test, "The connection to the charger was lost.", at)
    elif after.next_a is not None:
        after = _send_next(store, after, evse, at, ids)
    elif after.ended_at is None:
        _request_reading(store, after, evse, at, ids)
    if after != test:
        _store(store, after)
    return after != test


def limit_answered(store: Store, evse: Evse, limit: SetLimit, result: OrderResult, at: datetime) -> None:
    """Handle the charger's answer to a limit that a test may have sent."""
    grant = store.plans.grant(evse.id)
    test = store.plans.open_test(evse.id) if grant is not None and grant.testing else None
    if test is None or not test.steps or test.steps[-1].limit_a != limit.limit_a:
        return
    if result.outcome is Outcome.ACCEPTED:
        _store(store, limit_accepted(test, at))
    elif result.outcome in (Outcome.REJECTED, Outcome.UNSUPPORTED):
        _store(
            store,
            end_inconclusive(test, f"The charger refused the limit of {limit.limit_a} A: {result.detail or result.outcome.value}.", at),
        )


def advance_test_by_reading(store: Store, session: Session, samples: Sequence[MeterSample], at: datetime, ids: Ids) -> PowerEffect:
    """Advance the socket's test, if any, after a reading. CHANGED: it is over, so the plan no longer fits."""
    grant = store.plans.grant(session.evse_id)
    sample = max((one for one in samples if one.current_ma is not None), key=lambda one: one.at, default=None)
    test = store.plans.open_test(session.evse_id) if grant is not None and grant.testing and sample is not None else None
    if test is None or sample is None or sample.current_ma is None:
        return PowerEffect.NOTHING
    evse, after = store.stations.evse(session.evse_id), reading_received(test, sample.current_ma, sample.at)
    if after.next_a is not None:
        after = _send_next(store, after, evse, at, ids)
    elif after.ended_at is None:
        _request_reading(store, after, evse, at + READING_INTERVAL, ids)
    _store(store, after)
    return PowerEffect.CHANGED if after.ended_at else PowerEffect.NOTHING


def _send_next(store: Store, test: AcceptanceTest, evse: Evse, at: datetime, ids: Ids) -> AcceptanceTest:
    """Order the next limit; one above what the car draws waits until there is room with all others at their worst."""
    amps, session = test.next_a, store.sessions.open_on(evse.id)
    view = load_site_state(store, evse.site_id, at)
    if amps is None or session is None or evse.id not in view.grants:
        return test
    grant = view.grants[evse.id]
    if amps * 1000 > (view.sessions[evse.id].current_ma or 0) and not _has_room(view, evse, amps, grant.applied_a):
        store.plans.put_test(test)
        return test
    latest = store.plans.latest(evse.site_id)
    number = latest.number if latest else 0
    sent = replace(grant, target_a=amps, sent_a=amps, sent_at=at, sent_plan=number, verified=False, confirmed_at=None)
    store.plans.put_grant(replace(sent, ends_at=None, sent_until=None, raised_over_a=evse.max_a))
    wanted = limit_for(view, evse, amps, number, session.transaction)
    enqueue_order(store, evse.charger_id, wanted, at, ids, f"test/{test.id}/{len(test.steps)}")
    after = limit_sent(test, at)
    store.plans.put_test(after)
    return after


def _has_room(view: SiteState, evse: Evse, amps: int, told_a: int) -> bool:
    counted = {one.label: float(view.counted[one.id]) for one in view.evses if one.id in view.counted}
    limits = [evse_limits(one) for one in view.evses]
    return safe_setpoints(view.wires, limits, {evse.label: amps}, counted, {evse.label: told_a})[evse.label] == amps


def _request_reading(store: Store, test: AcceptanceTest, evse: Evse, at: datetime, ids: Ids) -> None:
    if test.steps and test.steps[-1].accepted_at is not None:
        enqueue_order(store, evse.charger_id, ReportMeter(evse.number), at, ids, f"test/{test.id}/look/{int(at.timestamp())}")


def _store(store: Store, test: AcceptanceTest) -> None:
    """Store it; at its end the socket returns to the planner, counted at its maximum until a reading proves less."""
    store.plans.put_test(test)
    grant = store.plans.grant(test.evse_id)
    if test.ended_at is None or grant is None:
        return
    after = replace(grant, testing=False, verified=False) if grant.testing else grant
    found = _FOUND.get(test.finding) if test.finding else None
    if found is Obedience.IGNORES:
        after = replace(after, prompt=False, disobeyed=max(after.disobeyed, DISOBEYED_TOO_OFTEN))
    elif found is not None:
        after = replace(after, obeys=found, prompt=found is Obedience.OBEYS, disobeyed=0, defied_at=None)
    store.plans.put_grant(after)


def _own(store: Store, by: Staff, evse_id: EvseId) -> Evse:
    evse = store.stations.evse(evse_id)
    if evse.operator_id != by.operator_id:
        raise NotFound("evse", "There is no such socket.")
    return evse
