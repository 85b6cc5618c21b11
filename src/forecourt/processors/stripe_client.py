"""Card payments by Stripe, behind the Processor port. It never guesses: an order without an answer is Unanswered.

A hold is a PaymentIntent with manual capture, confirmed off session on a stored method, or by the payer's own
browser (PaymentElement), which is given the intent's client secret. Our id of the payment is stored in the
metadata of every object made for it. A stored method is written "cus_…/pm_…", or "pm_…" if it belongs to no customer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from forecourt.kernel import BadInput, Forbidden, PaymentId
from forecourt.payments import (
    Accepted,
    Adopt,
    Answer,
    Capture,
    Charge,
    ClearingLine,
    OpenCharge,
    Opened,
    OpenHold,
    PaymentOrder,
    PlaceHold,
    ProcessorEvent,
    ProcessorRecord,
    QueryPayment,
    Refund,
    Rejected,
    Release,
    Unanswered,
)
from forecourt.processors.order_results import result_in_record, result_of_refusal
from forecourt.processors.stripe_objects import (
    PAYMENT_TAG,
    REFUND_BOUNCED,
    clearing_line,
    decline_of,
    dispute_of,
    instant,
    payment_id_in,
    record_of,
    stripe_amount,
)
from forecourt.processors.webhook_signatures import check_signature

if TYPE_CHECKING:
    from stripe import StripeError

Parsed = TypeVar("Parsed")
_EXPAND_BALANCE = "latest_charge.balance_transaction"
_EXPAND_RECORD = [_EXPAND_BALANCE, "latest_charge.refunds"]
# Stripe's event types, and our names for the objects they are about.
_EVENTS = {
    "payment_intent.amount_capturable_updated": "held",
    "payment_intent.succeeded": "captured",
    "payment_intent.canceled": "released",
    "payment_intent.payment_failed": "declined",
    "charge.refunded": "refunded",
}
# These refer to the payment by Stripe's own id only.
_OF_DISPUTES = "charge.dispute."
_OF_REFUNDS = ("refund.failed", "refund.updated", "charge.refund.updated")


@dataclass(frozen=True, slots=True)
class StripeOptions:
    """webhook_secrets: of the endpoint, newest first. tolerance_s: how old a webhook's signature may be, in seconds of the
    business clock. url: only for a server that stands in for Stripe."""

    webhook_secrets: tuple[str, ...]
    live: bool = False
    timeout_s: float = 10.0
    tolerance_s: float = 300.0
    url: str = ""


class StripeClient:
    """Implements the Processor port. Thread-safe; calls block up to the timeout. Close it at the end."""

    def __init__(self, key: str, options: StripeOptions) -> None:
        import stripe  # takes most of a second to load, so it is only imported where it is used

        self._options = options
        self._errors = stripe
        self._http = stripe.RequestsClient(timeout=options.timeout_s)
        where = {"api": options.url} if options.url else {}
        client = stripe.StripeClient(key, http_client=self._http, base_addresses=where, max_network_retries=0)  # type: ignore[arg-type]
        self._v1 = client.v1

    def __enter__(self) -> "StripeClient":
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()  # type: ignore[no-untyped-call]

    def carry_out(self, order: PaymentOrder, repeated: bool = False) -> Answer | ProcessorRecord:
        """Deliver an order under its idempotency key. A QueryPayment is answered with the record.

        repeated: it was sent before without an answer; the record is read first, because Stripe may have carried it out and
        forgotten the key since (it keeps keys for a day).
        """
        try:
            if isinstance(order, QueryPayment) or repeated:
                record = self._record(order)
                settled = record if isinstance(order, QueryPayment) or record is None else result_in_record(order, record)
                if settled is not None:
                    return settled
                if isinstance(order, QueryPayment):
                    return Unanswered("Stripe has no record of it")
            return self._deliver(order)
        except ConnectionError as error:
            return Unanswered(str(error))

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected | Unanswered:
        """Store our reference in a terminal's intent, and in its charge, which the clearing refers to."""
        tag: Any = {"metadata": {PAYMENT_TAG: str(wanted.payment_id)}}
        whole: Any = {**tag, "expand": [_EXPAND_BALANCE]}
        try:
            intent = self._v1.payment_intents.retrieve(wanted.reference, {"expand": [_EXPAND_BALANCE]}).to_dict()
            if (intent.get("metadata") or {}).get(PAYMENT_TAG, str(wanted.payment_id)) != str(wanted.payment_id):
                return Rejected("hold_taken")
            if intent["status"] != "requires_capture":
                return Rejected("not_held")
            updated = self._v1.payment_intents.update(wanted.reference, whole).to_dict()
            self._v1.charges.update(updated["latest_charge"]["id"], tag)
            return _read(record_of, updated)
        except self._errors.InvalidRequestError as error:
            return Rejected(error.code or "no_such_hold", error.user_message or "")
        except (self._errors.StripeError, ConnectionError) as error:
            return Unanswered(str(error) if isinstance(error, ConnectionError) else _error_text(error))

    def fetch_record(self, payment_id: PaymentId) -> ProcessorRecord | None:
        """Find a payment by our id. Stripe's search lags by up to a minute: None may mean "not yet"."""
        with self._reading():
            whole = [f"data.{one}" for one in _EXPAND_RECORD]
            found = self._v1.payment_intents.search({"query": f"metadata['{PAYMENT_TAG}']:'{payment_id}'", "expand": whole})
            return self._full_record(found.data[0].to_dict()) if found.data else None

    def clearing(self, since: datetime) -> Sequence[ClearingLine]:
        """What moved the balance, and what was paid out to the bank since then, including the rows of those payouts, however old they
        are."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        with self._reading():
            found = {line.id: line for line in self._lines(params) if line.at >= since}
            for payout in self._v1.payouts.list(params).auto_paging_iter():
                if payout.reconciliation_status == "completed":  # Stripe does not know the rows of a payout that somebody made by hand
                    found |= {line.id: line for line in self._lines({"payout": payout.id, "limit": 100}, payout.id)}
        return tuple(sorted(found.values(), key=lambda line: line.at))

    def _lines(self, params: Any, payout: str = "") -> Iterator[ClearingLine]:
        whole: Any = {**params, "expand": ["data.source"]}
        for row in self._v1.balance_transactions.list(whole).auto_paging_iter():
            yield _read(partial(clearing_line, payout=payout), self._with_payment_id(row.to_dict()))

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> ProcessorEvent | None:
        check_signature(body, signature, self._options.webhook_secrets, at, self._options.tolerance_s)
        try:
            event = msgspec.json.decode(body, type=_Event)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadInput("webhook_body", "The webhook's body is not a Stripe event.") from error
        if event.livemode != self._options.live:
            raise Forbidden("webhook_account", "The event belongs to another mode.")
        missed = event.type in _OF_REFUNDS and event.data.object.get("status") in REFUND_BOUNCED
        if missed or event.type.startswith(_OF_DISPUTES):
            payment_id = self._payment_id_of_intent(event.data.object.get("payment_intent"))
            name = "refund_failed" if missed else "disputed"
            return ProcessorEvent(event.id, name, payment_id, instant(event.created)) if payment_id else None
        if event.type not in _EVENTS or PAYMENT_TAG not in (event.data.object.get("metadata") or {}):
            return None
        return ProcessorEvent(event.id, _EVENTS[event.type], payment_id_in(event.data.object), instant(event.created))

    def _record(self, order: PaymentOrder) -> ProcessorRecord | None:
        """By Stripe's own id if the order has it: such a lookup never lags."""
        if not isinstance(order, Capture | Release | Refund | QueryPayment) or not order.reference:
            return self.fetch_record(order.payment_id)
        with self._reading():
            return self._full_record(self._v1.payment_intents.retrieve(order.reference, {"expand": _EXPAND_RECORD}).to_dict())

    def _full_record(self, intent: dict[str, Any]) -> ProcessorRecord:
        """The record of an intent, with all its refunds, of which Stripe returns only ten at once, and its disputes."""
        charge = intent.get("latest_charge")
        if isinstance(charge, dict) and (charge.get("refunds") or {}).get("has_more"):
            refunds = self._v1.refunds.list({"payment_intent": str(intent["id"]), "limit": 100})
            charge["refunds"] = {"data": [one.to_dict() for one in refunds.auto_paging_iter()]}
        record = _read(record_of, intent)
        if not isinstance(charge, dict) or not charge.get("disputed"):
            return record
        listed = self._v1.disputes.list({"payment_intent": record.reference, "limit": 10})
        found = (_read(dispute_of, one.to_dict()) for one in listed.data)
        return replace(record, disputes=tuple(one for one in found if one is not None))

    def _payment_id_of_intent(self, intent_id: object) -> PaymentId | None:
        """Our id of Stripe's payment; None if it is not one of ours. Raises ConnectionError."""
        if not isinstance(intent_id, str) or not intent_id:
            return None
        with self._reading():
            intent = self._v1.payment_intents.retrieve(intent_id, {}).to_dict()
        return _read(payment_id_in, intent) if PAYMENT_TAG in (intent.get("metadata") or {}) else None

    def _with_payment_id(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of the balance; a dispute's row refers to its payment by Stripe's id only, so ours is looked up."""
        source = row.get("source")
        if not isinstance(source, dict) or source.get("object") != "dispute":
            return row
        payment_id = self._payment_id_of_intent(source.get("payment_intent"))
        return row if payment_id is None else {**row, "source": {**source, "metadata": {PAYMENT_TAG: str(payment_id)}}}

    def _deliver(self, order: PaymentOrder) -> Answer | ProcessorRecord:
        stripe = self._errors
        try:
            posted = self._execute(order)
            record = _read(record_of, posted)
        except BadInput as error:
            return Rejected(error.code, error.text)
        except stripe.CardError as error:
            return Rejected(decline_of(error.code, error.error.decline_code if error.error else None), error.user_message or "")
        except stripe.InvalidRequestError as error:
            return self._refused(order, error)
        except stripe.StripeError as error:
            return Unanswered(_error_text(error))
        if isinstance(order, OpenHold | OpenCharge):
            return Opened(record.reference, record.at, secret=str(posted.get("client_secret") or ""))
        return Accepted(record.reference, record.at, record.expires_at)

    def _execute(self, order: PaymentOrder) -> dict[str, Any]:
        options: Any = {"idempotency_key": order.key}
        params: Any = {"expand": [_EXPAND_BALANCE]}
        match order:
            case PlaceHold() | Charge():
                params |= _intent(order)
                return self._v1.payment_intents.create(params, options).to_dict()
            case OpenHold() | OpenCharge():
                params |= {"amount": stripe_amount(order.amount), "currency": order.amount.currency.lower(), "metadata": _tag(order)}
                params |= self._payment_method_params(order)
                return self._v1.payment_intents.create(params, options).to_dict()
            case Capture():
                params |= {"amount_to_capture": stripe_amount(order.amount)}
                return self._v1.payment_intents.capture(order.reference, params, options).to_dict()
            case Release():
                return self._v1.payment_intents.cancel(order.reference, params, options).to_dict()
            case Refund():
                refund_params: Any = {"payment_intent": order.reference, "amount": stripe_amount(order.amount), "metadata": _tag(order)}
                self._v1.refunds.create(refund_params, options)
                return self._v1.payment_intents.retrieve(order.reference, params).to_dict()
            case QueryPayment():
                raise TypeError("a QueryPayment is read, not sent")

    def _payment_method_params(self, order: OpenHold | OpenCharge) -> dict[str, Any]:
        """Holds accept any method that supports them; immediate payments accept cards and device wallets only. A card that is to be
        stored needs a customer to belong to."""
        if isinstance(order, OpenHold):
            return {"capture_method": "manual", "automatic_payment_methods": {"enabled": True}}
        if not order.keep_card:
            return {"payment_method_types": ["card"]}
        key: Any = {"idempotency_key": f"{order.key}/customer"}
        customer = self._v1.customers.create({"metadata": _tag(order)}, key)
        return {"payment_method_types": ["card"], "customer": customer.id, "setup_future_usage": "off_session"}

    def _refused(self, order: PaymentOrder, error: "StripeError") -> Answer | ProcessorRecord:
        """An order that does not fit Stripe's state: the record shows whether it was done, or never can be."""
        if isinstance(order, PlaceHold | Charge) and error.code == "resource_missing":
            return Rejected("method_invalid", error.user_message or "")
        record = self._record(order) if isinstance(order, Capture | Release | Refund) else None
        rejection = Rejected(error.code or "refused", error.user_message or "")
        return result_of_refusal(order, record, rejection) or Unanswered(_error_text(error))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Anything that prevents a read becomes a ConnectionError."""
        try:
            yield
        except self._errors.StripeError as error:
            raise ConnectionError(_error_text(error)) from error


class _Held(msgspec.Struct):
    object: dict[str, Any]


class _Event(msgspec.Struct):
    id: str
    type: str
    created: int
    livemode: bool
    data: _Held


def _read(reads: Callable[[dict[str, Any]], Parsed], answer: dict[str, Any]) -> Parsed:
    try:
        return reads(answer)
    except (BadInput, KeyError) as error:
        raise ConnectionError(f"Stripe's answer cannot be read: {error}") from error


def _intent(order: PlaceHold | Charge) -> dict[str, Any]:
    customer, _, method = order.method.rpartition("/")
    return {
        "amount": stripe_amount(order.amount),
        "currency": order.amount.currency.lower(),
        "payment_method": method,
        "capture_method": "manual" if isinstance(order, PlaceHold) else "automatic",
        "confirm": True,
        "off_session": True,
        "metadata": _tag(order),
        **({"customer": customer} if customer else {}),
    }


def _tag(order: PlaceHold | OpenHold | OpenCharge | Charge | Refund) -> dict[str, str]:
    return {PAYMENT_TAG: str(order.payment_id)}


def _error_text(error: "StripeError") -> str:
    return f"{error.http_status or ''} {error.code or type(error).__name__}".strip()
