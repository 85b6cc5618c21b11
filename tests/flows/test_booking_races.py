"""Bookings, with and without an account, walk-ins, cards, the queue, faults, repairs, changes, cancellations and the clock in any
order, on both stores: no socket is ever booked, reserved or used twice, no window leaves what was confirmed, nobody is overtaken
without a reason, nobody pays twice, and every booking ends in one way."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from databases import Databases
from flows.conftest import KIND, NOON, Forecourt
from forecourt.drivers import ChargingNeed, Driver, GuestBooking, GuestStep, PayBy, Token, TokenKind, guest_token, token_uid
from forecourt.flows.bookings import (
    JoinQueue,
    ReserveRequest,
    advance_bookings,
    advance_queue,
    cancel_own_booking,
    change_booking,
    compensation_coupon,
    extend_stay,
    join_queue,
    leave_queue,
    pass_turn,
    reserve,
)
from forecourt.flows.chargers import give_codes
from forecourt.flows.charging import start_charge
from forecourt.flows.desk import Staff
from forecourt.flows.guests import GuestBookingRequest, book_guest, cancel_guest, change_guest, start_booked
from forecourt.flows.paying import maintain_guest_bookings
from forecourt.flows.ports import InvoiceNoShow, Store, Transactions
from forecourt.kernel import DriverId, Refused, Span
from forecourt.payments import Held, Released
from forecourt.reservations import BIND_BEFORE, Booking, Bound, Broken, Cancelled, Confirmed, Kept, Missed, inversions, power_span
from forecourt.stations import ConnectorReported, ConnectorState, Verdict
from forecourt.store import MemoryTransactions, PostgresTransactions
from in_process_provider import OwnBank

RIDERS, SOCKETS = 5, (1, 2, 3)
numbers = st.integers(0, RIDERS - 1)


class Station(RuleBasedStateMachine):
    """What may happen at three sockets with five drivers; minutes only ever pass."""

    transactions: Transactions
    with_guests = False  # each costs a dozen queries more a step: on PostgreSQL they have tests of their own

    def __init__(self) -> None:
        super().__init__()
        self.place = Forecourt(self.transactions)
        self.minute = 0
        self.running: dict[int, str] = {}
        self.promised: dict[object, Span] = {}
        self.guests: list[GuestBooking] = []
        self.bank = OwnBank(NOON)
        with self.transactions.begin() as store:
            self.place.build(store)
            for number in range(RIDERS):
                driver_id = self.rider(number)
                name = f"rider{number}"
                store.drivers.put_driver(Driver(driver_id, self.place.operator_id, name, f"{name}@x.example", "en", PayBy.ACCOUNT))
                store.drivers.put_token(Token(token_uid(f"APP{number}"), self.place.operator_id, driver_id, TokenKind.APP))
            give_codes(store, Staff(self.place.operator_id, "ops", NOON, self.place.ids), self.place.site_id)
        self.place.free(0)

    def rider(self, number: int) -> DriverId:
        return DriverId(UUID(int=5000 + number))

    def at(self, minute: float | None = None) -> datetime:
        return NOON + timedelta(minutes=self.minute if minute is None else minute)

    def wish(self, number: int, start: int, length: int, flexible: int) -> ReserveRequest:
        begins = self.at(self.minute + start)
        window = Span(begins, begins + timedelta(minutes=length))
        return ReserveRequest(self.place.site_id, KIND, self.rider(number), window, flexible=timedelta(minutes=flexible))

    def tries(self, work: Callable[[Store], object]) -> None:
        """A refusal is an answer; anything else is a fault."""
        try:
            with self.transactions.begin() as store:
                work(store)
        except Refused as refused:
            assert refused.text

    def bookings(self) -> list[Booking]:
        with self.transactions.begin() as store:
            drivers = [self.rider(number) for number in range(RIDERS)] + [one.driver_id for one in self.guests]
            return [one for driver_id in drivers for one in store.bookings.of_driver(driver_id)]

    def guest_of(self, booking: Booking) -> GuestBooking | None:
        with self.transactions.begin() as store:
            return store.guests.booking(booking.id)

    def nth(self, pick: int) -> Booking | None:
        every = self.bookings()
        return every[pick % len(every)] if every else None

    @rule(number=numbers, start=st.integers(0, 24), length=st.sampled_from((20, 40, 60)), flexible=st.sampled_from((0, 30)))
    def books(self, number: int, start: int, length: int, flexible: int) -> None:
        self.tries(lambda store: reserve(store, self.wish(number, start * 5, length, flexible), self.at(), self.place.ids))

    @rule(pick=st.integers(0, 50), start=st.integers(0, 24), flexible=st.sampled_from((0, 30)))
    def changes(self, pick: int, start: int, flexible: int) -> None:
        if (booking := self.nth(pick)) is None:
            return
        self.promised.pop(booking.id, None)
        if (guest := self.guest_of(booking)) is not None:
            wish = self.wish(0, start * 5, 40, flexible)
            self.tries(lambda store: change_guest(store, guest, wish.window, wish.flexible, self.at(), self.place.ids))
        else:
            number = booking.driver_id.int - 5000
            self.tries(
                lambda store: change_booking(store, booking.id, self.wish(number, start * 5, 40, flexible), self.at(), self.place.ids)
            )

    @rule(pick=st.integers(0, 50))
    def cancels(self, pick: int) -> None:
        if (booking := self.nth(pick)) is None:
            return
        if (guest := self.guest_of(booking)) is not None:
            self.tries(lambda store: cancel_guest(store, guest, self.at(), self.place.ids))
            self.pays_what_is_asked()
        else:
            self.tries(lambda store: cancel_own_booking(store, booking.driver_id, booking.id, self.at(), self.place.ids))

    @rule(pick=st.integers(0, 50), more=st.sampled_from((5, 30)))
    def stays_longer(self, pick: int, more: int) -> None:
        if (booking := self.nth(pick)) is not None:
            end = booking.window.end + timedelta(minutes=more)
            self.promised.pop(booking.id, None)
            self.tries(lambda store: extend_stay(store, booking.driver_id, booking.id, end, self.at()))

    def pays_what_is_asked(self) -> None:
        self.bank.at = self.at()
        self.bank.deliver(self.transactions, self.place.ids)

    @precondition(lambda self: self.with_guests and len(self.guests) < 3)
    @rule(start=st.integers(0, 24), flexible=st.sampled_from((0, 30)), pays=st.booleans())
    def a_guest_books(self, start: int, flexible: int, pays: bool) -> None:
        wish, number = self.wish(0, start * 5, 40, flexible), len(self.guests)
        asked = (wish.window, 5_000, wish.flexible, f"guest{number}@x.example", "en", f"{number}")

        def books(store: Store) -> None:
            ask = GuestBookingRequest(self.place.site_id, KIND, *asked)
            self.guests.append(book_guest(store, ask, lambda one: one.bytes, self.at(), self.place.ids))

        self.tries(books)
        self.pays_what_is_asked()
        if pays and len(self.guests) > number:
            self.bank.pays(self.guests[-1].payment_id)
            self.pays_what_is_asked()

    @precondition(lambda self: self.guests)
    @rule(pick=st.integers(0, 9), socket=st.sampled_from(SOCKETS))
    def a_guest_comes(self, pick: int, socket: int) -> None:
        guest = self.guests[pick % len(self.guests)]
        if socket in self.running:
            return
        try:
            with self.transactions.begin() as store:
                code = store.guests.code_of(self.place.evse_id(socket))
                start_booked(store, guest, code.code, self.at(), self.place.ids)
        except Refused:
            return
        self.running[socket] = self.place.starts(f"CP{socket}", self.minute, guest_token(guest.payment_id)).transaction or ""

    @rule(number=numbers, hours=st.integers(1, 12))
    def says_when_to_leave(self, number: int, hours: int) -> None:
        leaves = self.at() + timedelta(hours=hours)
        need = ChargingNeed(self.place.operator_id, self.place.site_id, self.rider(number), None, leaves, self.at())
        with self.transactions.begin() as store:
            store.drivers.put_need(need)

    @rule(number=numbers, socket=st.sampled_from(SOCKETS))
    def walks_in(self, number: int, socket: int) -> None:
        if socket in self.running:
            return
        evse_id = self.place.evse_id(socket)
        try:
            with self.transactions.begin() as store:
                start_charge(store, self.rider(number), store.stations.evse(evse_id), self.at(), self.place.ids)
        except Refused:
            return
        self.running[socket] = self.place.starts(f"CP{socket}", self.minute, f"APP{number}").transaction or ""

    @precondition(lambda self: self.running)
    @rule(pick=st.integers(0, 2))
    def leaves(self, pick: int) -> None:
        socket = sorted(self.running)[pick % len(self.running)]
        self.place.stops(f"CP{socket}", self.running.pop(socket), self.minute, 2000)
        self.place.says(f"CP{socket}", ConnectorReported(self.at(), 1, ConnectorState.AVAILABLE))

    @rule(socket=st.sampled_from(SOCKETS), state=st.sampled_from((ConnectorState.FAULTED, ConnectorState.AVAILABLE)))
    def fails_or_is_repaired(self, socket: int, state: ConnectorState) -> None:
        self.place.says(f"CP{socket}", ConnectorReported(self.at(), 1, state))

    @rule(number=numbers)
    def joins_the_queue(self, number: int) -> None:
        wanted = JoinQueue(self.place.site_id, KIND, self.rider(number))
        self.tries(lambda store: join_queue(store, wanted, self.at(), self.place.ids))

    @rule(number=numbers, act=st.sampled_from((pass_turn, leave_queue)))
    def passes_or_leaves(self, number: int, act: Callable[..., object]) -> None:
        with self.transactions.begin() as store:
            mine = store.queue.live_of(self.rider(number))
        if mine is not None:
            self.tries(lambda store: act(store, mine.driver_id, mine.id, self.at(), self.place.ids))

    @rule(number=numbers, socket=st.sampled_from(SOCKETS))
    def shows_a_card(self, number: int, socket: int) -> None:
        """Starts with a card at the charger. It is refused only where the socket is reserved for another driver."""
        if socket in self.running:
            return
        with self.transactions.begin() as store:
            store.drivers.put_token(Token(token_uid(f"CARD{number}"), self.place.operator_id, self.rider(number), TokenKind.RFID))
            holders = {one.called_to: one.driver_id for one in store.queue.live_at(self.place.site_id)}
            bound = {one.state.evse_id: one.driver_id for one in self.live(store) if isinstance(one.state, Bound)}
        ack = self.place.starts(f"CP{socket}", self.minute, f"CARD{number}")
        evse_id = self.place.evse_id(socket)
        if any(held.get(evse_id, self.rider(number)) != self.rider(number) for held in (holders, bound)):
            assert ack.verdict is Verdict.NOT_NOW
        if ack.verdict is Verdict.ACCEPTED:
            self.running[socket] = ack.transaction or ""
        else:
            self.place.stops(f"CP{socket}", ack.transaction or "", self.minute, 1000)

    def live(self, store: Store) -> list[Booking]:
        return list(store.bookings.live_at(self.place.site_id))

    @rule(minutes=st.sampled_from((1, 5, 15, 40)))
    def time_passes(self, minutes: int) -> None:
        self.minute += minutes
        for again in (False, True):
            for step in (maintain_guest_bookings, advance_bookings, maintain_guest_bookings, advance_queue):
                with self.transactions.begin() as store:
                    changed = step(store, self.place.site_id, self.at(), self.place.ids)
                assert not (again and changed), "repeating it changes nothing"
        self.pays_what_is_asked()
        with self.transactions.begin() as store:
            waits = any(isinstance(one.state, Confirmed) and one.window.start - BIND_BEFORE <= self.at() for one in self.live(store))
            turns = [one.called_to for one in store.queue.live_at(self.place.site_id) if one.called_to]
            unused = [one for one in turns if store.sessions.open_on(one) is None]
        assert not (waits and unused), "a promise goes before a turn nobody has used"

    @invariant()
    def no_lane_and_no_socket_is_given_twice(self) -> None:
        live = [one for one in self.bookings() if one.live]
        for number, one in enumerate(live):
            for other in live[number + 1 :]:
                assert one.lane != other.lane or not one.window.overlaps(other.window)
                sockets = {each.state.evse_id for each in (one, other) if isinstance(each.state, Bound)}
                assert len(sockets) == 2 or not all(isinstance(each.state, Bound) for each in (one, other))

    @invariant()
    def no_socket_is_kept_for_two(self) -> None:
        with self.transactions.begin() as store:
            tickets, live = store.queue.live_at(self.place.site_id), self.live(store)
            kept = [one.called_to for one in tickets if one.called_to] + [one.state.evse_id for one in live if isinstance(one.state, Bound)]
        assert len(kept) == len(set(kept))
        assert len({one.driver_id for one in tickets}) == len(tickets)

    @invariant()
    def nobody_is_overtaken_in_the_queue_without_a_reason(self) -> None:
        with self.transactions.begin() as store:
            tickets = store.queue.joined_in(self.place.site_id, Span(self.at(-1), self.at() + timedelta(days=1)))
        assert inversions(tickets).unexplained == 0

    @invariant()
    def a_promise_never_changes_unless_its_driver_asks(self) -> None:
        for booking in self.bookings():
            assert self.promised.setdefault(booking.id, booking.promised) == booking.promised
            assert booking.promised.start <= booking.window.start and booking.window.end <= booking.promised.end
            assert isinstance(booking.state, Confirmed | Bound | Kept | Cancelled | Missed | Broken)

    @invariant()
    def power_promised_at_the_same_time_and_the_floors_of_the_others_fit(self) -> None:
        """40 A for three sockets, 6 A the least of each. A booking claims its power wherever it may still lie, a charge until its end."""
        with self.transactions.begin() as store:
            running = {one.booking_id for one in store.sessions.open_at(self.place.site_id)}
        claims = [(one, power_span(one)) for one in self.bookings() if one.power and (one.live or one.id in running)]
        spans = [(one.promised if one.live and not one.fixed(self.at()) else span, one.power.power_w) for one, span in claims]
        for start in {span.start for span, _ in spans}:
            amps = [max(6, -(-power_w // 230)) for span, power_w in spans if span.contains(start)]
            most = sorted(amps, reverse=True)[: len(SOCKETS)]
            assert sum(most) + 6 * (len(SOCKETS) - len(most)) <= 40

    @invariant()
    def every_broken_promise_has_its_cause_and_is_made_good_once(self) -> None:
        broken = [one for one in self.bookings() if isinstance(one.state, Broken) or (one.power_outcome and not one.power_outcome.kept)]
        how = [one.state if isinstance(one.state, Broken) else one.power_outcome for one in broken]
        assert all(one.cause in ("fault", "overstay", "walk_in", "power") for one in how)
        guests = {one.driver_id for one in self.guests}
        with self.transactions.begin() as store:
            assert all(
                why.credit or (one.driver_id in guests and compensation_coupon(store, one)) for one, why in zip(broken, how, strict=True)
            )
            broken = [one for one in broken if one.driver_id not in guests]
            assert len(broken) == sum(len(store.coupons.claims_of(self.rider(number))) for number in range(RIDERS))

    @invariant()
    def a_guests_hold_stands_while_it_is_needed_and_no_longer(self) -> None:
        with self.transactions.begin() as store:
            for guest in map(store.guests.booking, [one.booking_id for one in self.guests]):
                payment, booking = store.payments.payment(guest.payment_id), store.bookings.booking(guest.booking_id)
                kept = isinstance(booking.state, Kept) or booking.given_up_at is not None
                assert guest.step is not GuestStep.OVER or kept or isinstance(payment.state, Released)
                assert guest.step is not GuestStep.PAID or not booking.live or isinstance(payment.state, Held)
                assert guest.step is not GuestStep.PAYING or not isinstance(booking.state, Kept | Missed)

    @invariant()
    def only_who_did_not_come_is_charged_for_it_and_once(self) -> None:
        with self.transactions.begin() as store:
            asked = [item.work.booking_id for item in store.outbox.open_items("task", 1000) if isinstance(item.work, InvoiceNoShow)]
        assert sorted(asked) == sorted(one.id for one in self.bookings() if one.given_up_at)


def test_bookings_charges_faults_and_repairs_in_any_order_keep_the_rules_in_memory() -> None:
    play(MemoryTransactions, examples=40)


def test_bookings_of_drivers_and_guests_in_any_order_keep_the_rules() -> None:
    play(MemoryTransactions, examples=12, guests=True)


@pytest.mark.timeout(400)  # thousands of small transactions: on a busy machine they take their time
def test_bookings_charges_faults_and_repairs_in_any_order_keep_the_rules_on_postgres(databases: Databases) -> None:
    with ExitStack() as lent:

        def fresh() -> PostgresTransactions:
            return lent.enter_context(PostgresTransactions(lent.enter_context(databases.migrated()), most=2))

        play(fresh, examples=6)


def play(fresh: Callable[[], Transactions], examples: int, guests: bool = False) -> None:
    class Here(Station):
        with_guests = guests

        def __init__(self) -> None:
            self.transactions = fresh()
            super().__init__()

    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    wanted = settings(max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(Here, settings=wanted)
