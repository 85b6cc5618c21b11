"""A start from the app, from its hold to the charge, or to the reason there is none."""

from datetime import datetime

from forecourt.flows.charging import pending_start
from forecourt.flows.paying import RELEASE_UNUSED_AFTER
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Money, NotFound
from forecourt.payments import WALLET, AtPayer, Declined, Held, Payment
from forecourt.web.queries.refusals import refusal_text, release_text
from forecourt.web.views.start_progress import StartView


def start_view(store: Store, driver_id: DriverId, now: datetime) -> StartView | None:
    payment = pending_start(store, driver_id, now)
    if payment is None or payment.evse_id is None:
        return None
    evse, state = store.stations.evse(payment.evse_id), payment.state
    site, step = store.stations.site(evse.site_id), _step(payment)
    at_payer = state if isinstance(state, AtPayer) else None
    return StartView(
        step=step,
        bay=evse.label,
        evse_id=str(evse.id),
        site_name=site.name,
        site_slug=site.slug,
        help_phone=site.facts.help_phone,
        zone=site.zone,
        amount=getattr(state, "amount", None) or Money.zero(payment.currency),
        until=state.held_at + RELEASE_UNUSED_AFTER if isinstance(state, Held) else None,
        why=_why(payment, step),
        page=at_payer.page if at_payer else "",
        balance=payment.method == WALLET,
    )


def start_client_secret(store: Store, driver_id: DriverId, now: datetime) -> tuple[str, Money]:
    """The secret with which our own page talks to the processor, and the amount. Raises NotFound if nothing waits for the payer."""
    payment = pending_start(store, driver_id, now)
    if payment is None or not isinstance(payment.state, AtPayer) or not payment.state.secret:
        raise NotFound("payment", "There is nothing to hold.", "Start the charge again.")
    return payment.state.secret, payment.state.amount


def _step(payment: Payment) -> str:
    if isinstance(payment.state, AtPayer):
        return "pay"
    if isinstance(payment.state, Held):
        return "starting"
    if isinstance(payment.state, Declined):
        return "refused"
    return "asked" if payment.waits_for_payer else "over"


def _why(payment: Payment, step: str) -> str:
    if isinstance(payment.state, AtPayer | Declined):
        return refusal_text(payment.state.refusal if isinstance(payment.state, AtPayer) else payment.state.code)
    return release_text(payment) if step == "over" else ""
