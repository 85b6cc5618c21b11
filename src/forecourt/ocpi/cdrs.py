"""A charge as a Session and as a CDR: usage as periods, and the same cost as on our document, to the cent."""

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from msgspec import structs

from forecourt.billing import Draft, Invoice, InvoiceLine, LineKind
from forecourt.kernel import Money, instant_text, kilowatt_hours, minor_digits, round_to_total
from forecourt.ocpi.booking_terms import Party
from forecourt.ocpi.charge_model import (
    AuthMethod,
    Cdr,
    CdrLocation,
    CdrToken,
    Price,
    Session,
    SessionStatus,
    SignedData,
    SignedValue,
    TaxAmount,
)
from forecourt.ocpi.charging_periods import charging_periods, hours_of
from forecourt.stations import SignedReading
from forecourt.tariffs import PhaseState, Tariff, TaxLine, Usage

_TAX = "VAT"
# Longest signed value, plain or encoded, and longest key, in characters.
_MAX_SIGNED_CHARS, _MAX_KEY_CHARS = 5000, 512
_MAX_REMARK_CHARS = 255
_PARKED = (PhaseState.IDLE, PhaseState.WITHHELD)
_USED = (PhaseState.CHARGING, *_PARKED)


@dataclass(frozen=True, slots=True)
class ChargeContext:
    """What partners get about a charge besides its usage: place, token, authorization and price.

    session_id: of the Session. tariff: the price of the charge; tariff_id: the id the partner knows it by.
    """

    session_id: UUID

    party: Party
    place: CdrLocation
    token: CdrToken
    auth_method: AuthMethod
    authorization_reference: str | None
    tariff: Tariff
    tariff_id: str


@dataclass(frozen=True, slots=True)
class SessionProgress:
    """A charge in its current state. usage: what is owed for so far; without phases while nothing is."""

    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    usage: Usage
    taxes: tuple[TaxLine, ...]
    status: SessionStatus
    updated_at: datetime


def ocpi_session(context: ChargeContext, now: SessionProgress) -> Session:
    return Session(
        country_code=context.party.country,
        party_id=context.party.id,
        id=str(context.session_id),
        start_date_time=instant_text(now.started_at),
        end_date_time=instant_text(now.ended_at) if now.ended_at else None,
        kwh=kilowatt_hours(now.energy_wh),
        cdr_token=context.token,
        auth_method=context.auth_method,
        authorization_reference=context.authorization_reference,
        location_id=context.place.id,
        evse_uid=context.place.evse_uid,
        connector_id=context.place.connector_id,
        currency=context.tariff.currency,
        charging_periods=charging_periods(now.usage, context.tariff, context.tariff_id),
        total_cost=_price(now.taxes),
        status=now.status,
        last_updated=instant_text(now.updated_at),
    )


def ocpi_cdr(context: ChargeContext, invoice: Invoice, usage: Usage, signed: Sequence[SignedReading] = (), key: str = "") -> Cdr:
    """The CDR for the invoice of a charge, or of a socket held for a no-show, except the tariff, which each OCPI version writes
    differently.

    usage: what was billed, never empty; signed: the meter's signed readings, with its public key.
    """
    bill, phases = invoice.content, usage.phases
    return Cdr(
        country_code=context.party.country,
        party_id=context.party.id,
        id=str(invoice.id),
        start_date_time=instant_text(phases[0].start),
        end_date_time=instant_text(phases[-1].end),
        session_id=str(context.session_id),
        cdr_token=context.token,
        auth_method=context.auth_method,
        authorization_reference=context.authorization_reference,
        cdr_location=context.place,
        currency=bill.currency,
        charging_periods=charging_periods(usage, context.tariff, context.tariff_id),
        signed_data=_signed_data(signed, key),
        total_cost=_price(bill.taxes),
        total_energy=kilowatt_hours(usage.energy_wh),
        total_time=hours_of(phases, *_USED),
        total_parking_time=hours_of(phases, *_PARKED),
        remark=_remark(bill),
        invoice_reference_id=invoice.number,
        last_updated=instant_text(invoice.issued_at),
        total_fixed_cost=_part(bill, LineKind.SESSION_FEE),
        total_energy_cost=_part(bill, LineKind.ENERGY),
        total_time_cost=_part(bill, LineKind.CHARGING_TIME),
        total_parking_cost=_part(bill, LineKind.IDLE_TIME),
        total_reservation_cost=_part(bill, LineKind.RESERVATION, LineKind.NO_SHOW),
    )


def _remark(bill: Draft) -> str | None:
    """Why the total differs from the sum of its parts, if a minimum or maximum price applied."""
    limit = next((note.text for note in bill.notes if note.code == "price_limit"), None)
    return f"{limit} Costs by kind are those without it."[:_MAX_REMARK_CHARS] if limit else None


def credit_cdr(cdr: Cdr, note: Invoice) -> Cdr:
    """Reverses a CDR: the same data with a negated total. note: the credit note over its entire invoice."""
    return structs.replace(
        cdr,
        id=str(note.id),
        credit=True,
        credit_reference_id=cdr.id,
        total_cost=_turned(cdr.total_cost),
        last_updated=instant_text(note.issued_at),
    )


def _price(taxes: Sequence[TaxLine]) -> Price:
    """The total of a document's tax lines, before taxes and by tax."""
    charged = tuple(
        TaxAmount(name=_TAX, percentage=one.vat_percent, amount=one.tax.amount) for one in taxes if one.vat_percent is not None or one.tax
    )
    return Price(before_taxes=sum((one.net.amount for one in taxes), Decimal(0)), taxes=charged)


def _part(bill: Draft, *what: LineKind) -> Price | None:
    """The total of the lines of these kinds; None if there are none. All kinds together add up to the document exactly."""
    parts = [part for tax in bill.taxes if (part := _of_rate(bill, tax, what)) is not None]
    return _price(parts) if parts else None


def _of_rate(bill: Draft, tax: TaxLine, what: Collection[LineKind]) -> TaxLine | None:
    lines = [line for line in bill.lines if line.vat_percent == tax.vat_percent]
    grosses = _grosses(bill, tax, lines)
    chosen = [(line.net, Money(gross, bill.currency)) for line, gross in zip(lines, grosses, strict=True) if line.what in what]
    if not chosen:
        return None
    zero = Money.zero(bill.currency)
    net, gross = sum((one for one, _ in chosen), zero), sum((one for _, one in chosen), zero)
    return TaxLine(tax.vat_percent, net, gross - net, gross)


def _grosses(bill: Draft, tax: TaxLine, lines: Sequence[InvoiceLine]) -> Sequence[int]:
    """The gross amount of each line of a tax rate, in minor units; together exactly the rate's gross."""
    if bill.tax_included:
        return [line.amount.minor for line in lines]
    scale = (1 + Fraction(tax.vat_percent or 0) / 100) * 10 ** minor_digits(bill.currency)
    return round_to_total(tax.gross.minor, [Fraction(line.exact) * scale for line in lines])


def _turned(price: Price) -> Price:
    return Price(before_taxes=-price.before_taxes, taxes=tuple(structs.replace(one, amount=-one.amount) for one in price.taxes))


def _signed_data(signed: Sequence[SignedReading], key: str) -> SignedData | None:
    """The first is from the start, the last from the end. Data longer than partners must accept is omitted entirely."""
    blobs = [b64encode(one.data.encode()).decode() for one in signed]
    if not signed or any(len(blob) > _MAX_SIGNED_CHARS for blob in blobs):
        return None
    natures = ["Intermediate"] * len(blobs)
    natures[0], natures[-1] = "Start", "End"
    values = [
        SignedValue(nature=nature, plain_data=one.data, signed_data=blob) for nature, one, blob in zip(natures, signed, blobs, strict=True)
    ]
    public = _base64_of(key or signed[-1].key)
    return SignedData(
        encoding_method="OCMF", public_key=public if public and len(public) <= _MAX_KEY_CHARS else None, signed_values=tuple(values)
    )


def _base64_of(key: str) -> str:
    """A public key as printed on meters: hexadecimal, or base64 already."""
    try:
        return b64encode(bytes.fromhex(key)).decode()
    except ValueError:
        pass
    try:
        return b64encode(b64decode(key, validate=True)).decode()
    except ValueError:
        return ""
