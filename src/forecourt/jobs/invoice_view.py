"""The content of a document's file as ready text: the template only does layout."""

from typing import Any

from forecourt.billing import Contribution, Delivery, DocumentKind, Invoice, InvoiceLine
from forecourt.jobs.invoice_wording import DocumentWording
from forecourt.jobs.printing import party_fields
from forecourt.kernel import kilowatt_hours
from forecourt.payments import PaymentProgress
from forecourt.tariffs import TaxLine
from forecourt.wording import localiser_for, payment_text


def view_of(invoice: Invoice, paid: PaymentProgress) -> dict[str, Any]:
    """Everything the template prints. paid: the state of the payment when the file was made."""
    words, content, used_by = DocumentWording(invoice), invoice.content, invoice.content.parties.used_by
    relief = words.relief(content.parties.exemption) if content.parties.exemption else ""
    return {
        "language": words.language,
        "labels": {name: text for name, text in words.labels.items() if isinstance(text, str)},
        "title": words.labels[content.kind.value],
        "number": invoice.number,
        "issued": words.day(invoice.issued_at),
        "delivered": words.day(content.delivery.ended_at) if content.delivery else words.day(invoice.issued_at),
        "corrects": content.corrects_number,
        "reason": words.credited(content.reason),
        "seller": party_fields(content.parties.seller, words),
        "buyer": party_fields(content.parties.buyer, words),
        "place": [content.place.site_name, content.place.address],
        "point": content.place.evse_label,
        "driver": [used_by.name, used_by.card] if used_by else [],
        "cost_centre": used_by.cost_centre if used_by else "",
        "delivery": _delivery(content.delivery, words) if content.delivery else None,
        "lines": [_line(line, invoice.currency, words) for line in content.lines],
        "taxes": [_tax(tax, words) for tax in content.taxes],
        "net": words.money(invoice.net),
        "tax": words.money(invoice.tax),
        "gross": words.money(invoice.gross),
        "total": words.label("total_credited" if content.kind is DocumentKind.CREDIT_NOTE else "total"),
        "due": words.money(invoice.due),
        "contributions": [_contribution(one, words) for one in content.contributions],
        "period": words.period(content.period) if content.period else "",
        "included": words.labels["included" if content.tax_included else "excluded"] if content.tax or not relief else "",
        "relief": relief,
        "notes": [*_why(content.price_because, words), *(words.note(note) for note in content.notes)],
        "payment": payment_text(paid, words, invoice.number),
        "tariff": content.tariff_hash[:16],
        "session": content.delivery.transaction if content.delivery else "",
    }


def _why(price_because: str, words: DocumentWording) -> list[str]:
    """The reason for this price."""
    return [words.titled(words.label("price_because"), localiser_for(words.language).price_because(price_because))] if price_because else []


def _delivery(delivery: Delivery, words: DocumentWording) -> dict[str, Any]:
    start, end = delivery.started_at, delivery.ended_at
    same_day = words.day(start) == words.day(end)
    until = words.clock(end) if same_day else f"{words.day(end)}, {words.clock(end)}"
    spans = (
        ("charging", delivery.charging_s),
        ("idle", delivery.idle_s),
        ("withheld", delivery.withheld_s),
        ("reserved", delivery.reserved_s),
    )
    meter = (delivery.meter_start_wh, delivery.meter_stop_wh)
    return {
        "time": f"{words.day(start)}, {words.clock(start)} – {until}",
        "zone": start.astimezone(words.zone).tzname() or "",
        "energy": f"{_kwh(delivery.energy_wh, words)}",
        "meter": f"{_kwh(meter[0], words)} → {_kwh(meter[1], words)}" if meter[0] is not None and meter[1] is not None else "",
        "spans": [[words.labels[name], words.minutes(seconds)] for name, seconds in spans if seconds or name == "charging"],
    }


def _kwh(energy_wh: int, words: DocumentWording) -> str:
    return f"{words.number(kilowatt_hours(energy_wh), '#,##0.000')}\u00a0kWh"


def _line(line: InvoiceLine, currency: str, words: DocumentWording) -> dict[str, str]:
    return {
        "what": words.named(line),
        "because": f"{words.because(line)} = {words.price(line.exact.normalize(), currency)}",
        "quantity": _quantity(line, words),
        "unit_price": words.price(line.unit_price, currency) + (f"/{_unit(line, words)}" if line.unit else ""),
        "vat": words.percent(line.vat_percent),
        "amount": words.money(line.amount),
    }


def _unit(line: InvoiceLine, words: DocumentWording) -> str:
    return words.label("hour") if line.unit == "h" else line.unit


def _contribution(one: Contribution, words: DocumentWording) -> dict[str, str]:
    what = words.label("contribution").format(name=one.name)
    return {"what": what, "because": words.titled(one.title, words.because(one)), "amount": words.money(-one.amount)}


def _quantity(line: InvoiceLine, words: DocumentWording) -> str:
    """Hours are easier to read as minutes; the price stays the tariff's own, per hour."""
    if line.unit == "h":
        return f"{words.number(line.quantity * 60, '#,##0.##')}\u00a0{words.labels['minutes']}"
    return f"{words.number(line.quantity)}\u00a0{line.unit}".strip("\u00a0")


def _tax(tax: TaxLine, words: DocumentWording) -> dict[str, str]:
    return {
        "rate": words.percent(tax.vat_percent),
        "net": words.money(tax.net),
        "tax": words.money(tax.tax),
        "gross": words.money(tax.gross),
    }
