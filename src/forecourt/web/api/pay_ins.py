"""REST for paying into the prepaid balance with the driver present: any card or a device's wallet, without a stored one."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID, uuid5

from litestar import Router, delete, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta, Struct

from forecourt.flows.paying import TopUpRequest, cancel_top_up, open_top_up, own_top_up, payer_returned
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, DriverId, PaymentId
from forecourt.payments import AtPayer
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, service_url, signed_in, visitor_of
from forecourt.web.queries.pay_in import pay_in_view
from forecourt.web.queries.wallet import parse_balance_amount

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=64, description="Required: the same key again is the same pay-in.")]
_STEPS = {"opening": "OPENING", "pay": "WAITING", "done": "PAID", "going": "GOING_BACK", "over": "FAILED"}


class PayInRequest(Struct, forbid_unknown_fields=True):
    """amount: in major units of the balance's currency, "25" or "12.50". keep_card: store the card that pays."""

    amount: Annotated[str, Meta(min_length=1, max_length=20)]
    keep_card: bool = False


class PayInItem(Struct):
    """state: OPENING: the processor is being asked, check again. WAITING: the driver has to enter a card, or to answer the bank (3-D
    Secure): at `page`, or in a program's own form, with `client_secret` and `publishable_key` if those are given. PAID: it is on the
    balance. GOING_BACK: it is being refunded. FAILED: nothing was paid.

    Amounts as decimal text. amount: None if it is over and nothing was paid. balance: at present. refusal: why the last card was refused;
    another may be tried. why: of FAILED.
    """

    id: str
    state: str
    amount: str | None
    currency: str
    balance: str
    page: str = ""
    client_secret: str = ""
    publishable_key: str = ""
    refusal: str = ""
    why: str = ""


@post("/", sync_to_thread=True, status_code=202, summary="Pay in with a card")
def create_pay_in(request: WebRequest, data: JSONBody[PayInRequest], key: Key = "") -> PayInItem:
    """The same key again returns the same pay-in in its current state. A page left open under another key is cancelled."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    if not key:
        raise BadInput("idempotency_key", "A pay-in requires an Idempotency-Key.", "Send up to 64 letters and digits of your own.")
    if ports.payment_events is None:
        raise Conflict("no_processor", "Card payments are not available here.", "Ask the operator.")
    with ports.transactions.begin() as store:
        amount = parse_balance_amount(store, driver_id, data.amount, "top_up_amount")
        wanted = TopUpRequest(amount, uuid5(driver_id, f"rest-pay-in/{key}"), data.keep_card)
        made = open_top_up(store, driver_id, wanted, ports.clock.now(), ports.ids)
        return _item(request, store, driver_id, made.id)


@get("/{payment_id:uuid}", sync_to_thread=True, summary="Status of a pay-in")
def get_pay_in(request: WebRequest, payment_id: FromPath[UUID]) -> PayInItem:
    with ports_of(request).transactions.begin() as store:
        return _item(request, store, visitor_of(request).require_driver(), PaymentId(payment_id))


@post("/{payment_id:uuid}/look-ups", sync_to_thread=True, status_code=202, summary="Read the processor's record when the driver returns")
def refresh_pay_in(request: WebRequest, payment_id: FromPath[UUID]) -> PayInItem:
    """In case the processor's own notification is late or lost. Then check the status again."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        payer_returned(store, own_top_up(store, driver_id, PaymentId(payment_id)), ports.clock.now(), ports.ids)
        return _item(request, store, driver_id, PaymentId(payment_id))


@delete("/{payment_id:uuid}", sync_to_thread=True, status_code=200, summary="Cancel a pay-in")
def cancel_pay_in(request: WebRequest, payment_id: FromPath[UUID]) -> PayInItem:
    """Anything paid in the meantime is still added to the balance."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        cancel_top_up(store, own_top_up(store, driver_id, PaymentId(payment_id)), ports.clock.now(), ports.ids)
        return _item(request, store, driver_id, PaymentId(payment_id))


def _item(request: WebRequest, store: Store, driver_id: DriverId, payment_id: PaymentId) -> PayInItem:
    payment, view = own_top_up(store, driver_id, payment_id), pay_in_view(store, driver_id, payment_id)
    secret = payment.state.secret if isinstance(payment.state, AtPayer) else ""
    ours = f"{service_url(request)}/wallet/pay-ins/{payment_id}"
    page = f"{view.page}&back={quote(f'{ours}?back=1', safe='')}" if view.page else f"{ours}/card"
    return PayInItem(
        id=view.id,
        state=_STEPS[view.step],
        amount=str(view.amount.amount) if view.amount is not None else None,
        currency=payment.currency,
        balance=str(view.balance.amount),
        page=page if view.step == "pay" else "",
        client_secret=secret,
        publishable_key=ports_of(request).card_key if secret else "",
        refusal=view.refusal,
        why=view.why if view.step == "over" else "",
    )


routes = Router(
    "/api/v1/wallet/pay-ins", tags=["Wallet"], guards=[signed_in], route_handlers=[create_pay_in, get_pay_in, refresh_pay_in, cancel_pay_in]
)
