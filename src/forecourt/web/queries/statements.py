"""Data for the pages of monthly statements."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from forecourt.billing import BY_PARTNER, PRICE, AccountPart, AccountStatement, DocumentKind
from forecourt.flows.paying import CreditWait, amount_due, credits_waiting, payable_paybacks, payment_progress_of
from forecourt.flows.ports import ListPage, PageRequest, StatementSearch, Store
from forecourt.kernel import Conflict, DriverId, Money, NotFound, OperatorId, Text, instant_text
from forecourt.payments import DEBIT, PaymentStatus, paid_so_far
from forecourt.tariffs import displayed_number
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.qr_codes import girocode
from forecourt.wording import LocalisedValue

STATEMENT_COLUMNS = (
    "statement", "document", "issued", "started", "place", "socket", "driver", "card", "cost_centre", "energy_wh", "net", "vat", "gross",
    "due", "currency",
)  # fmt: skip
_KINDS = {
    PRICE: Text("Price"),
    "MEMBERSHIP": Text("Membership"),
    "DISCOUNT": Text("Discount"),
    BY_PARTNER: Text("Paid by a partner"),
}
_SUMS = {
    PRICE: Text("of which price"),
    "MEMBERSHIP": Text("of which membership"),
    "DISCOUNT": Text("of which discount"),
    BY_PARTNER: Text("of which paid by a partner"),
}


@dataclass(frozen=True, slots=True)
class StatementView:
    """state: "paid", "open" (being collected, or awaited) or "reminded". parts: of each line, what and how much. sums: by kind of part.
    how_to_pay: how it was or is to be paid; empty while reminders are sent and nothing is being collected. beyond: overpayment that waits.
    sent: what of that was transferred back, and when. off: credit notes that lower it since. returned: what was refunded, or is being
    refunded, automatically. before: overpayment of earlier statements deducted from it. asked: it is paid, but the payer's bank may still
    collect it."""

    statement: AccountStatement
    state: str
    parts: tuple[tuple[tuple[str, Money], ...], ...]
    sums: tuple[tuple[str, Money], ...]
    beyond: Money
    sent: tuple[tuple[Money, date], ...]
    off: tuple[tuple[str, Money], ...]
    returned: Money
    before: Money
    asked: bool
    how_to_pay: str = ""
    code: Markup | None = None


@dataclass(frozen=True, slots=True)
class CreditView:
    """A payer's credits on account, by currency. from_on: the day on which a statement uses them or they are refunded. unsure: the part
    that waits longer, because what was paid is not known yet."""

    sums: tuple[Money, ...]
    from_on: date
    unsure: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class StatementList:
    zone: str
    page: ListPage[StatementView]
    groups: tuple[tuple[str, str, int], ...]


def statement_view(store: Store, statement: AccountStatement) -> StatementView:
    case = store.dunning.case(statement.id)
    state = "paid" if is_paid(store, statement) else "reminded" if case is not None and case.open else "open"
    parts = tuple(tuple((_part(one), one.amount) for one in line.parts) for line in statement.lines)
    totals = tuple((_sum(what, statement.free_kwh), amount) for what, amount in statement.sums)
    bank = store.stations.operator(statement.operator_id).bank
    zero, paybacks = Money.zero(statement.currency), store.paybacks.of_note(statement.id)
    beyond = sum((one.amount for one in payable_paybacks(store, [one for one in paybacks if one.open])), zero)
    sent = tuple((one.amount, one.paid_on) for one in paybacks if one.paid_on)
    payments = store.payments.of_document(statement.id)
    before = sum((one.taken for one in payments if one.captured_at and one.captured_at < statement.issued_at), zero)
    is_requested = state == "paid" and any(one.pending_amount for one in payments if one.method == DEBIT)
    credit_notes = tuple((one.note.number, one.amount) for one in store.statements.applied_credits(statement))
    returned = sum((one.refunded_or_refunding for one in payments), zero)
    fields = (statement, state, parts, totals, beyond, sent, credit_notes, returned, before, is_requested)
    paid, payee = payment_progress_of(store, statement), statement.parties.seller.name
    if state == "reminded" and paid.status is not PaymentStatus.STATED_DEBIT:
        return StatementView(*fields)
    payment_text = Text("{how}", how=LocalisedValue("payment_progress", paid, statement.zone, statement.number, bank))
    is_due = paid.status is PaymentStatus.STATED_TRANSFER
    return StatementView(*fields, payment_text, girocode(payee, bank, paid.left, statement.number) if is_due else None)


def credit_view(store: Store, payer: DriverId, now: datetime) -> CreditView | None:
    """None if no credit waits."""
    waiting = credits_waiting(store, store.statements.credits(store.drivers.driver(payer).operator_id, payer), now)
    unsure = [one.note.due for one in waiting if one.waits in (CreditWait.MOVING, CreditWait.BANK)]
    return (
        CreditView(total_by_currency(one.note.due for one in waiting), waiting[0].looked_at, total_by_currency(unsure)) if waiting else None
    )


def is_paid(store: Store, statement: AccountStatement) -> bool:
    return paid_so_far(store.payments.of_document(statement.id), statement.currency) >= amount_due(store, statement)


def statement_rows(store: Store, statement: AccountStatement) -> Iterator[tuple[object, ...]]:
    """A row for each document; credit notes are negative, so that `due` adds up to the amount to pay."""
    for line in statement.lines:
        document = store.documents.document(line.document_id)
        sign = -1 if document is not None and document.kind is DocumentKind.CREDIT_NOTE else 1
        amounts = (
            (sign * one.amount for one in (document.net, document.content.tax, document.gross)) if document is not None else ("", "", "")
        )
        began = instant_text(line.started_at) if line.started_at else ""
        line_fields = (line.place, line.socket, line.driver, line.card, line.cost_centre, line.energy_wh)
        yield (
            statement.number,
            line.number,
            instant_text(line.issued_at),
            began,
            *line_fields,
            *amounts,
            line.amount.amount,
            line.amount.currency,
        )


def _part(part: AccountPart) -> Text:
    label = Text("{what}: {title}", what=_KINDS[part.what], title=part.title) if part.title else _KINDS[part.what]
    reason = LocalisedValue("because", part.because, part.amount.currency)
    return Text("{named} ({why})", named=label, why=reason) if part.because else label


def _sum(what: str, free_kwh: Decimal) -> Text:
    return Text("of which discount ({free} kWh free)", free=displayed_number(free_kwh)) if what == "DISCOUNT" and free_kwh else _SUMS[what]


def statements_of(store: Store, driver_id: DriverId, page_request: PageRequest) -> ListPage[StatementView]:
    found = store.statements.page_of(driver_id, page_request)
    return found.of(statement_view(store, one) for one in found.rows)


def statement_list(store: Store, operator_id: OperatorId, page_request: PageRequest, wanted: StatementSearch) -> StatementList:
    """Matching statements, and each group with its payer's email and its number of members."""
    payers = dict(store.statements.payers(operator_id))
    members = store.drivers.members(operator_id)
    groups = tuple(
        (
            name,
            store.drivers.driver(payers[name]).email if name in payers else "",
            len({one.driver_id for one in members if one.group == name}),
        )
        for name in sorted({one.group for one in members})
    )
    found = store.statements.page(operator_id, page_request, wanted)
    return StatementList(store.stations.operator(operator_id).zone, found.of(statement_view(store, one) for one in found.rows), groups)


def statement_by_number(store: Store, operator_id: OperatorId, number: str, driver_id: DriverId | None = None) -> AccountStatement:
    """Somebody else's statement does not exist. driver_id None: the operator asks."""
    found = store.statements.by_number(operator_id, number)
    if found is None or driver_id not in (None, found.driver_id):
        raise NotFound("statement", "There is no such statement.")
    return found


def statement_pdf(store: Store, statement: AccountStatement) -> bytes:
    body = store.statements.pdf(statement.id)
    if body is None:
        raise Conflict("pdf_not_yet", "The PDF is being prepared.", "Try again in a few seconds.")
    return body
