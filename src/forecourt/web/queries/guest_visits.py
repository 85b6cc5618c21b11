"""A guest's visit, from payment to the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from forecourt.billing import Invoice
from forecourt.drivers import GuestBooking, GuestVisit
from forecourt.flows.billing import latest_bill
from forecourt.flows.guests import visit_of
from forecourt.flows.paying import ends_soon, is_stop_ordered, outstanding, payments_of, raised_by, session_of
from forecourt.flows.ports import Store
from forecourt.kernel import Money, NotFound, SessionId
from forecourt.payments import AtPayer, Held, Payment
from forecourt.web.queries.bill_check import BillCheckView, bill_check
from forecourt.web.queries.charges import charge
from forecourt.web.queries.guest_stays import GuestStay, guest_stay
from forecourt.web.queries.refusals import refusal_text, release_text
from forecourt.web.views.charges import ChargeView


@dataclass(frozen=True, slots=True)
class VisitView:
    """step: "opening", "pay", "starting", "charging", "ended" or "over". held: what is held on cards, or was held for the charge.

    refusal: why the last card was refused. more: another hold waits for the payer. opened: there is a page to pay it at. owed: of the bill.
    taken, returned: at the end. credits: the numbers of the bill's credit notes. raised_by: the additional amount that can be held during
    the charge. ends_soon: it stops within minutes, because the hold is nearly used up. stopping: its charger was asked to end it. mailed:
    the receipt is sent to an email address. booked: the charge of a booking, which has a page of its own; stay: while it charges.
    help_phone: of the help desk; empty = none stated.
    """

    key: str
    step: str
    bay: str
    site_name: str
    zone: str
    code: str
    requested: Money
    held: Money
    refusal: str = ""
    why: str = ""
    page: str = ""
    charge: ChargeView | None = None
    more: bool = False
    receipt: str = ""
    taken: Money | None = None
    returned: Money | None = None
    credits: tuple[str, ...] = ()
    owed: Money | None = None
    mailed: bool = False
    booked: bool = False
    stay: GuestStay | None = None
    opened: bool = False
    raised_by: Money | None = None
    ends_soon: bool = False
    stopping: bool = False
    help_phone: str = ""

    @property
    def live(self) -> bool:
        """Whether it will still change without the guest doing anything."""
        return self.step not in ("over",)

    def pays_at(self, return_url: str) -> str:
        """The processor's page, which returns to that address; or ours with its card field."""
        return f"{self.page}&back={quote(return_url, safe='')}" if self.page else f"/c/{self.key}/pay"


def visit_view(store: Store, key: str, digest: bytes, now: datetime) -> VisitView:
    """The state of a visit, by the secret of its link: from its payments, then from their charge."""
    visit = visit_of(store, digest)
    payments, session_id = payments_of(store, visit), session_of(store, visit)
    evse, code, newest = store.stations.evse(visit.evse_id), store.guests.code_of(visit.evse_id), payments[-1]
    site = store.stations.site(visit.site_id)
    held = sum((one.state.amount for one in payments if isinstance(one.state, Held)), Money.zero(newest.currency))
    at_payer = next((one.state for one in payments if isinstance(one.state, AtPayer)), None)
    view = VisitView(
        key=key,
        step=_step_before_charge(payments[0]),
        bay=evse.label,
        site_name=site.name,
        zone=site.zone,
        code=code.code if code else "",
        requested=newest.state.amount if isinstance(newest.state, AtPayer) else held,
        held=held,
        refusal=refusal_text(at_payer.refusal) if at_payer else "",
        why=release_text(newest),
        page=at_payer.page if at_payer else "",
        taken=sum((one.taken for one in payments), Money.zero(newest.currency)),
        returned=sum((one.returned for one in payments), Money.zero(newest.currency)),
        mailed=bool(store.drivers.driver(visit.driver_id).email),
        booked=store.guests.booking_by_digest(digest) is not None,
        opened=at_payer is not None,
        help_phone=site.facts.help_phone,
    )
    return _with_charge(store, view, visit, session_id, payments, now) if session_id else view


def _step_before_charge(payment: Payment) -> str:
    if isinstance(payment.state, AtPayer):
        return "pay"
    if isinstance(payment.state, Held):
        return "starting"
    return "opening" if payment.waits_for_payer else "over"


def _with_charge(
    store: Store, view: VisitView, visit: GuestVisit, session_id: SessionId, payments: Sequence[Payment], now: datetime
) -> VisitView:
    shown, running = charge(store, session_id, visit.driver_id, now), store.sessions.session(session_id)
    invoice = latest_bill(store, store.documents.of_session(session_id))
    notes = store.documents.credit_notes_of(invoice.id) if invoice else ()
    amount_due = outstanding(store, invoice) if invoice and not notes else Money.zero(view.held.currency)
    is_settled = invoice is not None and amount_due.minor <= 0 and not any(one.open for one in payments)
    return replace(
        view,
        step="charging" if not shown.ended_at else "over" if is_settled else "ended",
        charge=shown,
        more=any(one.waits_for_payer for one in payments),
        receipt=invoice.number if invoice else "",
        credits=tuple(one.number for one in notes),
        owed=amount_due if amount_due.minor > 0 else None,
        stay=guest_stay(store, visit) if not shown.ended_at else None,
        raised_by=raised_by(store, visit, now) if running else None,
        stopping=running is not None and is_stop_ordered(store, running, now),
        ends_soon=running is not None and running.tariff_version_id is not None and ends_soon(store, running, now),
    )


def guest_client_secret(store: Store, guest: GuestVisit | GuestBooking) -> tuple[str, Money]:
    """The secret with which our own page talks to the processor, and the amount. Raises NotFound if nothing waits for the payer."""
    for payment in payments_of(store, guest):
        if isinstance(payment.state, AtPayer) and payment.state.secret:
            return payment.state.secret, payment.state.amount
    raise NotFound("payment", "There is nothing to pay.", "Open the link we gave you.")


def guest_document(store: Store, guest: GuestVisit | GuestBooking, number: str) -> Invoice:
    """A bill of this charge or booking; another's does not exist."""
    invoice = store.documents.by_number(guest.operator_id, number)
    if invoice is None or invoice.driver_id != guest.driver_id:
        raise NotFound("receipt", "There is no such receipt.", "Open the link we gave you.")
    return invoice


def guest_bill_check(store: Store, guest: GuestVisit | GuestBooking, number: str) -> BillCheckView:
    """A bill of this charge or booking, recalculated. Raises NotFound for another's."""
    return bill_check(store, guest_document(store, guest, number))
