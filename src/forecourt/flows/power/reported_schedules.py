"""Compare what a charger says it gives its sockets with what it was sent and has accepted.

It is asked when its answer proves something: after its meter showed too much, and after a boot. At most once an hour per socket.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from math import inf

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.desk.quarantine import quarantine_once
from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.proof import with_refusal_or_silence
from forecourt.kernel import ChargerId, Ids
from forecourt.stations import (
    TOLERANCE_MA,
    Charger,
    DisregardedLimit,
    Evse,
    OrderResult,
    Outcome,
    OwnSchedule,
    Protocol,
    ReadSchedule,
    granted_a,
    most_w,
    watts_of,
    with_aside,
)

_AHEAD_S = 3600
_ROUNDING = 1.02  # between watts and amps, as the voltage is not exactly the socket's nominal one


def request_schedule(store: Store, evse: Evse, at: datetime, ids: Ids) -> None:
    charger = store.stations.charger(evse.charger_id)
    if charger is None:
        return
    in_amps = watts_of(evse, charger.settings, 1) is None or charger.settings.amps_alone
    wanted = ReadSchedule(evse.number, _AHEAD_S, "A" if in_amps else "W")
    enqueue_order(store, charger.id, wanted, at, ids, f"schedule/{evse.id}/{at:%Y-%m-%dT%H}")


def handle_schedule_report(store: Store, charger_id: ChargerId, request: ReadSchedule, result: OrderResult, at: datetime) -> None:
    """Store the charger's answer; if it gives more than it was sent, it is not relied on, and shown to a person."""
    charger, evse = store.stations.charger(charger_id), store.stations.evse_at(charger_id, request.evse_number)
    if charger is None or evse is None or result.outcome is not Outcome.ACCEPTED or result.detail not in ("A", "W"):
        return
    grant = store.plans.grant(evse.id)
    steps = tuple((int(start), float(most)) for start, most in result.values)
    reported = OwnSchedule(evse.number, at, "A" if result.detail == "A" else "W", steps, _accepted_a(store, charger, evse, grant))
    gives_a = granted_a(evse, reported)
    other_schedules = tuple(one for one in charger.schedules if one.evse_number != evse.number)
    excluded = () if gives_a is None else _excluded(charger, evse, gives_a, at)
    charger = replace(charger, schedules=(*other_schedules, reported), disregarded=with_aside(charger.disregarded, excluded))
    store.stations.put_charger(charger)
    if grant is not None and gives_a is not None and reported.accepted_a is not None and gives_a > _at_most(reported.accepted_a):
        _treat_as_refused(store, charger, evse, grant, (reported.accepted_a, gives_a), at)


def _accepted_a(store: Store, charger: Charger, evse: Evse, grant: Grant | None) -> int | None:
    """The order that it has accepted and that none has followed; without a charge the fallback, which only OCPP 2.x reports."""
    if grant is None:
        return None
    if store.sessions.open_on(evse.id) is None:
        return None if charger.protocol is Protocol.OCPP16 else grant.fallback_a
    return grant.confirmed_a if grant.confirmed_at is not None and grant.sent_a == grant.confirmed_a else None


def _at_most(amps: float) -> float:
    return amps * _ROUNDING + TOLERANCE_MA / 1000


def _excluded(charger: Charger, evse: Evse, gives_a: float, at: datetime) -> Iterable[DisregardedLimit]:
    """Outside limits ruled out by its own answer: lost at its boot, say, and never reported as lifted."""
    for one in charger.limits_at(at, evse.number):
        least_w = most_w(evse, one.steps_from(at)[0], whole=not one.evse_number) if one.steps else inf
        if gives_a > _at_most(least_w * evse.max_a / evse.max_power_w):
            reason = f"When queried, the charger said it allows {evse.label} {gives_a:g} A."
            yield DisregardedLimit(one.evse_number, one.source, at, because=reason)


def _treat_as_refused(
    store: Store, charger: Charger, evse: Evse, grant: Grant, accepted_and_given_a: tuple[int, float], at: datetime
) -> None:
    """Treat it as if it had refused: all it can draw is kept free for it, and the limit is sent anew."""
    told_a, gives_a = accepted_and_given_a
    if grant.session_id is not None and store.sessions.open_on(evse.id) is not None:
        store.plans.put_grant(with_refusal_or_silence(grant, told_a, grant.plan, evse.max_a, refused=True))
    else:
        store.plans.put_grant(grant.without_fallback())
    text = f"{evse.label}: {charger.id} accepted a limit of {told_a} A, but reports that it allows {gives_a:g} A."
    quarantine_once(store, charger, at, "own_schedule", text)
