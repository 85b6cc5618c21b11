"""Limits set at a charger by others: set, changed or lifted; or ignored on request because the charger never reports them lifted."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.setup import serving
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.flows.power.socket_testing import end_disturbed_test
from forecourt.kernel import BadInput, ChargerId, Conflict, Ids, Refused
from forecourt.stations import (
    MAX_EXTERNAL_LIMITS,
    Charger,
    DisregardedLimit,
    ExternalLimitLifted,
    ExternalLimitSet,
    Message,
    WriteSetting,
    with_aside,
    with_outside,
    without_outside,
)

# Whether it reports the amount of a limit; without this setting it need not.
_SAYS_HOW_MUCH = "SmartChargingCtrlr/NotifyChargingLimitWithSchedules"


def limit_reported(store: Store, message: Message, fact: ExternalLimitSet, ids: Ids) -> bool:
    """True if the site's power should be shared anew. A charger that does not report amounts is asked to do so from the next limit."""
    charger = store.stations.charger(message.charger_id)
    if charger is None:
        return False
    limit = fact.limit if charger.clock_right or not fact.from_now else replace(fact.limit, steps=fact.from_now)
    if limit.evse_number and store.stations.evse_at(charger.id, limit.evse_number) is None:
        raise Refused("no_such_socket", f"{charger.id} reports a limit for its socket {limit.evse_number}, which has not been entered.")
    outside = with_outside(charger.outside, limit, charger.disregarded)
    if len(outside) > MAX_EXTERNAL_LIMITS:
        raise Refused("too_many_limits", f"{charger.id} reports more than {MAX_EXTERNAL_LIMITS} external limits at once.")
    store.stations.put_charger(replace(charger, outside=outside))
    if not limit.steps:
        _ask_how_much(store, charger, fact.at, ids)
    for evse in store.stations.evses(message.site_id):
        if evse.charger_id == charger.id and limit.evse_number in (0, evse.number):
            end_disturbed_test(store, evse.id, limit.source_name, fact.at)
    return True


def limit_lifted(store: Store, message: Message, fact: ExternalLimitLifted) -> bool:
    """For a charger with one socket, that socket's limits are the charger's."""
    charger = store.stations.charger(message.charger_id)
    if charger is None:
        return False
    evses = store.stations.evses(message.site_id)
    is_only_socket = sum(one.charger_id == charger.id and one.retired_at is None for one in evses) == 1
    outside = without_outside(charger.outside, fact.source, 0 if is_only_socket else fact.evse_number)
    store.stations.put_charger(replace(charger, outside=outside))
    return outside != charger.outside


def set_limit_aside(store: Store, by: Staff, charger_id: ChargerId, limit_key: tuple[str, int, datetime], reason: str) -> Charger:
    """Ignore a limit in plans until the charger reports it again; the charger itself still keeps to it.

    limit_key: as displayed: its source, the number of its socket or 0, and when the charger reported it."""
    charger, (source, evse_number, reported_at) = serving(store, by, charger_id), limit_key
    stated_reason = " ".join(reason.split())
    if not stated_reason:
        raise BadInput("reason", "Enter why the limit is set aside.", "A reason is required.")
    counts = [one for one in charger.limits_at(by.at, evse_number) if (one.source, one.evse_number, one.reported_at) == limit_key]
    if not counts:
        raise Conflict("limit_changed", f"{charger.id} no longer has this limit, or has reported it again.", "Reload its page.")
    aside = DisregardedLimit(evse_number, source, by.at, by.actor, stated_reason[:200])
    charger = replace(charger, disregarded=with_aside(charger.disregarded, [aside]))
    store.stations.put_charger(charger)
    subject = f"socket {evse_number} of {charger.id}" if evse_number else charger.id
    note(store, by, "charger.limit", subject, f"{counts[0].source_name}, received {reported_at:%Y-%m-%d %H:%M} UTC: {aside.because}")
    return charger


def _ask_how_much(store: Store, charger: Charger, at: datetime, ids: Ids) -> None:
    """Once per boot: a charger that refuses is not asked again and again."""
    enqueue_order(store, charger.id, WriteSetting(_SAYS_HOW_MUCH, "true"), at, ids, f"limit_schedules/{charger.id}/{charger.booted_at}")
