"""A client of the payment provider's HTTP API. It never guesses: an order without an answer is Unanswered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from urllib.parse import quote

import httpx
import msgspec

from forecourt.kernel import BadInput, Forbidden, PaymentId, instant_text, parse_instant
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
from forecourt.processors.provider_json import ErrorDetail, ErrorJson, EventJson, PaymentJson, clearing_of, record_of
from forecourt.processors.tls import ssl_context
from forecourt.processors.webhook_signatures import check_signature

_MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """tolerance_s: how old a webhook's signature may be, in seconds of the business clock (raise it where that clock runs fast).

    older_secrets: still accepted from webhooks while the secret is being changed.
    """

    account: str = "acct_forecourt"
    live: bool = False
    timeout_s: float = 10.0
    tolerance_s: float = 300.0
    older_secrets: tuple[str, ...] = ()


class ProviderClient:
    """Implements the Processor port. Thread-safe; calls block up to the timeout. Close it at the end."""

    def __init__(self, url: str, secret: str, options: ProviderOptions | None = None) -> None:
        self._options = options or ProviderOptions()
        self._secrets = (secret, *self._options.older_secrets)
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=self._options.timeout_s, trust_env=False, verify=ssl_context())

    def __enter__(self) -> "ProviderClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def carry_out(self, order: PaymentOrder, repeated: bool = False) -> Answer | ProcessorRecord:
        """Deliver an order under its idempotency key. A QueryPayment is answered with the record.

        repeated: it was sent before without an answer; the record is read first, because the provider may have carried it out
        and forgotten the key since.
        """
        try:
            if isinstance(order, QueryPayment) or repeated:
                record = self.fetch_record(order.payment_id)
                if record is not None:
                    settled = record if isinstance(order, QueryPayment) else result_in_record(order, record)
                    if settled is not None:
                        return settled
                elif isinstance(order, QueryPayment):
                    return Unanswered("the provider has no record of it")
            return self._deliver(order)
        except ConnectionError as error:
            return Unanswered(str(error))

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected | Unanswered:
        path, key = f"/v1/payments/{quote(wanted.reference, safe='')}/adopt", f"{wanted.payment_id}/adopt"
        body = msgspec.json.encode({"reference": str(wanted.payment_id)})
        try:
            response = self._call("POST", path, content=body, headers={"Idempotency-Key": key})
            if response.is_success:
                # The answer stored under the key may be out of date: the record is current.
                return self.fetch_record(wanted.payment_id) or Unanswered("the provider has no record of it")
        except ConnectionError as error:
            return Unanswered(str(error))
        error_detail = _error(response).error
        final = response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT)
        return (
            Rejected(error_detail.code or "no_such_hold", error_detail.text)
            if final
            else Unanswered(f"{response.status_code} {error_detail.code}".strip())
        )

    def fetch_record(self, payment_id: PaymentId) -> ProcessorRecord | None:
        response = self._call("GET", f"/v1/payments/{payment_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if not response.is_success:
            raise ConnectionError(f"the provider answered {response.status_code}")
        return self._record(response)

    def clearing(self, since: datetime) -> Sequence[ClearingLine]:
        response = self._call("GET", "/v1/clearing.csv", params={"since": instant_text(since)})
        try:
            if not response.is_success:
                raise ConnectionError(f"the provider answered {response.status_code}")
            return clearing_of(response.text)
        except (ValueError, KeyError, BadInput) as error:
            raise ConnectionError(f"the clearing file cannot be read: {error}") from error

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> ProcessorEvent | None:
        """A hold placed by a terminal has no reference of ours until it is adopted: its events are ignored until then."""
        check_signature(body, signature, self._secrets, at, self._options.tolerance_s)
        try:
            event = msgspec.json.decode(body, type=EventJson)
            payment_id = record_of(event.payment).payment_id if event.payment.reference else None
            happened_at = parse_instant(event.at)
        except (msgspec.MsgspecError, ValueError, UnicodeDecodeError) as error:
            raise BadInput("webhook_body", "The webhook's body is not an event of a payment.") from error
        if event.account != self._options.account or event.live != self._options.live:
            raise Forbidden("webhook_account", "The event belongs to another account or mode.")
        return ProcessorEvent(event.id, event.name, payment_id, happened_at) if payment_id else None

    def _deliver(self, order: PaymentOrder) -> Answer | ProcessorRecord:
        path, body = _request(order)
        response = self._call("POST", path, content=msgspec.json.encode(body), headers={"Idempotency-Key": order.key})
        if response.is_success:
            record = self._record(response)
            if isinstance(order, OpenHold | OpenCharge):
                return Opened(record.reference, record.at, page=msgspec.json.decode(response.content, type=PaymentJson).page)
            return Accepted(record.reference, record.at, record.expires_at)
        error = _error(response)
        if response.status_code == httpx.codes.PAYMENT_REQUIRED:
            return Rejected(error.error.code or "declined", error.error.text)
        is_duplicate = response.status_code == httpx.codes.CONFLICT and error.error.code == "reference_taken"
        # The payer was faster than our cancellation, or somebody refunded at the provider: the record shows the outcome.
        if is_duplicate or (isinstance(order, Release | Refund) and response.status_code == httpx.codes.BAD_REQUEST):
            settled = result_of_refusal(
                order, self.fetch_record(order.payment_id), Rejected(error.error.code or "refused", error.error.text)
            )
            if settled is not None:
                return settled
        return Unanswered(f"{response.status_code} {error.error.code}".strip())

    def _record(self, response: httpx.Response) -> ProcessorRecord:
        try:
            return record_of(msgspec.json.decode(response.content, type=PaymentJson))
        except (msgspec.MsgspecError, ValueError, BadInput) as error:
            raise ConnectionError(f"the provider's answer cannot be read: {error}") from error

    def _call(self, method: str, path: str, **parts: object) -> httpx.Response:
        """The whole answer. Raises ConnectionError: refused, timed out, cut off."""
        try:
            response = self._http.request(method, path, **parts)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        if len(response.content) > _MAX_BYTES:
            raise ConnectionError("the provider's answer is too long")
        return response


def _request(order: PaymentOrder) -> tuple[str, dict[str, object]]:
    match order:
        case PlaceHold() | Charge():
            body: dict[str, object] = {
                "reference": str(order.payment_id),
                "currency": order.amount.currency,
                "amount": order.amount.minor,
                "method": order.method,
                "capture": "later" if isinstance(order, PlaceHold) else "now",
            }
            return "/v1/payments", body
        case OpenHold() | OpenCharge():
            fields = {"reference": str(order.payment_id), "currency": order.amount.currency, "amount": order.amount.minor, "present": True}
            how = {"capture": "later"} if isinstance(order, OpenHold) else {"capture": "now", "keep_card": order.keep_card}
            return "/v1/payments", {**fields, **how}
        case Capture():
            return f"/v1/payments/{order.reference}/capture", {"amount": order.amount.minor}
        case Release():
            return f"/v1/payments/{order.reference}/release", {}
        case Refund():
            return f"/v1/payments/{order.reference}/refund", {"amount": order.amount.minor}
        case QueryPayment():
            raise TypeError("a QueryPayment is read, not sent")


def _error(response: httpx.Response) -> ErrorJson:
    try:
        return msgspec.json.decode(response.content, type=ErrorJson)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ErrorJson(ErrorDetail())
