"""Adding drivers' cards at Stripe: a Checkout page in setup mode, which creates a SetupIntent and a customer.

Facts: https://docs.stripe.com/payments/save-and-reuse, https://docs.stripe.com/api/checkout/sessions.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from forecourt.payments import CardSetup, SetupPage, SetupRecord
from forecourt.processors.stripe_client import StripeOptions

SETUP_TAG = "forecourt_setup"


class StripeCards:
    """Implements the CardSetupService port. Thread-safe; calls block up to the timeout. Close it at the end."""

    def __init__(self, key: str, options: StripeOptions) -> None:
        import stripe  # takes most of a second to load, so it is only imported where it is used

        self._errors = stripe
        self._http = stripe.RequestsClient(timeout=options.timeout_s)
        where = {"api": options.url} if options.url else {}
        client = stripe.StripeClient(key, http_client=self._http, base_addresses=where, max_network_retries=0)  # type: ignore[arg-type]
        self._sessions = client.v1.checkout.sessions

    def close(self) -> None:
        self._http.close()  # type: ignore[no-untyped-call]

    def begin(self, setup_id: UUID, currency: str, back: str) -> SetupPage:
        """Stripe keeps an idempotency key for a day, as long as a page."""
        tag = {SETUP_TAG: str(setup_id)}
        params: Any = {
            "mode": "setup",
            "currency": currency.lower(),
            "customer_creation": "always",
            "client_reference_id": str(setup_id),
            "metadata": tag,
            "setup_intent_data": {"metadata": tag},
            "success_url": back,
            "cancel_url": back,
        }
        options: Any = {"idempotency_key": f"setup/{setup_id}"}
        try:
            session = self._sessions.create(params, options).to_dict()
        except self._errors.StripeError as error:
            raise ConnectionError(f"Stripe: {error.code or type(error).__name__}") from error
        if not session.get("url"):
            raise ConnectionError("Stripe gave no page")
        return SetupPage(str(session["id"]), str(session["url"]))

    def fetch_record(self, setup: CardSetup) -> SetupRecord:
        try:
            found = self._sessions.retrieve(setup.reference, {"expand": ["setup_intent.payment_method"]}).to_dict()
        except self._errors.StripeError as error:
            raise ConnectionError(f"Stripe: {error.code or type(error).__name__}") from error
        if found.get("client_reference_id") != str(setup.id):
            raise ConnectionError("Stripe tells of another setup")
        return setup_record(setup.id, found)


def setup_record(setup_id: UUID, session: Mapping[str, Any]) -> SetupRecord:
    """From a Checkout Session with `setup_intent.payment_method` expanded. After a refusal, a card may be tried again on the same page."""
    intent = session.get("setup_intent") or {}
    method = intent.get("payment_method") or {}
    if intent.get("status") == "succeeded" and isinstance(method, Mapping) and method.get("id"):
        card, customer = method.get("card") or {}, session.get("customer") or method.get("customer") or ""
        reference = f"{customer}/{method['id']}" if customer else str(method["id"])
        brand, last4 = (str(card.get(name) or "") for name in ("brand", "last4"))
        year, month = (int(card.get(name) or 0) for name in ("exp_year", "exp_month"))
        return SetupRecord(setup_id, "stored", reference, brand, last4, year, month)
    if session.get("status") == "expired":
        return SetupRecord(setup_id, "failed", refusal="expired")
    return SetupRecord(setup_id, "open")
