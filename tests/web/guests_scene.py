"""Two guests: one who has charged and paid, and one whom the processor is about to ask."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from forecourt.billing import Invoice
from forecourt.drivers import GuestBooking, guest_token, link_secret
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import Recipient, correct_own_buyer, invoice_no_show, rate_and_invoice
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.guests import GuestBookingRequest, book_guest, open_visit, price_for_guest, visit_of
from forecourt.flows.paying import apply_dispute, collect_payment, payments_of, session_of
from forecourt.flows.ports import document_files
from forecourt.kernel import Money, SessionId, Span
from forecourt.payments import Accepted, DisputeRecord, Opened, OpenHold
from forecourt.reservations import Missed
from forecourt.web.frame.sealing import digest

from .conftest import KEY, KIND, Scene

PAID, ASKED, CHARGES = "a guest who has paid" * 2, "a guest who is asked" * 2, "a guest who charges" * 2
COMPANY = "a guest of a company" * 2


def guests(scene: Scene, bay: int = 22) -> SimpleNamespace:
    """code: of the second guest's bay; bill: the number of the first guest's invoice."""
    now = scene.clock.at
    with scene.transactions.begin() as store:
        give_codes(store, Staff(scene.operator_id, "ops", now, scene.ids), scene.site_id)
        code, other = (store.guests.code_of(scene.evse(number)).code for number in (bay, bay + 1))
    invoice = paid_guest(scene, code, PAID, bay)
    _begins(scene, other, ASKED)
    _answered(scene, opened=True)
    return SimpleNamespace(code=other, bill=invoice.number)


def paid_guest(scene: Scene, code: str, key: str, bay: int) -> Invoice:
    """The bill of a guest who has charged at that bay and paid."""
    now = scene.clock.at
    _begins(scene, code, key)
    _answered(scene, opened=False)
    with scene.transactions.begin() as store:
        (payment,) = payments_of(store, visit_of(store, digest(key)))
    scene.charge(bay, guest_token(payment.id), now - timedelta(minutes=80), 60, 7_200, end=True)
    with scene.transactions.begin() as store:
        invoice = rate_and_invoice(store, session_of(store, visit_of(store, digest(key))), now, scene.ids)
        collect_payment(store, invoice.id, now, scene.ids)
        store.documents.put_files(invoice.id, document_files(b"%PDF-1.7 test", b"<a/>"))
    _answered(scene, opened=False)
    return invoice


def company_guest(scene: Scene, bay: int) -> SimpleNamespace:
    """A guest whose bill was made out anew to a company. first, bill: the numbers of both; session: the charge's."""
    with scene.transactions.begin() as store:
        code = store.guests.code_of(scene.evse(bay)).code
    first = paid_guest(scene, code, COMPANY, bay)
    with scene.transactions.begin() as store:
        new = correct_own_buyer(store, first, Recipient("Firma GmbH", "Weg 1, Berlin", "DE123456789"), scene.clock.at, scene.ids)
    return SimpleNamespace(first=first.number, bill=new.number, session=first.session_id)


def charging_guest(scene: Scene, bay: int, key: str, minutes: int = 5) -> SessionId:
    """One more guest, whose charge began so long ago."""
    now = scene.clock.at
    with scene.transactions.begin() as store:
        code = store.guests.code_of(scene.evse(bay)).code
    _begins(scene, code, key)
    _answered(scene, opened=False)
    with scene.transactions.begin() as store:
        (payment,) = payments_of(store, visit_of(store, digest(key)))
    scene.charge(bay, guest_token(payment.id), now - timedelta(minutes=minutes), minutes, 7_200)
    with scene.transactions.begin() as store:
        session_id = session_of(store, visit_of(store, digest(key)))
    assert session_id is not None
    return session_id


def booked_guests(scene: Scene) -> SimpleNamespace:
    """Three bookings without an account, by the secrets of their links: one that is being paid for, one that is firm, one missed."""
    now = scene.clock.at
    firm, missed = (_books(scene, hours, f"guest{hours}@example.org") for hours in (5, 0))
    _answered(scene, opened=False)
    asked = _books(scene, 3, "guest3@example.org")
    _answered(scene, opened=True)
    with scene.transactions.begin() as store:
        booking = store.bookings.booking(missed.booking_id)
        store.bookings.put(replace(booking, state=Missed(now)))
        invoice = invoice_no_show(store, missed.booking_id, now, scene.ids)
        store.documents.put_files(invoice.id, document_files(b"%PDF-1.7 test", b"<a/>"))
    keys = (link_secret(KEY, one.booking_id) for one in (asked, firm, missed))
    return SimpleNamespace(**dict(zip(("asked", "firm", "missed"), keys, strict=True)), bill=invoice.number, booking=firm.booking_id)


def _books(scene: Scene, hours: int, email: str) -> GuestBooking:
    window = Span(scene.clock.at + timedelta(hours=hours), scene.clock.at + timedelta(hours=hours + 1))
    with scene.transactions.begin() as store:
        ask = GuestBookingRequest(scene.site_id, KIND, window, 10_000, timedelta(), email, "de", email)
        return book_guest(store, ask, lambda one: digest(link_secret(KEY, one)), scene.clock.at, scene.ids)


def dispute(scene: Scene) -> None:
    """The first guest's bank takes the payment back."""
    now = scene.clock.at
    with scene.transactions.begin() as store:
        (payment,) = payments_of(store, visit_of(store, digest(PAID)))
        told = ("dp_1", "NEEDS_ANSWER", payment.captured, Money(1500, "EUR"), "fraudulent", now, now, now + timedelta(days=7))
        apply_dispute(store, payment, DisputeRecord(*told), now, scene.ids)


def _begins(scene: Scene, code: str, key: str) -> None:
    with scene.transactions.begin() as store:
        evse = store.stations.evse(store.guests.code(code).evse_id)
        open_visit(store, code, digest(key), price_for_guest(store, evse, scene.clock.at).version.id, scene.clock.at, scene.ids)


def _answered(scene: Scene, opened: bool) -> None:
    """What waits for guests at the processor: the page is open, or the hold stands."""
    with scene.transactions.begin() as store:
        items = store.outbox.claim("payment", scene.clock.at, 100, 60.0)
    for item in items:
        at = scene.clock.at
        asked = opened and isinstance(item.work, OpenHold)
        answer = Opened("pi_1", at, secret="pi_1_secret_2") if asked else Accepted("pi_0", at, at + timedelta(days=7))
        with scene.transactions.begin() as store:
            apply_payment_answer(store, item, answer, at, scene.ids)
