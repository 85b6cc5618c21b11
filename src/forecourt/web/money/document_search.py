"""The search form over the documents, as typed and as looked for."""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from forecourt.flows.ports import DocumentSearch, Store
from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.web.frame.answers import Asked

FIELDS = ("q", "since", "until", "least", "most")


def typed_search(request: Asked) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:80] for name in FIELDS}


def search_asked(request: Asked, store: Store, operator_id: OperatorId) -> DocumentSearch | None:
    """None where nothing was typed. Days are those of the operator, amounts in its currency; BadInput for what is neither."""
    typed = typed_search(request)
    if not any(typed.values()):
        return None
    operator = store.stations.operator(operator_id)
    zone = ZoneInfo(operator.zone)
    until = _midnight(typed["until"], zone)
    least, most = (_minor(typed[name], operator.currency) for name in ("least", "most"))
    return DocumentSearch(typed["q"], _midnight(typed["since"], zone), until and until + timedelta(days=1), least, most)


def _midnight(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("day", f"{text!r} is not a day.", "Write it as 2026-06-30.") from error
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _minor(text: str, currency: str) -> int | None:
    return amount_of(text, currency).minor if text else None


def amount_of(text: str, currency: str) -> Money:
    """An amount as people type it, exact to the minor unit."""
    try:
        value = Decimal(text.replace(",", "."))
        amount = Money.of(value, currency)
    except (InvalidOperation, ValueError) as error:
        raise BadInput("amount", f"{text[:20]!r} is not an amount.", "Write it as 12.50.") from error
    if amount.amount != value:
        raise BadInput("amount", f"{text[:20]!r} is finer than {currency} is counted.", "Write it as 12.50.")
    return amount
