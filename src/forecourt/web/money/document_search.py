"""The search form for documents, as typed and as searched."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from forecourt.flows.ports import DocumentSearch, Store
from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.web.frame.lists import midnight, query_values
from forecourt.web.frame.responses import WebRequest

FIELDS = ("q", "since", "until", "least", "most")


def search_fields(request: WebRequest) -> dict[str, str]:
    return query_values(request, FIELDS)


def parse_search(request: WebRequest, store: Store, operator_id: OperatorId) -> DocumentSearch:
    """Days are in the operator's zone, amounts in its currency; raises BadInput for invalid ones."""
    values = search_fields(request)
    operator = store.stations.operator(operator_id)
    zone = ZoneInfo(operator.zone)
    until = midnight(values["until"], zone, "until")
    min_minor, max_minor = (_minor(values[name], operator.currency, name) for name in ("least", "most"))
    return DocumentSearch(values["q"], midnight(values["since"], zone, "since"), until and until + timedelta(days=1), min_minor, max_minor)


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
