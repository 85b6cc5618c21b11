"""Converts Stripe's objects, as decoded JSON, to our values. Anything that does not fit is a BadInput here, never half a payment.

Stripe counts in its own smallest unit: https://docs.stripe.com/currencies. It differs from ISO 4217 for currencies that lost their
decimals (ISK, UGX: always hundredths at Stripe) and for the Malagasy ariary (whole units there); thousandths must end in 0.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from forecourt.kernel import BadInput, Money, PaymentId, minor_digits
from forecourt.payments import ClearingLine, DisputeRecord, DisputeState, GivenCard, ProcessorRecord, RowKind

# The metadata key that holds our id of a payment, in every object made for it.
PAYMENT_TAG = "forecourt_payment"
# The states of a refund whose money is back with us.
REFUND_BOUNCED = ("failed", "canceled")
_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}
_TENS = ("BHD", "JOD", "KWD", "OMR", "TND")
_NO_LONGER_WANTED = ("requested_by_customer", "duplicate", "fraudulent", "abandoned")


def stripe_amount(money: Money) -> int:
    """The amount in Stripe's smallest unit. Raises BadInput if Stripe cannot express it exactly."""
    shift = _DIGITS.get(money.currency, minor_digits(money.currency)) - minor_digits(money.currency)
    if (shift < 0 and money.minor % 10 ** abs(shift)) or (money.currency in _TENS and money.minor % 10):
        raise BadInput("amount_precision", f"{money} is finer than the processor counts in {money.currency}.")
    whole: int = 10 ** abs(shift)
    return money.minor * whole if shift >= 0 else money.minor // whole


def money_of(amount: object, currency: object) -> Money:
    """Stripe's amount as Money."""
    if type(amount) is not int or not isinstance(currency, str):
        raise BadInput("stripe_amount", f"{amount!r} {currency!r} is not an amount.")
    code = currency.upper()
    shift = _DIGITS.get(code, minor_digits(code)) - minor_digits(code)
    if shift > 0 and amount % 10**shift:
        raise BadInput("stripe_amount", f"{amount} is finer than {code} is counted.")
    return Money(amount // 10**shift if shift >= 0 else amount * 10**-shift, code)


def record_of(intent: Mapping[str, Any]) -> ProcessorRecord:
    """From a PaymentIntent with `latest_charge.balance_transaction` and, if refunds are to be included, `latest_charge.refunds`
    expanded: all refunds are added up, including those that failed, because Stripe does not say how a failed one affects
    `amount_refunded`."""
    charge = _mapping(intent.get("latest_charge"))
    currency = intent["currency"]
    status, at_s = _status_and_time(intent, charge)
    listed = _mapping(charge.get("refunds"))
    if listed.get("has_more"):
        raise BadInput("stripe_refunds", f"Not all refunds of {intent['id']} are there.")
    refunds = listed.get("data") or ()
    bounced = sum(one["amount"] for one in refunds if one.get("status") in REFUND_BOUNCED)
    refunded = sum(one["amount"] for one in refunds) or charge.get("amount_refunded") or 0
    return ProcessorRecord(
        payment_id=payment_id_in(intent),
        status=status,
        reference=str(intent["id"]),
        held=money_of(intent.get("amount_capturable") or 0, currency),
        captured=money_of(intent.get("amount_received") or 0, currency),
        refunded=money_of(refunded, currency),
        at=instant(at_s),
        expires_at=_expiry(charge) if status == "held" else None,
        code=_code(intent) if status == "declined" else "",
        card=_stored_card(intent, charge) if status == "captured" else None,
        bounced=money_of(bounced, currency),
    )


# Early warnings and prevented disputes take no money: they are not disputes yet.
_VERDICTS = {
    "needs_response": DisputeState.NEEDS_ANSWER,
    "under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def dispute_of(dispute: Mapping[str, Any]) -> DisputeRecord | None:
    """A Dispute with its balance transactions; None for one that has taken no money."""
    state = _VERDICTS.get(dispute["status"])
    if state is None:
        return None
    currency, movements = dispute["currency"], [_mapping(one) for one in dispute.get("balance_transactions") or ()]
    due_by = _mapping(dispute.get("evidence_details")).get("due_by")
    return DisputeRecord(
        id=str(dispute["id"]),
        state=state,
        amount=money_of(dispute["amount"], currency),
        fee=money_of(sum(one.get("fee") or 0 for one in movements), currency),
        reason=str(dispute.get("reason") or "")[:80],
        opened_at=instant(dispute["created"]),
        at=instant(max([dispute["created"], *(one["created"] for one in movements)])),
        answer_by=None if due_by is None else instant(due_by),
    )


# Stripe's names for movements of the balance that do not belong to a payment; any other is OTHER.
_KINDS = {
    "payout": RowKind.PAYOUT,
    "payout_cancel": RowKind.RETURNED,
    "payout_failure": RowKind.RETURNED,
    "stripe_fee": RowKind.FEE,
    "stripe_fx_fee": RowKind.FEE,
    "tax_fee": RowKind.FEE,
    "network_cost": RowKind.FEE,
}


def clearing_line(row: Mapping[str, Any], payout: str = "") -> ClearingLine:
    """From a BalanceTransaction with its source expanded. payout: Stripe's id of the payout that contained it, if known."""
    source, currency = _mapping(row.get("source")), row["currency"]
    payment_id = payment_id_in(source) if PAYMENT_TAG in _mapping(source.get("metadata")) else None
    kind = RowKind.PAYMENT if payment_id else _KINDS.get(row["type"], RowKind.OTHER)
    text = "" if payment_id else f"{row['type']} {row.get('description') or ''}".strip()[:120]
    amounts = (money_of(row["amount"], currency), money_of(row["fee"], currency))
    line = ClearingLine(str(row["id"]), payment_id, *amounts, instant(row["created"]), kind, payout, text)
    if line.net != money_of(row["net"], currency):
        raise BadInput("clearing_row", f"Row {line.id} of the clearing does not add up.")
    return line


def payment_id_in(tagged: Mapping[str, Any]) -> PaymentId:
    """Our id in an object's metadata. Raises BadInput if it is missing or invalid."""
    text = str(_mapping(tagged.get("metadata")).get(PAYMENT_TAG, ""))
    try:
        return PaymentId(UUID(text))
    except ValueError as error:
        raise BadInput("stripe_metadata", f"{tagged.get('id')!r} does not name a payment of ours.") from error


def instant(seconds: object) -> datetime:
    """An instant from Unix seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 2**36:
        raise BadInput("stripe_time", f"{seconds!r} is not an instant in unix seconds.")
    return datetime.fromtimestamp(seconds, UTC)


def _status_and_time(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> tuple[str, object]:
    """The intent's state in our terms, and since when (Unix seconds)."""
    created = charge.get("created") or intent["created"]
    match intent["status"]:
        case "requires_capture":
            return "held", created
        case "succeeded":
            return "captured", _mapping(charge.get("balance_transaction")).get("created") or created
        case "canceled":
            given_back = intent.get("cancellation_reason") in (None, *_NO_LONGER_WANTED)
            return "released" if given_back else "expired", intent.get("canceled_at") or created
        case "requires_payment_method" if intent.get("last_payment_error"):
            return "declined", created
    return "requested", created


def _stored_card(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> GivenCard | None:
    """The card of a paid intent whose payer wanted it stored: it is then attached to the intent's customer."""
    customer, method = intent.get("customer"), intent.get("payment_method")
    if intent.get("setup_future_usage") != "off_session" or not customer or not isinstance(method, str) or not method:
        return None
    card = _mapping(_mapping(charge.get("payment_method_details")).get("card"))
    brand, last4 = (str(card.get(name) or "") for name in ("brand", "last4"))
    year, month = (int(card.get(name) or 0) for name in ("exp_year", "exp_month"))
    return GivenCard(f"{customer}/{method}", brand, last4, year, month)


def _expiry(charge: Mapping[str, Any]) -> datetime | None:
    details = _mapping(charge.get("payment_method_details"))
    until = _mapping(details.get("card") or details.get("card_present")).get("capture_before")
    return None if until is None else instant(until)


def _code(intent: Mapping[str, Any]) -> str:
    error = _mapping(intent.get("last_payment_error"))
    return decline_of(error.get("code"), error.get("decline_code"))


def decline_of(code: str | None, decline_code: str | None) -> str:
    """The more informative of Stripe's two reasons for a declined card."""
    return decline_code if decline_code and decline_code != "generic_decline" else code or "declined"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
