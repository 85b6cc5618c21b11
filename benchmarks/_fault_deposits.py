"""The story of deposits for bookings, for `fault_points.py`."""

from datetime import timedelta
from uuid import UUID

from _fault_story import CHALLENGED, Story
from _money_place import OPERATOR, SITE

from forecourt.drivers import GuestStep
from forecourt.flows.billing import invoice_no_show
from forecourt.flows.bookings import ReserveRequest, advance_bookings
from forecourt.flows.charging import start_charge
from forecourt.flows.paying import (
    cancel_booking,
    maintain_deposits,
    maintain_holds,
    make_booking,
    move_booking,
    payer_returned_to_booking,
    poll_disputes,
    prepaid,
    put_up,
)
from forecourt.flows.ports import InvoiceNoShow, OutboxItem, Store
from forecourt.kernel import BookingId, ChargerId, Conflict, DriverId, Money, Span
from forecourt.payments import AtPayer, Held
from forecourt.reservations import Booking, BookingRules, Deposit, DepositRule, Kept, Missed
from forecourt.web.frame.idempotency import idempotent

FEE = 238  # 2.00 and 19 %
_STEPS = (maintain_deposits, advance_bookings, maintain_deposits)


class DepositStory(Story):
    """A card's booking is moved, its hold grows, and nobody comes; of a balance one is cancelled too late; a refused card is mended at the
    processor's page and the booking cancelled in time; the last one is kept by a charge that has a hold of its own."""

    def tell(self) -> None:
        self.fees: list[BookingId] = []
        self.rule(500)
        missed = self.book(self.drivers[0], 120)
        self.rule(700)
        self.moves(self.drivers[0], missed, 180)
        self.passes(missed, 168)
        self.until(lambda: self.step(missed) is GuestStep.PAID)
        self.passes(missed, 28)
        self.until(lambda: isinstance(self.booking(missed).state, Missed))
        self.fees.append(missed)
        self.loads(self.drivers[4], Money(1000, "EUR"), 5)
        late = self.book(self.drivers[4], 40)
        self.passes(late, 15)
        self.cancels(self.drivers[4], late)
        self.fees.append(late)
        mended = self.book(self.drivers[3], 240, GuestStep.PAYING)
        self.mends(self.drivers[3], mended)
        self.cancels(self.drivers[3], mended)
        kept = self.book(self.drivers[0], 15)
        self.passes(kept, 10)
        self.comes(kept)
        self.until(lambda: all(not one.open for one in self.payments(self.drivers[0])))

    # What people do.

    def book(self, driver_id: DriverId, minutes: float, until: GuestStep = GuestStep.PAID) -> BookingId:
        start = self.at + timedelta(minutes=minutes)
        asked = ReserveRequest(SITE, "T2", driver_id, Span(start, start + timedelta(hours=1)), 10_000)
        key, made = f"book/{driver_id}/{minutes}", list[BookingId]()

        def pressed(store: Store) -> None:
            """As the page does it: the form sent again books nothing more."""
            with idempotent(store, key, self.at) as step:
                if step.fresh:
                    step.answer = str(make_booking(store, asked, self.at, self.ids).id).encode()
                made[:] = [BookingId(UUID(step.answer.decode()))]

        self.asks(pressed)
        self.until(lambda: self.step(made[0]) is until and not self.is_asked(made[0]))
        return made[0]

    def moves(self, driver_id: DriverId, booking_id: BookingId, minutes: float) -> None:
        start = self.at + timedelta(minutes=minutes)
        asked = ReserveRequest(SITE, "T2", driver_id, Span(start, start + timedelta(hours=1)), 10_000)
        self.asks(lambda store: move_booking(store, booking_id, asked, self.at, self.ids))

    def cancels(self, driver_id: DriverId, booking_id: BookingId) -> None:
        self.asks(lambda store: cancel_booking(store, driver_id, booking_id, self.at, self.ids))
        self.turn()

    def mends(self, driver_id: DriverId, booking_id: BookingId) -> None:
        self.asks(lambda store: put_up(store, driver_id, booking_id, True, self.at, self.ids))
        self.until(lambda: type(self.last_state(driver_id)) is AtPayer)
        intent = self.bank.find(str(self.payments(driver_id)[-1].id))
        self.bank.pay(intent.id, intent.secret, CHALLENGED)
        self.bank.challenged(intent.id, intent.secret, True)
        self.asks(lambda store: payer_returned_to_booking(store, self.deposit(store, booking_id), self.at, self.ids))
        self.until(lambda: self.step(booking_id) is GuestStep.PAID)

    def comes(self, booking_id: BookingId) -> None:
        driver_id = self.drivers[0]

        def pressed(store: Store) -> None:
            try:
                start_charge(store, driver_id, store.stations.evse(self._evse(driver_id)), self.at, self.ids)
            except Conflict as refusal:
                if refusal.code != "socket_starting":  # it was pressed before, and nobody was told
                    raise

        self.asks(pressed)
        self.charges(ChargerId("CP0"), 10_000)
        assert isinstance(self.booking(booking_id).state, Kept), "the charge does not keep the booking"
        self.ends()

    def passes(self, booking_id: BookingId, minutes: float) -> None:
        """Time goes by, and the worker turns now and then."""
        end = self.at + timedelta(minutes=minutes)
        while self.at < end:
            self.at = min(end, self.at + timedelta(minutes=14))
            self.turn()

    # What is looked at.

    def rule(self, minor: int) -> None:
        with self.plain.begin() as store:
            store.bookings.put_rules(store.stations.site(SITE), BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=minor))

    def booking(self, booking_id: BookingId) -> Booking:
        with self.plain.begin() as store:
            found = store.bookings.booking(booking_id)
        assert found is not None
        return found

    @staticmethod
    def deposit(store: Store, booking_id: BookingId) -> Deposit:
        found = store.deposits.of_booking(booking_id)
        assert found is not None, "a booking without its deposit"
        return found

    def step(self, booking_id: BookingId) -> GuestStep:
        with self.plain.begin() as store:
            return self.deposit(store, booking_id).step

    def is_asked(self, booking_id: BookingId) -> bool:
        with self.plain.begin() as store:
            payment_id = self.deposit(store, booking_id).payment_id
            payment = store.payments.payment(payment_id) if payment_id else None
        return payment is not None and payment.holding and not isinstance(payment.state, Held)

    # The worker's clock, and its tasks.

    def tick_now(self) -> None:
        super().tick_now()
        for step in _STEPS:
            with self.transactions.begin() as store:
                step(store, SITE, self.at, self.ids)

    def _keep(self, store: Store) -> None:
        maintain_holds(store, OPERATOR, self.at, self.ids)
        poll_disputes(store, OPERATOR, self.at, self.ids)
        for step in _STEPS:
            step(store, SITE, self.at, self.ids)

    def _task(self, store: Store, item: OutboxItem) -> None:
        if isinstance(item.work, InvoiceNoShow):
            invoice_no_show(store, item.work.booking_id, self.at, self.ids)
        super()._task(store, item)

    def play_and_check(self) -> bool:
        came_through = super().play_and_check()
        with self.plain.begin() as store:
            assert not store.deposits.open_at(SITE), "a deposit that nobody sees to"
            for driver_id in self.drivers:
                assert not any(one.holding for one in store.payments.of_driver(driver_id, 100)), "money is still held"
            assert not prepaid(store, OPERATOR, self.drivers[4], "EUR").held, "money of a balance is still set aside"
            for booking_id in self.fees:
                due = [one.due.minor for one in store.documents.of_booking(booking_id)]
                taken = [one.taken.minor for bill in store.documents.of_booking(booking_id) for one in store.payments.of_document(bill.id)]
                assert due == [FEE] and sum(taken) == FEE, f"{due} billed and {taken} taken for not coming"
        return came_through
