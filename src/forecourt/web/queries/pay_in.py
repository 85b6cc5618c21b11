"""The page of a top-up that the driver pays on the processor's page."""

from dataclasses import dataclass

from forecourt.flows.paying import cards_of, own_top_up, prepaid, stored_card_id
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Money, NotFound, PaymentId, Text
from forecourt.payments import AtPayer, Charging, HoldAsked, Payment, Withdrawing, requested_amount
from forecourt.web.queries.refusals import refusal_text

_REASONS = {
    "abandoned": Text("You did not pay in time. You have not been charged."),
    "not wanted": Text("You cancelled. You have not been charged."),
    "another was asked for": Text("You started another top-up instead. You have not been charged for this one."),
}


@dataclass(frozen=True, slots=True)
class PayInView:
    """step: "opening", "pay", "done", "going" or "over". refusal: why the last card was refused. page: the processor's; empty if ours
    collects the card. stored_card: the card that was stored. why: it failed."""

    id: str
    step: str
    amount: Money | None
    balance: Money
    refusal: str = ""
    page: str = ""
    stored_card: str = ""
    why: str = ""

    @property
    def live(self) -> bool:
        """Whether it will still change without the driver doing anything."""
        return self.step in ("opening", "pay", "going")


def pay_in_view(store: Store, driver_id: DriverId, payment_id: PaymentId) -> PayInView:
    """The state of a top-up. Raises NotFound for somebody else's."""
    payment = own_top_up(store, driver_id, payment_id)
    at_payer = payment.state if isinstance(payment.state, AtPayer) else None
    refusal = refusal_text(at_payer.refusal) if at_payer else ""
    stored_card = [one.name for one in cards_of(store, driver_id) if one.id == stored_card_id(payment.id)] if payment.taken else []
    return PayInView(
        id=str(payment.id),
        step=_step(payment),
        amount=requested_amount(payment),
        balance=prepaid(store, payment.operator_id, driver_id, payment.currency).balance,
        refusal=refusal,
        page=at_payer.page if at_payer else "",
        stored_card="".join(stored_card),
        why=_REASONS.get(str(getattr(payment.state, "why", "")), Text("The payment expired or was declined. You have not been charged.")),
    )


def top_up_client_secret(store: Store, driver_id: DriverId, payment_id: PaymentId) -> tuple[str, Money]:
    """The secret with which our own page talks to the processor, and the amount. Raises NotFound if nothing waits for the driver."""
    state = own_top_up(store, driver_id, payment_id).state
    if not isinstance(state, AtPayer) or not state.secret:
        raise NotFound("payment", "There is nothing to pay.", "Go back to your prepaid balance.")
    return state.secret, state.amount


def _step(payment: Payment) -> str:
    if payment.taken:
        return "done"
    if isinstance(payment.state, AtPayer):
        return "pay"
    state = payment.stage
    if (payment.is_direct_top_up and payment.waits_for_payer) or isinstance(state, Charging):
        return "opening"
    return "going" if isinstance(state, Withdrawing | HoldAsked) else "over"
