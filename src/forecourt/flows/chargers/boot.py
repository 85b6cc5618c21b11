"""A charger has booted: record what it is, ask what it supports, and leave it a safe fallback."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.inventory import ask_inventory
from forecourt.flows.chargers.maintenance import use_after_boot
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.store import Store
from forecourt.flows.power.charge_start import start_current_a
from forecourt.flows.power.fallbacks import send_fallback
from forecourt.flows.power.lost_fallbacks import forget_fallback
from forecourt.flows.power.proof import with_lost_order
from forecourt.flows.power.reported_schedules import request_schedule
from forecourt.kernel import ChargerId, Ids
from forecourt.stations import (
    Approval,
    Charger,
    ChargerBooted,
    Evse,
    Message,
    Protocol,
    QueryCharge,
    QuirkKind,
    ReadSettings,
)


def booted(store: Store, message: Message, fact: ChargerBooted, ids: Ids) -> bool:
    """The charger's own details replace what was known. True: its limits are unknown again, so plan anew."""
    charger = store.stations.charger(message.charger_id)
    if charger is None:
        return False
    if charger.is_other_device(fact.vendor, fact.model, fact.serial):
        for evse in _own(store, charger):
            grant = store.plans.grant(evse.id)
            if grant is not None:
                store.plans.put_grant(grant.for_replaced_charger())
    elif fact.firmware != charger.firmware:
        forget_fallback(store, charger.id)
    charger = _described(charger, fact, message.received_at)
    store.stations.put_charger(charger)
    at, cause = message.received_at, f"boot/{message.charger_id}/{message.dedupe_key}"
    charging = [session for session in store.sessions.open_at(message.site_id) if session.charger_id == charger.id]
    for session in charging:
        grant = store.plans.grant(session.evse_id)
        if grant is not None and grant.session_id == session.id:  # a restart may have lost the limit of the charge
            store.plans.put_grant(with_lost_order(grant, start_current_a(grant, store.stations.evse(session.evse_id))))
    enqueue_order(store, charger.id, ReadSettings(), at, ids, f"{cause}/settings")
    send_fallback(store, charger, at, ids, f"{cause}/fallback")
    use_after_boot(store, charger, at, ids)
    for session in charging if Protocol(fact.protocol) is not Protocol.OCPP16 else ():
        enqueue_order(store, charger.id, QueryCharge(session.transaction), at, ids, f"{cause}/charge/{session.id}")
    for evse in _own(store, charger):
        request_schedule(store, evse, at, ids)
    ask_inventory(store, charger, at, ids, cause)  # last: some never answer it, and hold up what is queued behind
    return True


def list_unknown(store: Store, charger_id: ChargerId, fact: ChargerBooted, at: datetime, max_pending: int = 500) -> Approval:
    """A charger that nobody has announced identifies itself: list it for approval. Returns its current status.

    Anyone who can connect may invent names: when `max_pending` are already waiting, another is told to wait but not listed.
    """
    known = store.stations.charger(charger_id)
    if known is None and len(store.stations.chargers(approval=Approval.PENDING)) >= max_pending:
        return Approval.PENDING
    charger = known or Charger(charger_id, Approval.PENDING)
    store.stations.put_charger(_described(charger, fact, at))
    return charger.approval


def _own(store: Store, charger: Charger) -> list[Evse]:
    evses = store.stations.evses(charger.site_id) if charger.site_id else ()
    return [evse for evse in evses if evse.charger_id == charger.id and evse.retired_at is None]


# The longest detail accepted from a charger: twice OCPP's limit. Otherwise strangers could fill the operator's list with megabytes.
_MAX_CHARS = 100


def _described(charger: Charger, fact: ChargerBooted, at: datetime) -> Charger:
    named = replace(
        charger,
        protocol=Protocol(fact.protocol),
        vendor=fact.vendor[:_MAX_CHARS],
        model=fact.model[:_MAX_CHARS],
        serial=fact.serial[:_MAX_CHARS],
        firmware=fact.firmware[:_MAX_CHARS],
        seen_at=at,
        clock_right=False,
        on_time=False,
        booted_at=at,
        sheets=(),
        cards=charger.cards.after_reset(),
        caps=(),
        mute=charger.mute if fact.firmware == charger.firmware else (),
    )
    return replace(named, settings=replace(named.settings, rate_unit="W")) if named.has(QuirkKind.WATTS_ALONE) else named
