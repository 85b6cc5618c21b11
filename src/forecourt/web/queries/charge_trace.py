"""One charge from the first fact to the ledger entry: every step that led to the bill, by time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from forecourt.billing import DocumentKind, Invoice, preceding_number, replaced_number
from forecourt.flows.billing import bill_history, is_in_force
from forecourt.flows.ports import ChargerOrder, InboxRow, PowerPlan, Store
from forecourt.kernel import EvseId, NotFound, OperatorId, SessionId
from forecourt.ledger import DRIVER_KINDS, AccountKind, ChainedTxn
from forecourt.sessions import ChargeRecord, Session
from forecourt.stations import (
    CarNeedsReported,
    CertificateRequested,
    ChargerBooted,
    ComponentAlerted,
    ConnectorReported,
    ExternalLimitLifted,
    ExternalLimitSet,
    InventoryReported,
    SecurityNoted,
    SetLimit,
    SettlementReported,
    StopCharge,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    WorkReported,
)
from forecourt.web.queries.bookings import booking_on_board
from forecourt.web.queries.charge_list import ended_row, open_row
from forecourt.web.queries.charges import charge
from forecourt.web.queries.console_labels import count_text
from forecourt.web.queries.names import driver_url
from forecourt.web.queries.roaming_profiles import profile_steps
from forecourt.web.views.console import SessionTrace, TraceDocument, TraceStep
from forecourt.wording import EN

_TITLES = {
    ChargerBooted: "Charger started up",
    CarNeedsReported: "Car reported what it needs",
    ConnectorReported: "Socket reported its state",
    CertificateRequested: "Charger requested its own certificate",
    SecurityNoted: "Charger reported a security event",
    ComponentAlerted: "Charger reported parts that need attention",
    InventoryReported: "Charger reported its components",
    SettlementReported: "Charger reported a payment at its card terminal",
    ExternalLimitSet: "External limit set at the charger",
    ExternalLimitLifted: "External limit lifted at the charger",
    WorkReported: "Charger reported progress of a log or firmware",
    TransactionStarted: "Charge started",
    TransactionUpdated: "Reading",
    TransactionEnded: "Charge ended",
}
_NOTES = {"end_not_reported": "the end was never reported", "meter_reset": "the meter was reset", "unit_missing": "a unit was missing"}


def session_trace(
    store: Store, session_id: SessionId, operator_id: OperatorId, now: datetime, with_all_readings: bool = False
) -> SessionTrace:
    """Running or ended. Raises NotFound for another operator's charge. with_all_readings: each on its own, with the message received."""
    found = store.sessions.session(session_id) or store.sessions.record(session_id)
    if found is None or found.operator_id != operator_id:
        raise NotFound("charge", "We cannot find this charge.", "It may not have been processed yet. Reload in a moment.")
    site, evse = store.stations.site(found.site_id), store.stations.evse(found.evse_id)
    row = open_row(store, site, found, evse) if isinstance(found, Session) else ended_row(store, site, found, evse.label)
    first = next((one for one in store.documents.of_session(session_id) if one.kind is DocumentKind.INVOICE), None)
    invoices = bill_history(store, first) if first else []
    token = store.drivers.token(operator_id, found.token) if found.token else None
    booking = store.bookings.booking(found.booking_id) if found.booking_id else None
    steps = [
        *_fact_steps(store, found),
        *_plan_steps(store, found, now),
        *_order_steps(store, found),
        *profile_steps(store, found),
        *_document_steps(store, invoices),
        *_payment_steps(store, session_id, invoices),
    ]
    steps += _record_step(found)
    in_order = sorted(steps, key=lambda step: step.at)
    view = charge(store, session_id, found.operator_id, now)
    return SessionTrace(
        row=row,
        transaction=found.transaction,
        charger=found.charger_id,
        token=found.token or "",
        reason="" if isinstance(found, Session) else found.reason.value,
        notes=tuple(_NOTES.get(note, note.replace("_", " ")) for note in found.notes),
        band=view.band,
        cost=view.cost,
        steps=tuple(in_order if with_all_readings else _collapse_readings(in_order)),
        documents=tuple(_documents(store, invoices)),
        price_because=found.price_because,
        version_id=str(found.tariff_version_id or ""),
        driver_url=driver_url(store, found.driver_id) if found.driver_id else "",
        token_kind=token.kind.value if token else "",
        booking=booking_on_board(store, booking, now) if booking else None,
    )


def _fact_steps(store: Store, found: Session | ChargeRecord) -> Iterator[TraceStep]:
    for row in store.inbox.of_session(found.charger_id, found.transaction):
        fact = row.message.fact
        yield TraceStep(fact.at, "fact", _TITLES[type(fact)], _fact_text(row), row.message.raw)


def _collapse_readings(steps: Sequence[TraceStep]) -> Iterator[TraceStep]:
    """A run of readings becomes one step: there can be hundreds, and each carries a message."""
    for (kind, title), run in groupby(steps, key=lambda step: (step.kind, step.title)):
        readings = list(run)
        if kind == "fact" and title == _TITLES[TransactionUpdated] and len(readings) > 2:
            text = f"{readings[0].text} … {readings[-1].text}"
            yield TraceStep(readings[0].at, kind, f"{len(readings)} readings", text)
        else:
            yield from readings


def _fact_text(row: InboxRow) -> str:
    """What in a message matters for the bill, and when it came if that was late."""
    fact, parts = row.message.fact, [row.message.action]
    samples = getattr(fact, "samples", ())
    if samples:
        last = samples[-1]
        parts += [f"register {EN.kwh(last.energy_wh)}"] if last.energy_wh is not None else []
        parts += [EN.kw(last.power_w)] if last.power_w is not None else []
        parts += [f"{len(samples)} readings"] if len(samples) > 1 else []
    delay = row.message.received_at - fact.at
    if delay.total_seconds() > 60:
        parts.append(f"received {int(delay.total_seconds() // 60)} min later")
    parts += [flag.replace("_", " ") for flag in row.message.flags]
    return " · ".join(parts)


def _plan_steps(store: Store, found: Session | ChargeRecord, now: datetime) -> Iterator[TraceStep]:
    """Only plans that changed what this bay may draw."""
    until = now if isinstance(found, Session) else found.ended_at
    shown = store.plans.since(found.site_id, found.started_at, until + timedelta.resolution)
    before: int | None = None
    for plan in shown:
        limit_a, reason = _setpoint(plan, found.evse_id)
        if limit_a is not None and limit_a != before:
            before = limit_a
            yield TraceStep(plan.made_at, "plan", f"Plan {plan.number}: {limit_a} A for this bay", reason)


def _order_steps(store: Store, found: Session | ChargeRecord) -> Iterator[TraceStep]:
    """Commands to the charger for this charge, and their outcomes."""
    before = ""
    for stored in reversed(store.outbox.history(found.charger_id, 200)):
        work = stored.item.work
        wanted = work.order if isinstance(work, ChargerOrder) else None
        if isinstance(wanted, SetLimit | StopCharge) and wanted.transaction == found.transaction:
            step_title = f"Limit of {wanted.limit_a} A sent to the charger" if isinstance(wanted, SetLimit) else "Stop sent to the charger"
            if step_title != before:
                yield TraceStep(stored.item.due_at, "order", step_title, stored.outcome.lower() or stored.item.error or "on its way")
            before = step_title


def _setpoint(plan: PowerPlan, evse_id: EvseId) -> tuple[int | None, str]:
    for setpoint in plan.setpoints:
        if setpoint.evse_id == evse_id:
            return setpoint.limit_a, setpoint.because
    return None, ""


def _record_step(found: Session | ChargeRecord) -> Iterator[TraceStep]:
    if isinstance(found, ChargeRecord):
        review_note = " Held for review." if found.held else ""
        text = f"{EN.kwh(found.energy_wh)} in {count_text(len(found.phases), 'interval')}.{review_note}"
        yield TraceStep(found.ended_at, "problem" if found.held else "session", "Charge record sealed", text)


def _documents(store: Store, history: Sequence[Invoice]) -> list[TraceDocument]:
    """The bills in force first, then those that were credited, and the credit notes."""
    valid, past = list[TraceDocument](), list[TraceDocument]()
    for invoice in history:
        notes, before = store.documents.credit_notes_of(invoice.id), preceding_number(invoice.content)
        in_force = is_in_force(invoice, notes)
        verb = "credits" if invoice.content.corrects else "replaces" if replaced_number(invoice.content.reason) else "adds to"
        credited = f"credited {'in part ' if in_force else ''}by {' and '.join(one.number for one in notes)}" if notes else ""
        text = ", ".join(filter(None, (f"{verb} {before}" if before else "", credited)))
        label = "Document" if in_force else "Credit note" if invoice.content.corrects else "Credited document"
        (valid if in_force else past).append(TraceDocument(label, invoice.number, text))
    return valid + past


def _document_steps(store: Store, invoices: Sequence[Invoice]) -> Iterator[TraceStep]:
    for invoice in invoices:
        text = f"{EN.money(invoice.gross)} for {count_text(len(invoice.content.lines), 'line')}"
        yield TraceStep(invoice.issued_at, "document", f"Issued {invoice.number}", text, href=f"/console/documents/{invoice.number}")
        for entry in store.ledger.of_subject(invoice.id):
            yield _entry(entry)


def _payment_steps(store: Store, session_id: SessionId, invoices: Sequence[Invoice]) -> Iterator[TraceStep]:
    found = {one.id: one for one in store.payments.of_session(session_id)}
    for invoice in invoices:
        found |= {one.id: one for one in store.payments.of_document(invoice.id)}
    for payment in found.values():
        charged_text = f"{EN.money(payment.taken)} charged" if payment.taken else "nothing charged"
        title = f"Payment: {payment.state_name.lower()}"
        yield TraceStep(payment.made_at, "payment", title, charged_text, href=f"/console/payments/{payment.id}")
        for entry in store.ledger.of_subject(payment.id):
            yield _entry(entry)


def _entry(entry: ChainedTxn) -> TraceStep:
    title, href = f"Ledger entry {entry.position}: {entry.txn.text}", f"/console/ledger/entries/{entry.position}"
    return TraceStep(entry.txn.happened_at, "ledger", title, postings(entry), href=href)


def postings(entry: ChainedTxn) -> str:
    return "; ".join(f"{_short(one.source.name)} → {_short(one.destination.name)} {EN.money(one.amount)}" for one in entry.txn.postings)


def _short(account: str) -> str:
    """In words. A driver's own account is named without the driver: the charge, or the payment, says whose it is."""
    kind, _, part = account.partition(":")
    label = "VAT" if kind == AccountKind.VAT else kind.replace("_", " ").capitalize()
    if not part or kind in DRIVER_KINDS:
        return label
    return f"{label} {part} %" if kind == AccountKind.VAT else f"{label}: {part.replace('_', ' ').lower() if part.isupper() else part}"
