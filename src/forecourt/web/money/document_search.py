"""The search form for documents, as typed and as searched."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from forecourt.billing import DocumentKind
from forecourt.flows.ports import DocumentSearch, PaidSearch, PaidState, StatementSearch, Store
from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.web.frame.lists import midnight, query_values
from forecourt.web.frame.responses import WebRequest
from forecourt.web.queries.ledger_reports import debts_as_of

V = TypeVar("V")
FIELDS = ("q", "kind", "state", "since", "until", "least", "most")
# A kind of its own, with a page of its own.
STATEMENTS = "statement"
_KINDS = {"invoice": DocumentKind.INVOICE, "credit-note": DocumentKind.CREDIT_NOTE}
KIND_OPTIONS = (("", "All"), ("invoice", "Invoices"), ("credit-note", "Credit notes"), (STATEMENTS, "Monthly statements"))
STATE_OPTIONS = (
    ("", "All"),
    (PaidState.OPEN, "To be paid"),
    (PaidState.OVERDUE, "Overdue"),
    (PaidState.MONTHLY, "With the monthly statement"),
    (PaidState.PAID, "Paid"),
    (PaidState.CREDITED, "Credited"),
)
STATEMENT_FIELDS = ("q", "state", "since", "until")
STATEMENT_STATES = (("", "All"), (PaidState.OPEN, "To be paid"), (PaidState.OVERDUE, "Overdue"), (PaidState.PAID, "Paid"))


def search_fields(request: WebRequest) -> dict[str, str]:
    return query_values(request, FIELDS)


def parse_search(request: WebRequest, store: Store, operator_id: OperatorId, at: datetime) -> DocumentSearch:
    """Days are in the operator's zone, amounts in its currency; raises BadInput for invalid ones. at: now, for what is overdue."""
    values = search_fields(request)
    zone = ZoneInfo(store.stations.operator(operator_id).zone)
    until = midnight(values["until"], zone, "until")
    min_minor, max_minor = totals_range(store, operator_id, values["least"], values["most"])
    kind = chosen(values["kind"], _KINDS, "kind") if values["kind"] else None
    paid = paid_search(store, operator_id, values["state"], at)
    since, before = midnight(values["since"], zone, "since"), until and until + timedelta(days=1)
    return DocumentSearch(values["q"], since, before, min_minor, max_minor, kind=kind, paid=paid)


def parse_statement_search(request: WebRequest, store: Store, operator_id: OperatorId, at: datetime) -> StatementSearch:
    """Days are in the operator's zone. Raises BadInput for invalid ones. at: now, for what is overdue."""
    values, zone = query_values(request, STATEMENT_FIELDS), ZoneInfo(store.stations.operator(operator_id).zone)
    until = midnight(values["until"], zone, "until")
    paid = paid_search(store, operator_id, values["state"], at)
    return StatementSearch(values["q"], midnight(values["since"], zone, "since"), until and until + timedelta(days=1), paid)


def paid_search(store: Store, operator_id: OperatorId, state: str, at: datetime) -> PaidSearch | None:
    """None if no state is chosen. Raises BadInput for one that is unknown."""
    known = {one.value: one for one in PaidState}
    return PaidSearch(chosen(state, known, "state"), at, debts_as_of(store, operator_id, at).due) if state else None


def totals_range(store: Store, operator_id: OperatorId, least: str, most: str) -> tuple[int | None, int | None]:
    """The least and the most that a total may be, in minor units of the operator's currency, from texts like "12.50"; empty: no limit.
    Raises BadInput."""
    currency = store.stations.operator(operator_id).currency
    return _minor(least, currency, "least"), _minor(most, currency, "most")


def chosen(value: str, known: Mapping[str, V], field: str) -> V:
    """What a value of a list of choices means. Raises BadInput: an unknown one must not widen a search."""
    if value not in known:
        raise BadInput(field, f"{value[:20]!r} is none of the choices.", "Choose one from the list.")
    return known[value]


def _minor(text: str, currency: str, field: str) -> int | None:
    """Of a total as people type it, exact; credit notes have negative ones."""
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", "."))
        amount = Money.of(value, currency)
    except (InvalidOperation, ValueError) as error:
        raise BadInput(field, f"{text[:20]!r} is not an amount.", "Enter it as 12.50.") from error
    if amount.amount != value:
        raise BadInput(field, f"{text[:20]!r} has too many decimals for {currency}.", "Enter it as 12.50.")
    return amount.minor
