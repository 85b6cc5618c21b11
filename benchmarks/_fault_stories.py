"""The money stories played with faults: guests, balances and disputes."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from _fault_story import CHALLENGED, LAPSE, Story
from _money_place import OPERATOR, VERSION

from forecourt.drivers import GuestVisit
from forecourt.flows.charging import start_charge
from forecourt.flows.guests import open_visit, stop_visit, visit_of
from forecourt.flows.paying import (
    TopUpRequest,
    cancel_top_up,
    guest_returned,
    open_top_up,
    own_top_up,
    payer_returned,
    prepaid,
    refund,
    refund_prepaid_balance,
    request_more_hold,
    set_auto_top_up,
)
from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId, Conflict, DriverId, Money, PaymentId
from forecourt.payments import AtPayer, AutoTopUp, Captured, Held, Payment, TopUp
from forecourt.simulation.provider import Refusal
from forecourt.web.frame.idempotency import idempotent


class GuestStory(Story):
    """Scan, pay with the bank's question, charge, put up more, stop; the bill takes from both holds and the rest goes back."""

    def tell(self) -> None:
        visit = self.scan()
        self.put_up(visit)
        self.until(lambda: any(isinstance(one.state, Held) for one in self.payments(visit.driver_id)))
        self.charges(ChargerId("GP0"), 60_000)
        self.asks(lambda store: request_more_hold(store, visit, self.at, self.ids))
        self.put_up(visit)
        self.turn()
        self.asks(lambda store: stop_visit(store, visit, self.at, self.ids))
        self.turn()
        self.ends()
        self.until(lambda: all(not one.open for one in self.payments(visit.driver_id)))

    def scan(self) -> GuestVisit:
        digest = b"g" * 32
        self.asks(lambda store: open_visit(store, "0000000000", digest, VERSION, self.at, self.ids))
        with self.plain.begin() as store:
            visit = visit_of(store, digest)
        self.guest_drivers.append(visit.driver_id)
        self.until(lambda: type(self.last_state(visit.driver_id)) is AtPayer)
        return visit

    def put_up(self, visit: GuestVisit) -> None:
        """At the provider's page, which has nothing to do with us; then back to ours."""
        self.until(lambda: type(self.last_state(visit.driver_id)) is AtPayer)
        intent = self.bank.find(str(self.payments(visit.driver_id)[-1].id))
        self.bank.pay(intent.id, intent.secret, CHALLENGED)
        self.bank.challenged(intent.id, intent.secret, True)
        self.asks(lambda store: guest_returned(store, visit, self.at, self.ids))


class LatePayerStory(GuestStory):
    """A guest goes away from the provider's page for long, comes back and pays: too late, so the hold goes back; in time after all
    where the clock fell behind, and then nobody plugs in, so it goes back a quarter of an hour later. The next visit's second hold is
    asked for and never put up: the bill does not wait for it."""

    def tell(self) -> None:
        visit = self.scan()
        intent = self.bank.find(str(self.payments(visit.driver_id)[-1].id))
        self.at += timedelta(minutes=15)
        with suppress(Refusal):
            self.bank.pay(intent.id, intent.secret, "4242424242424242")
        self.until(lambda: all(not one.open for one in self.payments(visit.driver_id)), LAPSE)
        self.asks(lambda store: open_visit(store, "0000000001", b"h" * 32, VERSION, self.at, self.ids))
        with self.plain.begin() as store:
            other = visit_of(store, b"h" * 32)
        self.guest_drivers.append(other.driver_id)
        self.put_up(other)
        self.charges(ChargerId("GP1"), 10_000)
        self.asks(lambda store: request_more_hold(store, other, self.at, self.ids))
        self.until(lambda: type(self.last_state(other.driver_id)) is AtPayer)
        self.ends()
        self.until(lambda: all(not one.open for one in self.payments(other.driver_id)))


class WalletStory(Story):
    """Load, charge from the balance and the card, load again, and have some of it back; the bank takes a top-up back that was spent."""

    def tell(self) -> None:
        purse = self.drivers[4]
        self.loads(purse, self.eur(1000), 77)
        first = self.payments(purse)[0]
        self.asks(lambda store: self._start(store, purse))
        self.charges(ChargerId("CP4"), 30_000)
        self.ends()
        self.until(lambda: len(self.payments(purse)) >= 3 and all(not one.open for one in self.payments(purse)))
        self.bank.refund(self.bank.find(str(first.id)).id, 600)
        self.nightly()
        self.loads(purse, self.eur(2000), 78)
        if self._back(purse) == 600:
            self.asks(lambda store: self._returned(store, purse))
        self.until(lambda: all(not one.open for one in self.payments(purse)))

    def _returned(self, store: Store, driver_id: DriverId) -> None:
        """As the page does it: the form pressed again is the same wish."""
        with idempotent(store, f"return/{driver_id}", self.at) as step:
            if step.fresh:
                refund_prepaid_balance(store, driver_id, self.eur(500), "asked", self.at, self.ids)

    def _start(self, store: Store, driver_id: DriverId) -> None:
        try:
            start_charge(store, driver_id, store.stations.evse(self._evse(driver_id)), self.at, self.ids)
        except Conflict as refusal:
            if refusal.code != "socket_starting":  # it was pressed before, and nobody was told
                raise

    def _back(self, driver_id: DriverId) -> int:
        with self.plain.begin() as store:
            return sum(one.returned.minor for one in store.payments.top_ups(driver_id))

    @staticmethod
    def eur(minor: int) -> Money:
        return Money(minor, "EUR")


class RunsLowStory(WalletStory):
    """A charge uses a balance up while it runs: the driver's automatic top-up is asked for, once, before the charge is over."""

    def tell(self) -> None:
        purse = self.drivers[4]
        self.loads(purse, self.eur(1000), 77)
        wish = AutoTopUp(OPERATOR, purse, self.eur(500), self.eur(2000))
        self.asks(lambda store: set_auto_top_up(store, wish, self.at, self.ids))
        self.asks(lambda store: self._start(store, purse))
        self.charges(ChargerId("CP4"), 60_000)
        self.until(lambda: bool(self.by_itself(purse)))
        self.turn()
        self.ends()
        self.until(lambda: all(not one.open for one in self.payments(purse)))
        taken = [one.taken.minor for one in self.by_itself(purse) if one.taken]
        assert taken in ([2000], [2000, 2000]), f"{taken} were loaded by itself"

    def turn(self) -> None:
        super().turn()
        assert sum(1 for one in self.by_itself(self.drivers[4]) if one.pending_amount) <= 1, "two are on their way by themselves"

    def by_itself(self, driver_id: DriverId) -> list[Payment]:
        return [one for one in self.payments(driver_id) if one.top_up is TopUp.AUTO]


class PayInStory(Story):
    """A driver without a card pays into the balance on the spot: the first page is left for another, a card is refused, the bank asks,
    the card is stored; the next page is paid while it is being taken back."""

    def tell(self) -> None:
        lean = self.drivers[6]
        self.asks_page(lean, 1500, 1)
        paid_in = self.asks_page(lean, 2500, 2, keep_card=True)
        self.wished.append(Money(2500, "EUR"))
        intent = self.bank.find(str(paid_in))
        for card in ("4000000000000002", CHALLENGED):
            self.bank.pay(intent.id, intent.secret, card)
        self.turn()
        self.bank.challenged(intent.id, intent.secret, True)
        self.asks(lambda store: payer_returned(store, own_top_up(store, lean, paid_in), self.at, self.ids))
        self.until(lambda: self.loaded(lean) == 2500)
        late = self.asks_page(lean, 1000, 3)
        self.asks(lambda store: cancel_top_up(store, own_top_up(store, lean, late), self.at, self.ids))
        intent = self.bank.find(str(late))
        with suppress(Refusal):  # it may be taken back already
            self.bank.pay(intent.id, intent.secret, "wallet")
            self.wished.append(Money(1000, "EUR"))
        self.until(lambda: all(not one.open for one in self.payments(lean)))
        with self.plain.begin() as store:
            assert [one.last4 for one in store.cards.of_driver(lean)] == ["3155"], "the card is not stored once"

    def asks_page(self, driver_id: DriverId, minor: int, wish: int, keep_card: bool = False) -> PaymentId:
        wanted = TopUpRequest(Money(minor, "EUR"), UUID(int=wish), keep_card)
        self.asks(lambda store: open_top_up(store, driver_id, wanted, self.at, self.ids))
        self.until(lambda: type(self.last_state(driver_id)) is AtPayer)
        return self.payments(driver_id)[-1].id

    def loaded(self, driver_id: DriverId) -> int:
        return sum(one.taken.minor for one in self.payments(driver_id))


class DisputeStory(Story):
    """A charge and a top-up are paid by card; both are disputed: one is lost, the other won, then refunded behind our back."""

    def tell(self) -> None:
        card, purse = self.drivers[0], self.drivers[4]
        self.asks(lambda store: start_charge(store, card, store.stations.evse(self._evse(card)), self.at, self.ids))
        self.charges(ChargerId("CP0"), 20_000)
        self.ends()
        self.until(lambda: any(isinstance(one.state, Captured) for one in self.payments(card)))
        self.loads(purse, Money(3000, "EUR"), 5)
        charged = next(self.bank.find(str(one.id)) for one in self.payments(card) if isinstance(one.state, Captured))
        loaded = self.bank.find(str(self.payments(purse)[0].id))
        self.bank.dispute(charged.id)
        self.turn()
        self.bank.dispute(loaded.id)
        self.turn()
        self.bank.decide(charged.id, "UNDER_REVIEW")
        self.nightly()
        with self.plain.begin() as store:
            assert not prepaid(store, OPERATOR, purse, "EUR").balance, "what a bank has taken back could be spent"
        self.bank.decide(charged.id, "LOST")
        self.turn()
        self.bank.decide(loaded.id, "WON")
        self.nightly()
        self.bank.refund(loaded.id, 700)
        self.nightly()
        self.until(lambda: self.payments(purse)[0].returned.minor == 700)
        self.asks(lambda store: self._refund(store, purse))
        self.until(lambda: all(not one.open for one in self.payments(purse)))

    def _refund(self, store: Store, driver_id: DriverId) -> None:
        payment = store.payments.of_driver(driver_id, 1)[0]
        if payment.returned.minor == 700 and isinstance(payment.state, Captured):
            refund(store, payment.id, Money(300, "EUR"), "asked", self.at, self.ids)


STORIES: dict[str, type[Story]] = {
    "guest": GuestStory,
    "late payer": LatePayerStory,
    "wallet": WalletStory,
    "runs low": RunsLowStory,
    "pay-in": PayInStory,
    "dispute": DisputeStory,
}
