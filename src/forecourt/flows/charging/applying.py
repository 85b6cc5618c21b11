"""Apply stored messages: each exactly once, in order, in the same commit as what they change."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from forecourt.flows.chargers.alerts import alerts_reported
from forecourt.flows.chargers.boot import booted
from forecourt.flows.chargers.certificates import certificate_requested
from forecourt.flows.chargers.external_limits import limit_lifted, limit_reported
from forecourt.flows.chargers.firmware_and_logs import work_reported
from forecourt.flows.chargers.inventory import inventory_reported
from forecourt.flows.chargers.security import security_event_reported
from forecourt.flows.charging.authorise import begin
from forecourt.flows.charging.car_needs import record_car_needs
from forecourt.flows.charging.early_messages import early
from forecourt.flows.charging.meter import progress
from forecourt.flows.charging.plug_in import reported
from forecourt.flows.charging.stop import stopped
from forecourt.flows.charging.terminal_settlements import settlement_reported
from forecourt.flows.desk.quarantine import quarantine_row
from forecourt.flows.ports.inbox import Inbox, InboxRow
from forecourt.flows.ports.store import Store
from forecourt.flows.power.power_planning import send_waiting_raises
from forecourt.flows.power.verification import PowerEffect
from forecourt.kernel import Ids, Refused, SiteId
from forecourt.stations import (
    CarNeedsReported,
    CertificateRequested,
    ChargerBooted,
    ComponentAlerted,
    ConnectorReported,
    ConnectorState,
    ExternalLimitLifted,
    ExternalLimitSet,
    InventoryReported,
    SecurityNoted,
    SettlementReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    WorkReported,
)

# Facts that may change how the site's power is shared; then facts about a charger only, which do not.
_Changing = (
    TransactionStarted | TransactionEnded | ConnectorReported | CarNeedsReported | ChargerBooted | ExternalLimitSet | ExternalLimitLifted
)
_OfCharger = SecurityNoted | ComponentAlerted | WorkReported | CertificateRequested | InventoryReported | SettlementReported


@dataclass(frozen=True, slots=True)
class Applied:
    """rows: how many were applied. replan: the site's power must be shared anew. freed: a socket may be free for the queue."""

    rows: int
    replan: bool
    freed: bool = False


def apply_facts(store: Store, site_id: SiteId, at: datetime, ids: Ids, limit: int = 500) -> Applied:
    """Apply up to `limit` waiting messages of a site. Does nothing while another worker is doing so."""
    if not store.inbox.lock_site(site_id):
        return Applied(0, replan=False)
    rows = store.inbox.unapplied(site_id, limit)
    effect = max((apply_row(store, row, at, ids) for row in rows), default=PowerEffect.NOTHING)
    if effect is PowerEffect.FREED:  # raises that the last plan meant to make need no new plan
        send_waiting_raises(store, site_id, rows[-1].message.received_at, ids)
    store.inbox.mark_applied(site_id, [row.id for row in rows])
    return Applied(len(rows), replan=effect is PowerEffect.CHANGED, freed=any(_frees(row) for row in rows))


def _frees(row: InboxRow) -> bool:
    fact = row.message.fact
    return isinstance(fact, TransactionEnded) or (isinstance(fact, ConnectorReported) and fact.state is ConnectorState.AVAILABLE)


def quarantine_next(store: Store, site_id: SiteId, error: Refused) -> Applied:
    """Quarantine the site's oldest waiting message: its change was refused, and the messages behind it must not wait."""
    rows = store.inbox.unapplied(site_id, 1) if store.inbox.lock_site(site_id) else []
    for row in rows:
        quarantine_row(store, row, error.code, str(error))
    store.inbox.mark_applied(site_id, [row.id for row in rows])
    return Applied(len(rows), replan=False)


def apply_row(store: Store, row: InboxRow, at: datetime, ids: Ids, inbox: Inbox | None = None) -> PowerEffect:
    """Apply one message; quarantine it if a rule refuses it. at: now. inbox: the inbox with earlier messages, if not that of `store`."""
    try:
        effect = _effect(store, row, at, ids)
        if isinstance(row.message.fact, TransactionStarted) and effect is PowerEffect.CHANGED:
            for one in early(store, row, row.message.fact, ids, inbox or store.inbox):
                apply_row(store, one, at, ids)
        return effect
    except Refused as error:
        quarantine_row(store, row, error.code, str(error))
        return PowerEffect.NOTHING


def _effect(store: Store, row: InboxRow, at: datetime, ids: Ids) -> PowerEffect:
    fact = row.message.fact
    if isinstance(fact, TransactionUpdated):
        return progress(store, row, fact, ids)
    return PowerEffect.CHANGED if _changes(store, row, fact, at, ids) else PowerEffect.NOTHING


def _changes(store: Store, row: InboxRow, fact: _Changing | _OfCharger, at: datetime, ids: Ids) -> bool:
    """Whether the site's power may have to be shared anew."""
    message = row.message
    match fact:
        case TransactionStarted():
            return begin(store, row, fact, ids)
        case TransactionEnded():
            return stopped(store, row, fact, ids)
        case ConnectorReported():
            return reported(store, message, fact, at, ids)
        case CarNeedsReported():
            return record_car_needs(store, message, fact)
        case ChargerBooted():
            return booted(store, message, fact, ids)
        case ExternalLimitSet():
            return limit_reported(store, message, fact, ids)
        case ExternalLimitLifted():
            return limit_lifted(store, message, fact)
        case _:
            _note(store, row, fact, ids)
            return False


def _note(store: Store, row: InboxRow, fact: _OfCharger, ids: Ids) -> None:
    match fact:
        case SecurityNoted():
            security_event_reported(store, row, fact)
        case ComponentAlerted():
            alerts_reported(store, row, fact)
        case WorkReported():
            work_reported(store, row.message, fact, ids)
        case CertificateRequested():
            certificate_requested(store, row.message, fact)
        case InventoryReported():
            inventory_reported(store, row.message, fact)
        case SettlementReported():
            settlement_reported(store, row, fact, ids)
        case _:
            assert_never(fact)
