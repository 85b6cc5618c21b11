"""The content of a document's file as ready text: the template only does layout."""

from datetime import datetime, timedelta
from typing import Any

from forecourt.billing import Contribution, Delivery, DocumentKind, Draft, Invoice, InvoiceLine, preceding_number
from forecourt.jobs.invoice_wording import DocumentWording
from forecourt.jobs.printing import party_fields
from forecourt.kernel import kilowatt_hours
from forecourt.payments import PaymentProgress
from forecourt.tariffs import TaxLine
from forecourt.wording import localiser_for, payment_text


def view_of(invoice: Invoice, progress: PaymentProgress, preceding_issued_at: datetime | None = None) -> dict[str, Any]:
    """Everything the template prints. progress: the state of the payment when the file was made. preceding_issued_at: when the bill that it
    credits, replaces or adds to was issued; None: not known."""
    wording, content, used_by = DocumentWording(invoice), invoice.content, invoice.content.parties.used_by
    relief = wording.relief(content.parties.exemption) if content.parties.exemption else ""
    return {
        "language": wording.language,
        "labels": {name: text for name, text in wording.labels.items() if isinstance(text, str)},
        "title": wording.title,
        "number": invoice.number,
        "issued": wording.day(invoice.issued_at),
        "delivered": wording.day(delivered_at(invoice)),
        "preceding": _preceding(content, preceding_issued_at, wording),
        "reason": wording.reason_text(content.reason),
        "seller": party_fields(content.parties.seller, wording),
        "buyer": party_fields(content.parties.buyer, wording, content.parties.seller.country),
        "place": [content.place.site_name, content.place.address],
        "point": content.place.evse_label,
        "driver": [used_by.name, used_by.card] if used_by else [],
        "cost_centre": used_by.cost_centre if used_by else "",
        "delivery": _delivery(content.delivery, wording) if content.delivery else None,
        "lines": [_line(line, invoice.currency, wording) for line in content.lines],
        "taxes": [_tax(tax, wording) for tax in content.taxes],
        "net": wording.money(invoice.net),
        "tax": wording.money(invoice.tax),
        "gross": wording.money(invoice.gross),
        "total": wording.label("total_credited" if content.kind is DocumentKind.CREDIT_NOTE and not content.settled_by else "total"),
        "due": wording.money(invoice.due),
        "contributions": [_contribution(one, wording) for one in content.contributions],
        "period": wording.period(content.period) if content.period else "",
        "included": wording.labels["included" if content.tax_included else "excluded"] if content.tax or not relief else "",
        "relief": "\u2003".join(filter(None, (relief, wording.self_billing))),
        "notes": [*_why(content.price_because, wording), *(wording.note(note) for note in content.notes)],
        "payment": wording.terms() if content.settled_by else payment_text(progress, wording, invoice.number),
        "tariff": content.tariff_hash[:16],
        "session": content.delivery.transaction if content.delivery else "",
    }


def delivered_at(invoice: Invoice) -> datetime:
    """When the charge ended; for a self-billed document, the last instant of its period."""
    delivery, period = invoice.content.delivery, invoice.content.period
    if delivery is not None:
        return delivery.ended_at
    return period.end - timedelta(seconds=1) if period and invoice.content.settled_by else invoice.issued_at


def _preceding(content: Draft, issued_at: datetime | None, wording: DocumentWording) -> list[str]:
    """What it does to an earlier bill, whose number and date follow; empty if there is none."""
    number, label = preceding_number(content), "corrects" if content.kind is DocumentKind.CREDIT_NOTE else "preceding"
    return [wording.label(label), number, wording.day(issued_at) if issued_at else ""] if number else []


def _why(price_because: str, wording: DocumentWording) -> list[str]:
    """The reason for this price."""
    return (
        [wording.titled(wording.label("price_because"), localiser_for(wording.language).price_because(price_because))]
        if price_because
        else []
    )


def _delivery(delivery: Delivery, wording: DocumentWording) -> dict[str, Any]:
    start, end = delivery.started_at, delivery.ended_at
    same_day = wording.day(start) == wording.day(end)
    until = wording.clock(end) if same_day else f"{wording.day(end)}, {wording.clock(end)}"
    spans = (
        ("charging", delivery.charging_s),
        ("idle", delivery.idle_s),
        ("withheld", delivery.withheld_s),
        ("reserved", delivery.reserved_s),
    )
    meter = (delivery.meter_start_wh, delivery.meter_stop_wh)
    return {
        "time": f"{wording.day(start)}, {wording.clock(start)} – {until}",
        "zone": start.astimezone(wording.zone).tzname() or "",
        "energy": f"{_kwh(delivery.energy_wh, wording)}",
        "meter": f"{_kwh(meter[0], wording)} → {_kwh(meter[1], wording)}" if meter[0] is not None and meter[1] is not None else "",
        "spans": [[wording.labels[name], wording.minutes(seconds)] for name, seconds in spans if seconds or name == "charging"],
    }


def _kwh(energy_wh: int, wording: DocumentWording) -> str:
    return f"{wording.number(kilowatt_hours(energy_wh), '#,##0.000')}\u00a0kWh"


def _line(line: InvoiceLine, currency: str, wording: DocumentWording) -> dict[str, str]:
    return {
        "what": wording.line_name(line),
        "because": f"{wording.because(line)} = {wording.price(line.exact.normalize(), currency)}",
        "quantity": _quantity(line, wording),
        "unit_price": wording.price(line.unit_price, currency) + (f"/{_unit(line, wording)}" if line.unit else ""),
        "vat": wording.percent(line.vat_percent),
        "amount": wording.money(line.amount),
    }


def _unit(line: InvoiceLine, wording: DocumentWording) -> str:
    return wording.label("hour") if line.unit == "h" else line.unit


def _contribution(contribution: Contribution, wording: DocumentWording) -> dict[str, str]:
    label = wording.label("contribution").format(name=contribution.name)
    return {
        "what": label,
        "because": wording.titled(contribution.title, wording.because(contribution)),
        "amount": wording.money(-contribution.amount),
    }


def _quantity(line: InvoiceLine, wording: DocumentWording) -> str:
    """Hours are easier to read as minutes; the price stays the tariff's own, per hour."""
    if line.unit == "h":
        return f"{wording.number(line.quantity * 60, '#,##0.##')}\u00a0{wording.labels['minutes']}"
    return f"{wording.number(line.quantity)}\u00a0{line.unit}".strip("\u00a0")


def _tax(tax: TaxLine, wording: DocumentWording) -> dict[str, str]:
    return {
        "rate": wording.percent(tax.vat_percent),
        "net": wording.money(tax.net),
        "tax": wording.money(tax.tax),
        "gross": wording.money(tax.gross),
    }
