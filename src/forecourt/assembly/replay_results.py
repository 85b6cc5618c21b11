"""The results of a replay, read from the store and checked against what the simulated chargers measured."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.flows.ports import PowerPlan, Store, Transactions
from forecourt.flows.power import site_limits
from forecourt.kernel import ChargerId, Money, OperatorId, SiteId
from forecourt.planning import EvseLimits, PlanSession, energy_upper_bound
from forecourt.sessions import ChargeRecord
from forecourt.simulation import WorldResult
from forecourt.stations import TransactionEnded, TransactionStarted, TransactionUpdated

NO_LIMIT = 1_000_000
PAGE = 5000


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """figures: as `--json` writes them. failures: discrepancies, one sentence each; empty = all is well."""

    figures: dict[str, object]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplayFindings:
    """Everything needed for the checks, read in one unit of work."""

    records: Sequence[ChargeRecord]
    invoices: Sequence[Invoice]
    plans: Sequence[PowerPlan]
    captured_minor: int
    receive_payment_event: frozenset[object]
    facts_stored: int
    transaction_facts: int
    ledger_minor: int
    holds_open: int
    open_sessions: int
    quarantined: Sequence[str]
    bound_wh: float


class ReplayResults:
    """The stored data of one replay."""

    def __init__(self, transactions: Transactions, operator_id: OperatorId, site_id: SiteId) -> None:
        self._transactions = transactions
        self._operator_id = operator_id
        self._site_id = site_id

    def all_billed(self) -> bool:
        """No fact waits, no charge is running, and every charge that can be billed has its document."""
        with self._transactions.begin() as store:
            if store.inbox.sites_waiting() or store.sessions.open_at(self._site_id) or store.outbox.open_items("task"):
                return False
            records = store.sessions.records(self._site_id, limit=NO_LIMIT)
            return all(store.documents.of_session(record.session_id) for record in records if _billable(record))

    def all_paid(self) -> bool:
        """Nothing waits for the payment provider, and no hold is open."""
        with self._transactions.begin() as store:
            waiting = store.outbox.open_items("task") or store.outbox.open_items("payment")
            return not waiting and not store.payments.open_holds(self._operator_id) and not store.payments.unpaid(self._operator_id)

    def found(self, world: WorldResult) -> ReplayFindings:
        with self._transactions.begin() as store:
            invoices = list(store.documents.recent(self._operator_id, limit=NO_LIMIT))
            currency = store.stations.operator(self._operator_id).currency
            taken = {invoice.id: _captured(store, invoice) for invoice in invoices}
            stored, in_transactions = _facts(store, self._site_id)
            return ReplayFindings(
                records=store.sessions.records(self._site_id, limit=NO_LIMIT),
                invoices=invoices,
                plans=store.plans.since(self._site_id, datetime.fromtimestamp(0, tz=world.sessions[0].plugged_at.tzinfo)),
                captured_minor=sum(money.minor for money in taken.values()),
                receive_payment_event=frozenset(invoice.id for invoice in invoices if taken[invoice.id] == invoice.due),
                facts_stored=stored,
                transaction_facts=in_transactions,
                ledger_minor=store.ledger.sum_minor(currency),
                holds_open=len(store.payments.open_holds(self._operator_id)),
                open_sessions=len(store.sessions.open_at(self._site_id)),
                quarantined=[f"{one.code}: {one.text}" for one in store.inbox.quarantined(limit=1000)],
                bound_wh=_bound_wh(store, self._site_id, world),
            )


def summary(found: ReplayFindings, world: WorldResult, wall_s: float) -> ReplaySummary:
    """The public figures, and every discrepancy of the day."""
    lines_wh = {invoice.session_id: invoice.content.delivery.energy_wh for invoice in found.invoices if invoice.content.delivery}
    took = sorted(plan.took_ms for plan in found.plans if plan.took_ms is not None)
    figures: dict[str, object] = {
        "sessions": len(world.sessions),
        "energy_requested_wh": world.needed_wh,
        "energy_metered_wh": world.delivered_wh,
        "energy_billed_wh": sum(lines_wh.values()),
        "delivered_pct": _percent(world.delivered_wh, world.needed_wh),
        "bound_pct": _percent(found.bound_wh, world.needed_wh),
        "delivered_of_bound_pct": _percent(world.delivered_wh, found.bound_wh),
        "invoices": len(found.invoices),
        "invoice_total_minor": sum(invoice.gross.minor for invoice in found.invoices),
        "payments_captured_minor": found.captured_minor,
        "ledger_sum_minor": found.ledger_minor,
        "holds_open": found.holds_open,
        "limit_violation_a_max": round(world.limit_violation_a_max, 3),
        "plans": len(found.plans),
        "plan_ms_p50": round(statistics.median(took), 3) if took else None,
        "plan_ms_p99": round(took[min(len(took) - 1, len(took) * 99 // 100)], 3) if took else None,
        "facts_stored": found.facts_stored,
        "facts_acknowledged": world.facts_acknowledged,
        "reconnects": world.reconnects,
        "quarantined": len(found.quarantined),
        "late_s_max": round(world.late_s_max, 1),
        "speed_mean": round(world.virtual_s / world.real_s, 1) if world.real_s else None,
        "wall_s": round(wall_s, 1),
    }
    return ReplaySummary(figures, tuple(_failures(found, world)))


def _failures(found: ReplayFindings, world: WorldResult) -> list[str]:
    failures = [f"{truth.station}: the driver was refused: {truth.refused}" for truth in world.sessions if truth.refused]
    if world.backlog:
        failures.append(f"{world.backlog} messages were never acknowledged.")
    if found.transaction_facts < world.facts_acknowledged:
        failures.append(f"{world.facts_acknowledged} messages were acknowledged, {found.transaction_facts} are stored.")
    if found.open_sessions:
        failures.append(f"{found.open_sessions} charges never ended.")
    if found.ledger_minor:
        failures.append(f"The ledger sums to {found.ledger_minor}, not 0.")
    if found.holds_open:
        failures.append(f"{found.holds_open} holds are still open.")
    if world.limit_violation_a_max > 0:
        failures += [f"{one.row} was exceeded by {one.excess_a:.2f} A." for one in world.violations]
    return failures + _energy_failures(found, world) + _money_failures(found)


def _energy_failures(found: ReplayFindings, world: WorldResult) -> list[str]:
    """Metered at the charger = recorded = billed, charge by charge."""
    failures = []
    records = {(record.charger_id, record.transaction): record for record in found.records}
    billed: dict[object, list[int]] = {}
    for invoice in found.invoices:
        if invoice.content.delivery is not None:
            billed.setdefault(invoice.session_id, []).append(invoice.content.delivery.energy_wh)
    for truth in world.sessions:
        if not truth.transactions and truth.needed_wh:
            failures.append(f"{truth.station}: the car that came at {truth.plugged_at:%H:%M} never charged.")
        for one in truth.transactions:
            # A 1.6 charger gets its transaction's number from us; offline starts are matched by time instead.
            record = records.get((ChargerId(truth.station), one.transaction)) or _by_time(found.records, truth.station, one.started_at)
            if record is None:
                failures.append(f"{truth.station}: transaction {one.transaction} has no record.")
            elif record.energy_wh != one.energy_wh:
                failures.append(f"{truth.station}: {one.energy_wh} Wh metered, {record.energy_wh} Wh recorded.")
            elif billed.get(record.session_id) != [record.energy_wh]:
                failures.append(f"{truth.station}: {record.energy_wh} Wh recorded, {billed.get(record.session_id, 'none')} billed.")
    return failures


def _money_failures(found: ReplayFindings) -> list[str]:
    failures = []
    for invoice in found.invoices:
        printed = sum((line.amount for line in invoice.content.lines), Money.zero(invoice.currency))
        whole = invoice.gross if invoice.content.tax_included else invoice.net
        if printed != whole:
            failures.append(f"{invoice.number}: its lines sum to {printed}, not {whole}.")
        if invoice.due and invoice.id not in found.receive_payment_event:
            failures.append(f"{invoice.number}: {invoice.due} was not taken.")
    numbers = sorted(invoice.sequence for invoice in found.invoices)
    if numbers != list(range(1, len(numbers) + 1)):
        failures.append("The invoice numbers have a gap.")
    return failures


def _by_time(records: Sequence[ChargeRecord], station: str, started_at: float) -> ChargeRecord | None:
    near = [one for one in records if one.charger_id == station and abs(one.started_at.timestamp() - started_at) < 2]
    return near[0] if len(near) == 1 else None


def _billable(record: ChargeRecord) -> bool:
    return not record.held and record.driver_id is not None and record.tariff_version_id is not None


def _captured(store: Store, invoice: Invoice) -> Money:
    return sum((payment.captured for payment in store.payments.of_document(invoice.id)), Money.zero(invoice.currency))


def _facts(store: Store, site_id: SiteId) -> tuple[int, int]:
    """How many messages are stored, and how many of them belong to transactions."""
    stored = in_transactions = after_id = 0
    while rows := store.inbox.all_rows(site_id, after_id, PAGE):
        stored += len(rows)
        in_transactions += sum(isinstance(row.message.fact, TransactionStarted | TransactionUpdated | TransactionEnded) for row in rows)
        after_id = rows[-1].id
    return stored, in_transactions


def _bound_wh(store: Store, site_id: SiteId, world: WorldResult) -> float:
    site, evses = store.stations.site(site_id), store.stations.evses(site_id)
    limits = tuple(EvseLimits(evse.label, evse.max_a, evse.min_a, float(evse.voltage_v), evse.phases, evse.phase_deg) for evse in evses)
    stays = tuple(
        PlanSession(truth.ref, truth.station, truth.plugged_at, departure=truth.unplugged_at, need_wh=float(truth.needed_wh))
        for truth in world.sessions
    )
    return energy_upper_bound(stays, site_limits(site, evses), limits).total_wh


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 100.0
