"""REST for a driver's own prepaid balance."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid5

from litestar import Router, get, post, put
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.drivers import PayBy
from forecourt.flows import paying
from forecourt.flows.paying import own_top_up, refund_prepaid_balance, top_up
from forecourt.flows.ports import PageRequest
from forecourt.kernel import BadInput, Money, PaymentId
from forecourt.payments import AutoTopUp, Declined, Payment, requested_amount
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.refusals import decline_text
from forecourt.web.queries.wallet import Movement, WalletView, movements_of, parse_balance_amount, wallet_of

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=64, description="Required: the same key again is the same top-up.")]
_ONE = PageRequest(limit=1)  # where the movements are not asked for
_Amount = Annotated[str, Meta(min_length=1, max_length=20)]


class AmountRequest(Struct, forbid_unknown_fields=True):
    """amount: in major units of the balance's currency, "25" or "12.50"."""

    amount: _Amount


class AutoTopUpRequest(Struct, forbid_unknown_fields=True):
    """When the balance falls below `threshold`, charge `amount` to the stored card; on = false stops it."""

    threshold: _Amount
    amount: _Amount
    on: bool = True


class PayByRequest(Struct, forbid_unknown_fields=True):
    """CARD or WALLET."""

    pay_by: Annotated[str, Meta(max_length=10)]


class AutoTopUpItem(Struct):
    """paused: why automatic top-ups have stopped: the processor's code for a refused card. Set it again to resume."""

    threshold: str
    amount: str
    on: bool
    paused: str


class WalletItem(Struct):
    """Amounts as decimal text. available: balance less held. coming: requested from the card, not received yet. owed: reversed by the bank
    after it was spent."""

    currency: str
    balance: str
    held: str
    available: str
    coming: str
    owed: str
    pay_by: str
    auto: AutoTopUpItem | None


class MovementItem(Struct):
    """position: in the operator's ledger, for `before`. amount: negative for outgoing money. balance: after it."""

    position: int
    at: datetime
    what: str
    amount: str
    balance: str


class TopUpItem(Struct):
    """state: Charging, Captured, Declined or Unknown. amount: 0.00 if nobody paid and it is no longer stored. refusal: why the card was
    declined."""

    id: str
    amount: str
    currency: str
    state: str
    refusal: str


@get("/", sync_to_thread=True, guards=[signed_in], summary="Your prepaid balance")
def get_wallet(request: WebRequest) -> WalletItem:
    with ports_of(request).transactions.begin() as store:
        return _item(wallet_of(store, visitor_of(request).require_driver(), _ONE))


@get("/movements", sync_to_thread=True, guards=[signed_in], **PAGINATED, summary="Movements of your balance, latest first")
def list_wallet_movements(
    request: WebRequest,
    part: PageQuery,
    before: Annotated[int | None, QueryParameter(ge=1, description="Only movements before this position.")] = None,
) -> Response[list[MovementItem]]:
    asked = part.newest(100)
    if before is not None and not asked.beside:
        asked = replace(asked, beside=str(before))
    with ports_of(request).transactions.begin() as store:
        return page_response(request, movements_of(store, visitor_of(request).require_driver(), asked), _movement)


@post("/top-ups", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Top up your balance from your card")
def create_top_up(request: WebRequest, data: JSONBody[AmountRequest], key: Key = "") -> TopUpItem:
    """It counts once the card processor has accepted it; check the balance."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    if not key:
        raise BadInput("idempotency_key", "A top-up requires an Idempotency-Key.", "Send up to 64 letters and digits of your own.")
    with ports.transactions.begin() as store:
        amount = parse_balance_amount(store, driver_id, data.amount, "top_up_amount")
        made = top_up(store, driver_id, amount, uuid5(driver_id, f"rest/{key}"), ports.clock.now(), ports.ids)
        return _top_up(made)


@get("/top-ups/{payment_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="Status of a top-up")
def get_top_up(request: WebRequest, payment_id: FromPath[UUID]) -> TopUpItem:
    with ports_of(request).transactions.begin() as store:
        return _top_up(own_top_up(store, visitor_of(request).require_driver(), PaymentId(payment_id)))


@post("/returns", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Refund some of your balance to your card")
def refund_wallet(request: WebRequest, data: JSONBody[AmountRequest], key: Key = "") -> WalletItem:
    """This turns automatic top-ups off. With an Idempotency-Key, a repeated request is refunded once."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        amount = parse_balance_amount(store, driver_id, data.amount, "return_above_balance")
        at = ports.clock.now()
        with idempotent(store, scoped_key(request, "wallet-return", key), at, request_digest(request, data)) as attempt:
            if attempt.fresh:
                refund_prepaid_balance(store, driver_id, amount, "asked by the driver", at, ports.ids)
        return _item(wallet_of(store, driver_id, _ONE))


@put("/auto", sync_to_thread=True, guards=[signed_in], summary="Set automatic top-ups")
def set_auto_top_up(request: WebRequest, data: JSONBody[AutoTopUpRequest]) -> WalletItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        threshold = parse_balance_amount(store, driver_id, data.threshold, "top_up_threshold")
        amount = parse_balance_amount(store, driver_id, data.amount, "top_up_amount")
        operator_id = store.drivers.driver(driver_id).operator_id
        paying.set_auto_top_up(store, AutoTopUp(operator_id, driver_id, threshold, amount, data.on), ports.clock.now(), ports.ids)
        return _item(wallet_of(store, driver_id, _ONE))


@put("/pay-by", sync_to_thread=True, guards=[signed_in], summary="How your charges are paid")
def set_pay_by(request: WebRequest, data: JSONBody[PayByRequest]) -> WalletItem:
    if data.pay_by not in (PayBy.CARD, PayBy.WALLET):
        raise BadInput("pay_by", f"{data.pay_by!r} is not a way to pay.", "Use CARD or WALLET.")
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        paying.set_pay_by(store, driver_id, PayBy(data.pay_by))
        return _item(wallet_of(store, driver_id, _ONE))


def _item(view: WalletView) -> WalletItem:
    kept = view.auto
    wish = AutoTopUpItem(_text(kept.threshold), _text(kept.amount), kept.on, kept.paused_why) if kept else None
    return WalletItem(
        currency=view.currency,
        balance=_text(view.prepaid.balance),
        held=_text(view.prepaid.held),
        available=_text(view.prepaid.available),
        coming=_text(view.pending),
        owed=_text(view.owed),
        pay_by=view.pay_by.value,
        auto=wish,
    )


def _top_up(one: Payment) -> TopUpItem:
    amount = requested_amount(one) or Money.zero(one.currency)
    refusal = decline_text(one.state.code) if isinstance(one.state, Declined) else ""
    return TopUpItem(str(one.id), _text(amount), amount.currency, one.state_name, refusal)


def _movement(one: Movement) -> MovementItem:
    return MovementItem(one.position, one.at, one.what, _text(one.amount), _text(one.balance))


def _text(amount: Money) -> str:
    return str(amount.amount)


routes = Router(
    "/api/v1/wallet",
    tags=["Wallet"],
    route_handlers=[get_wallet, list_wallet_movements, create_top_up, get_top_up, refund_wallet, set_auto_top_up, set_pay_by],
)
