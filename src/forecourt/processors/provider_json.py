"""Converts the provider's JSON and CSV to our values. Anything that does not fit is a ValueError here, never half a payment."""

import csv
import io
from uuid import UUID

import msgspec

from forecourt.kernel import Money, PaymentId, parse_instant
from forecourt.payments import ClearingLine, DisputeRecord, DisputeState, GivenCard, ProcessorRecord, RowKind


class DisputeJson(msgspec.Struct):
    id: str
    status: str
    amount: int
    fee: int
    reason: str
    opened_at: str
    changed_at: str
    answer_by: str | None = None


class CardJson(msgspec.Struct):
    method: str
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0


class PaymentJson(msgspec.Struct):
    """A payment as the provider reports it; amounts in minor units."""

    id: str
    reference: str
    currency: str
    status: str
    held: int
    captured: int
    refunded: int
    changed_at: str
    expires_at: str | None = None
    bounced: int = 0
    code: str = ""
    page: str = ""
    disputes: tuple[DisputeJson, ...] = ()
    card: CardJson | None = None


class EventJson(msgspec.Struct):
    id: str
    name: str
    account: str
    live: bool
    at: str
    payment: PaymentJson


class ErrorDetail(msgspec.Struct):
    code: str = ""
    text: str = ""


class ErrorJson(msgspec.Struct):
    error: ErrorDetail


def record_of(payment: PaymentJson) -> ProcessorRecord:
    """Raises ValueError for a reference that is not ours, BadInput for an invalid instant or currency."""
    card = payment.card
    return ProcessorRecord(
        payment_id=PaymentId(UUID(payment.reference)),
        status=payment.status,
        reference=payment.id,
        held=Money(payment.held, payment.currency),
        captured=Money(payment.captured, payment.currency),
        refunded=Money(payment.refunded, payment.currency),
        at=parse_instant(payment.changed_at),
        expires_at=parse_instant(payment.expires_at) if payment.expires_at else None,
        code=payment.code,
        disputes=tuple(_dispute_of(one, payment.currency) for one in payment.disputes),
        bounced=Money(payment.bounced, payment.currency),
        card=GivenCard(card.method, card.brand, card.last4, card.year, card.month) if card else None,
    )


def _dispute_of(dispute: DisputeJson, currency: str) -> DisputeRecord:
    if dispute.status not in list(DisputeState):
        raise ValueError(f"a dispute cannot be {dispute.status!r}")
    until = parse_instant(dispute.answer_by) if dispute.answer_by else None
    money = (Money(dispute.amount, currency), Money(dispute.fee, currency))
    return DisputeRecord(
        dispute.id, dispute.status, *money, dispute.reason[:80], parse_instant(dispute.opened_at), parse_instant(dispute.changed_at), until
    )


def clearing_of(text: str) -> tuple[ClearingLine, ...]:
    """The rows of a clearing file with a header: id, kind, reference, currency, gross, fee, net, at, payout. An unknown kind becomes
    OTHER; a reference that is not ours is stored as the text of its row."""
    lines = []
    for row in csv.DictReader(io.StringIO(text)):
        gross, fee = Money(int(row["gross"]), row["currency"]), Money(int(row["fee"]), row["currency"])
        payment_id, note = _payment_id_or_text(row["reference"])
        kind_name = row["kind"].upper()
        kind = RowKind(kind_name) if kind_name in list(RowKind) else RowKind.OTHER
        line = ClearingLine(row["id"], payment_id, gross, fee, parse_instant(row["at"]), kind, row["payout"], note)
        if line.net.minor != int(row["net"]):
            raise ValueError(f"row {line.id} of the clearing file does not add up")
        lines.append(line)
    return tuple(lines)


def _payment_id_or_text(reference: str) -> tuple[PaymentId | None, str]:
    try:
        return PaymentId(UUID(reference)), ""
    except ValueError:
        return None, reference[:80]
